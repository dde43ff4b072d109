"""The parts of an order's document that describe its lines and their delivery."""

import random
from typing import Any

from simulator.baskets import Line
from simulator.catalogue import Sku
from simulator.orders import Order
from simulator.seeds import hexadecimal
from simulator.timestamps import DAY, iso
from simulator.words import ACCOUNT, STORE_NAME

Document = dict[str, Any]

_NO_PICKUP: Document = {
    "additionalInfo": None,
    "address": None,
    "dockId": None,
    "friendlyName": None,
    "isPickupStore": False,
}


def image_url(sku: Sku) -> str:
    """Return where the SKU's picture would be."""
    return f"https://{ACCOUNT}.vteximg.com.br/arquivos/ids/{sku.sku_id}-55-55/foto.jpg"


def slug(name: str) -> str:
    """Return a name as it appears in addresses."""
    return "-".join(name.lower().translate(_PLAIN).split())


def detail_url(sku: Sku) -> str:
    """Return the product's page."""
    return f"/{slug(sku.product.name)}-{sku.product.product_id}/p"


def item(rng: random.Random, order: Order, line: Line) -> Document:
    """Return one element of `items`."""
    sku, product = line.sku, line.sku.product
    shelf = product.shelf
    multiplier = line.unit_thousandths / 1000
    selling_price = round(line.paid_cents * 1000 / (line.quantity * line.unit_thousandths))
    definition = {
        "sellingPrices": [{"value": selling_price, "quantity": line.quantity}],
        "calculatedSellingPrice": selling_price,
        "total": line.paid_cents,
        "reason": None,
    }
    prices: Document = {"priceDefinition": definition}
    if order.purchase.is_old:
        prices = {"priceDefinitions": None}
    return prices | {
        "uniqueId": hexadecimal(rng).upper(),
        "id": str(sku.sku_id),
        "productId": str(product.product_id),
        "ean": sku.ean,
        "lockId": f"00-{order.order_id}",
        "itemAttachment": {"content": {}, "name": None},
        "attachments": [],
        "quantity": line.quantity,
        "seller": order.seller_id,
        "name": sku.name,
        "refId": sku.reference,
        "price": line.price,
        "listPrice": line.list_price,
        "manualPrice": None,
        "manualPriceAppliedBy": None,
        "priceTags": line.tags,
        "imageUrl": image_url(sku),
        "detailUrl": detail_url(sku),
        "components": [],
        "bundleItems": [],
        "params": [],
        "offerings": [],
        "attachmentOfferings": [],
        "sellerSku": str(sku.sku_id),
        "priceValidUntil": None,
        "commission": 0,
        "tax": line.tax_cents,
        "preSaleDate": None,
        "additionalInfo": {
            "brandName": product.brand_name,
            "brandId": str(product.brand_id),
            "categoriesIds": "/".join(
                ["", *(str(node.category_id) for node in product.leaf.path), ""]
            ),
            "categories": [
                {"id": node.category_id, "name": node.name} for node in reversed(product.leaf.path)
            ],
            "productClusterId": "137,140",
            "commercialConditionId": "1",
            "dimension": {
                "cubicweight": 0.2,
                "height": 10,
                "length": 20,
                "weight": shelf.weight_grams,
                "width": 20,
            },
            "offeringInfo": None,
            "offeringType": None,
            "offeringTypeId": None,
        },
        "measurementUnit": "un" if line.unit_thousandths == 1000 else "kg",
        "unitMultiplier": multiplier if line.unit_thousandths % 1000 else 1,
        "sellingPrice": selling_price,
        "isGift": False,
        "shippingPrice": None,
        "rewardValue": 0,
        "freightCommission": 0,
        "taxCode": "",
        "parentItemIndex": None,
        "parentAssemblyBinding": None,
        "callCenterOperator": None,
        "serialNumbers": None,
        "assemblies": [],
        "costPrice": line.price,
    }


def metadata(order: Order) -> Document:
    """Return `itemMetadata`, which may hold the whole cart of a purchase split by seller."""
    return {
        "Items": [
            {
                "Id": str(line.sku.sku_id),
                "Seller": order.seller_id,
                "Name": line.sku.name,
                "SkuName": line.sku.variant,
                "ProductId": str(line.sku.product.product_id),
                "RefId": line.sku.reference,
                "Ean": line.sku.ean,
                "ImageUrl": image_url(line.sku),
                "DetailUrl": detail_url(line.sku),
                "AssemblyOptions": [],
            }
            for line in order.whole_cart or order.lines
        ]
    }


def logistics(order: Order, index: int, line: Line, address_id: str) -> Document:
    """Return one element of `logisticsInfo`, joined to its line by `itemIndex`."""
    shop = order.purchase.pickup
    sla = "Retira em Loja" if shop else "Normal"
    channel = "pickup-in-point" if shop else "delivery"
    pickup = dict(_NO_PICKUP)
    if shop:
        pickup.update(friendlyName=shop.name, isPickupStore=True, dockId=shop.seller_id)
    estimate = iso(order.purchase.at + 5 * DAY, 7, "+00:00")
    courier: Document = {
        "courierId": "1a7c",
        "courierName": sla,
        "dockId": "1",
        "quantity": line.quantity,
        "warehouseId": shop.seller_id if shop else "1_1",
        "accountCarrierName": ACCOUNT,
        "kitItemDetails": [],
    }
    service: Document = {
        "id": sla,
        "name": sla,
        "shippingEstimate": "5bd",
        "deliveryWindow": None,
        "price": line.shipping_cents,
        "deliveryChannel": channel,
        "pickupStoreInfo": pickup,
        "polygonName": "",
        "lockTTL": "10d",
        "pickupPointId": shop.pickup_point_id if shop else None,
        "transitTime": "3bd",
    }
    info = {
        "itemIndex": index,
        "itemId": str(line.sku.sku_id),
        "selectedSla": sla,
        "lockTTL": "10d",
        "price": line.shipping_cents,
        "listPrice": line.shipping_list_cents,
        "sellingPrice": line.shipping_cents,
        "deliveryWindow": None,
        "deliveryCompany": STORE_NAME if shop else "Transportadora Ligeira",
        "shippingEstimate": "5bd",
        "shippingEstimateDate": estimate,
        "slas": [service],
        "shipsTo": ["BRA"],
        "deliveryIds": [courier],
        "deliveryChannel": channel,
        "pickupStoreInfo": pickup,
        "addressId": address_id,
        "polygonName": "",
        "pickupPointId": service["pickupPointId"],
        "transitTime": "3bd",
    }
    if not order.purchase.is_old:
        info["selectedDeliveryChannel"] = channel
        info["deliveryChannels"] = [{"id": channel, "stockBalance": 0}]
    return info


_PLAIN = str.maketrans("áâãàéêíóôõúüç /&", "aaaaeeiooouuc---")
