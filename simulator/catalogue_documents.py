"""Catalogue, sellers and prices as VTEX's services tell them, in either casing.

An entity keeps its casing and shape for life: it is known through one service.
"""

from typing import Any

from simulator.catalogue import Catalogue, Category, Product, Sku
from simulator.order_lines import detail_url, image_url, slug
from simulator.registers import sales_shops
from simulator.seeds import scramble
from simulator.timestamps import iso
from simulator.words import ACCOUNT, PARTNERS, STORE_NAME

Document = dict[str, Any]

_TREE_ONLY = "Empório"


def _cased(document: Document, number: int, camel_percent: int = 12) -> Document:
    """Return the document, for some entities with the camelCase keys of /catalog_system."""
    if scramble(97, number) % 100 >= camel_percent:
        return document
    return {key[0].lower() + key[1:]: value for key, value in document.items()}


def category(node: Category, has_children: bool) -> Document:
    """Return a vtex.category."""
    document = {
        "Id": node.category_id,
        "Name": node.name,
        "FatherCategoryId": node.path[-2].category_id if len(node.path) > 1 else None,
        "Title": node.name,
        "Description": "",
        "Keywords": node.name.lower(),
        "IsActive": True,
        "LomadeeCampaignCode": "",
        "AdWordsRemarketingCode": "",
        "ShowInStoreFront": True,
        "ShowBrandFilter": True,
        "ActiveStoreFrontLink": True,
        "GlobalCategoryId": 0,
        "StockKeepingUnitSelectionMode": "SPECIFICATION",
        "Score": None,
        "LinkId": slug(node.name),
        "HasChildren": has_children,
        "TreePath": [each.name for each in node.path],
        "TreePathIds": [each.category_id for each in node.path],
        "TreePathLinkIds": [slug(each.name) for each in node.path],
    }
    return _cased(document, node.category_id)


def categories(catalogue: Catalogue) -> list[tuple[Category, Document]]:
    """Return the tree's documents, parents first."""
    parents = {node.path[-2].category_id for node in catalogue.categories if len(node.path) > 1}
    nodes = sorted(catalogue.categories, key=lambda node: len(node.path))
    return [(node, category(node, node.category_id in parents)) for node in nodes]


def trees(catalogue: Catalogue) -> list[Document]:
    """Return every other department as one nested vtex.category, with all that is below it."""
    departments = [node for node in catalogue.categories if len(node.path) == 1]
    return [_tree(catalogue, node) for node in departments[::2]]


def is_told_by_tree(node: Category) -> bool:
    """Tell whether a category below a department has no document of its own."""
    return len(node.path) > 1 and node.path[0].name == _TREE_ONLY


def _tree(catalogue: Catalogue, node: Category) -> Document:
    below = [each for each in catalogue.categories if len(each.path) > 1 and each.path[-2] is node]
    return {
        "id": node.category_id,
        "name": node.name,
        "hasChildren": bool(below),
        "url": f"https://{ACCOUNT}.vtexcommercestable.com.br/{slug(node.name)}",
        "children": [_tree(catalogue, each) for each in below],
        "Title": node.name,
        "MetaTagDescription": "",
    }


def brand(brand_id: int, name: str) -> Document:
    """Return a vtex.brand; one in four comes from the brand list, which has other keys."""
    if brand_id % 4 == 0:
        return {
            "id": brand_id,
            "name": name,
            "isActive": True,
            "title": name,
            "metaTagDescription": name,
            "imageUrl": None,
        }
    return {
        "Id": brand_id,
        "Name": name,
        "Text": name,
        "Keywords": name.lower(),
        "SiteTitle": name,
        "Active": True,
        "MenuHome": True,
        "AdWordsRemarketingCode": "",
        "LomadeeCampaignCode": "",
        "Score": None,
        "LinkId": slug(name),
    }


def sellers() -> list[Document]:
    """Return all vtex.seller documents: the store, its partners and its shops."""
    known = [("1", STORE_NAME), *((seller_id, name) for seller_id, name, _ in PARTNERS)]
    known += [(shop.seller_id, shop.name) for shop in sales_shops()]
    return [
        {
            "SellerId": seller_id,
            "Name": name,
            "Email": f"{seller_id}@example.com",
            "Description": "",
            "ExchangeReturnPolicy": "",
            "DeliveryPolicy": "",
            "UseHybridPaymentOptions": False,
            "UserName": None,
            "Password": None,
            "SecutityPrivacyPolicy": "",
            "CNPJ": f"{number:08}000100",
            "CSCIdentification": seller_id,
            "ArchiveId": None,
            "UrlLogo": "",
            "ProductCommissionPercentage": 0.0,
            "FreightCommissionPercentage": 0.0,
            "CategoryCommissionPercentage": "[]",
            "FulfillmentEndpoint": f"http://{seller_id}.vtexcommercestable.com.br/api/fulfillment",
            "CatalogSystemEndpoint": f"http://{seller_id}.vtexcommercestable.com.br/api",
            "IsActive": True,
            "MerchantName": "",
            "FulfillmentSellerId": None,
            "SellerType": 2 if number > len(PARTNERS) else 1,
            "IsBetterScope": False,
            "TrustPolicy": "Default",
        }
        for number, (seller_id, name) in enumerate(known)
    ]


def product(what: Product) -> Document:
    """Return a vtex.product as it is now."""
    document = {
        "Id": what.product_id,
        "Name": what.name,
        "DepartmentId": what.leaf.path[0].category_id,
        "CategoryId": what.leaf.category_id,
        "BrandId": what.brand_id,
        "LinkId": f"{slug(what.name)}-{what.product_id}",
        "RefId": f"QA{what.product_id}",
        "IsVisible": True,
        "Description": f"{what.name}, da {what.brand_name}.",
        "DescriptionShort": what.name,
        "ReleaseDate": "2019-01-01T00:00:00",
        "KeyWords": ",".join(what.name.lower().split()),
        "Title": what.name,
        "IsActive": True,
        "TaxCode": "",
        "MetaTagDescription": what.name,
        "SupplierId": None,
        "ShowWithoutStock": True,
        "AdWordsRemarketingCode": "",
        "LomadeeCampaignCode": "",
        "Score": None,
    }
    return _cased(document, what.product_id)


def sku(what: Sku) -> Document:
    """Return a vtex.sku as it is now: mostly with its context, some as the bare SKU."""
    return _cased(_bare_sku(what) if what.is_bare else _sku_context(what), what.sku_id)


def _bare_sku(what: Sku) -> Document:
    shelf = what.product.shelf
    return {
        "Id": what.sku_id,
        "ProductId": what.product.product_id,
        "IsActive": True,
        "ActivateIfPossible": True,
        "Name": what.name,
        "RefId": what.reference,
        "PackagedHeight": 10.0,
        "PackagedLength": 20.0,
        "PackagedWidth": 20.0,
        "PackagedWeightKg": shelf.weight_grams / 1000,
        "Height": None,
        "Length": None,
        "Width": None,
        "WeightKg": None,
        "CubicWeight": 0.2,
        "IsKit": bool(what.components),
        "CreationDate": "2019-01-01T08:00:00.0000001",
        "RewardValue": None,
        "EstimatedDateArrival": None,
        "ManufacturerCode": "",
        "CommercialConditionId": 1,
        "MeasurementUnit": "un" if shelf.unit_thousandths == 1000 else "kg",
        "UnitMultiplier": shelf.unit_thousandths / 1000,
        "ModalType": None,
        "KitItensSellApart": False,
        "Videos": [],
    }


def _sku_context(what: Sku) -> Document:
    parent = what.product
    path = parent.leaf.path
    full_path = "/".join(["", *(str(node.category_id) for node in path), ""])
    specifications = [("Cor", what.colour), ("Tamanho", what.size)]
    return {
        "Id": what.sku_id,
        "ProductId": parent.product_id,
        "NameComplete": what.name,
        "ComplementName": "",
        "ProductName": parent.name,
        "ProductDescription": f"{parent.name}, da {parent.brand_name}.",
        "SkuName": what.variant,
        "ProductRefId": f"QA{parent.product_id}",
        "TaxCode": "",
        "IsActive": True,
        "IsTransported": True,
        "IsInventoried": True,
        "IsGiftCardRecharge": False,
        "ImageUrl": image_url(what),
        "DetailUrl": detail_url(what),
        "CSCIdentification": None,
        "BrandId": str(parent.brand_id),
        "BrandName": parent.brand_name,
        "IsBrandActive": True,
        "Dimension": {
            "cubicweight": 0.2,
            "height": 10,
            "length": 20,
            "weight": parent.shelf.weight_grams,
            "width": 20,
        },
        "ManufacturerCode": "",
        "IsKit": bool(what.components),
        "KitItems": [{"Id": part.sku_id, "Amount": units} for part, units in what.components],
        "Services": [],
        "Categories": [],
        "CategoriesFullPath": [full_path],
        "Attachments": [],
        "Collections": [],
        "SkuSellers": [
            {
                "SellerId": parent.seller_id,
                "StockKeepingUnitId": what.sku_id,
                "SellerStockKeepingUnitId": str(what.sku_id),
                "IsActive": True,
                "FreightCommissionPercentage": 0,
                "ProductCommissionPercentage": 0,
            }
        ],
        "SalesChannels": [1, 2, 5, 7],
        "Images": [{"ImageUrl": image_url(what), "ImageName": "", "FileId": what.sku_id}],
        "Videos": [],
        "SkuSpecifications": [
            {
                "FieldId": number,
                "FieldName": name,
                "FieldValueIds": [],
                "FieldValues": [value],
                "IsFilter": True,
                "FieldGroupId": 1,
                "FieldGroupName": "Especificações",
            }
            for number, (name, value) in enumerate(specifications, start=1)
            if value
        ],
        "ProductSpecifications": [],
        "ProductClustersIds": "137,140",
        "PositionsInClusters": {},
        "ProductClusterNames": {},
        "ProductClusterHighlights": {},
        "ProductCategoryIds": full_path,
        "IsDirectCategoryActive": True,
        "ProductGlobalCategoryId": None,
        "ProductCategories": {str(node.category_id): node.name for node in path},
        "CommercialConditionId": 1,
        "RewardValue": 0.0,
        "AlternateIds": {"Ean": what.ean, "RefId": what.reference},
        "AlternateIdValues": [what.ean, what.reference],
        "EstimatedDateArrival": None,
        "MeasurementUnit": "un" if parent.shelf.unit_thousandths == 1000 else "kg",
        "UnitMultiplier": parent.shelf.unit_thousandths / 1000,
        "InformationSource": "Indexer",
        "ModalType": None,
        "KeyWords": ",".join(parent.name.lower().split()),
        "ReleaseDate": "2019-01-01T00:00:00",
        "ProductIsVisible": True,
        "ShowIfNotAvailable": True,
        "IsProductActive": True,
        "ProductFinalScore": 0,
    }


def price(what: Sku, at: int) -> Document:
    """Return a vtex.price: currency units, with ranges that overlap for some SKUs."""
    value = what.price / 100
    fixed: list[Document] = [
        {"tradePolicyId": "1", "value": value, "listPrice": None, "minQuantity": 1},
        {"tradePolicyId": "2", "value": value, "listPrice": None, "minQuantity": 1},
    ]
    if what.sku_id % 10 == 0:
        for days, share in ((20, 95), (10, 90)):
            dates = {"from": iso(at, 0, "Z"), "to": iso(at + days * 86_400_000_000, 0, "Z")}
            promised = what.price * share // 100 / 100
            fixed.append(
                {
                    "tradePolicyId": "1",
                    "value": promised,
                    "listPrice": None,
                    "minQuantity": 3,
                    "dateRange": dates,
                }
            )
    return {
        "itemId": str(what.sku_id),
        "listPrice": what.list_price / 100,
        "costPrice": round(value * 0.55, 2),
        "markup": 0,
        "basePrice": value,
        "fixedPrices": fixed,
    }
