"""The parts of an order's document that describe its lines and their delivery."""

import random
from typing import Any

from simulator.baskets import Line, Service
from simulator.catalogue import Sku
from simulator.orders import Order
from simulator.seeds import hexadecimal
from simulator.stock import warehouse_of
from simulator.timestamps import iso
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
    prices: Document = {"priceDefinition": None if line.is_gift else definition}
    if order.purchase.is_old:
        prices = {"priceDefinitions": None}
    return prices | {
        "uniqueId": hexadecimal(rng).upper(),
        "id": str(sku.sku_id),
        "productId": str(product.product_id),
        "ean": sku.ean,
        "lockId": f"00-{order.order_id}",
        "itemAttachment": {"content": {}, "name": None},
        "attachments": _subscription(line),
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
        "components": _components(line),
        "bundleItems": [_service(line.service)] if line.service else [],
        "params": [],
        "offerings": [_offering(line.service)] if line.service else [],
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
        "isGift": line.is_gift,
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


def _subscription(line: Line) -> list[Document]:
    """Return the attachment by which a checkout knows a subscription."""
    if not line.plan:
        return []
    frequency = f"{line.plan.interval} {line.plan.periodicity.lower()}"
    content = {"vtex.subscription.key.frequency": frequency}
    return [{"name": "vtex.subscription.cafe", "content": content}]


def _components(line: Line) -> list[Document]:
    """Return what a kit consists of; the prices of the parts make that of the kit."""
    parts = line.sku.components
    if not parts:
        return []
    (first, units), (second, more) = parts
    second_price = line.price * 30 // 100 // more
    prices = ((first, units, line.price - second_price * more), (second, more, second_price))
    return [
        {
            "uniqueId": None,
            "id": str(part.sku_id),
            "productId": str(part.product.product_id),
            "ean": part.ean,
            "name": part.name,
            "refId": part.reference,
            "quantity": quantity,
            "seller": part.product.seller_id,
            "price": price,
            "listPrice": price,
            "sellingPrice": price,
            "priceTags": [],
            "measurementUnit": "un",
            "unitMultiplier": 1,
            "isGift": False,
        }
        for part, quantity, price in prices
    ]


def _offering(service: Service) -> Document:
    return {
        "type": service.name,
        "id": service.offer_id,
        "name": service.name,
        "price": service.cents,
    }


def _service(service: Service) -> Document:
    written = {"name": service.name, "content": {"Texto": service.words}}
    return {
        "uniqueId": None,
        "id": service.offer_id,
        "productId": None,
        "ean": None,
        "lockId": None,
        "itemAttachment": {"content": {}, "name": None},
        "attachments": [written] if service.words else [],
        "quantity": 1,
        "seller": None,
        "name": service.name,
        "refId": None,
        "price": service.cents,
        "listPrice": None,
        "priceTags": [],
        "components": [],
        "bundleItems": [],
        "sellerSku": service.offer_id,
        "tax": 0,
        "measurementUnit": "un",
        "unitMultiplier": 1,
        "sellingPrice": service.cents,
        "isGift": False,
        "additionalInfo": {"offeringType": service.name, "offeringTypeId": "1"},
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
        pickup.update(friendlyName=shop.name, isPickupStore=True, dockId=shop.seller_id or None)
    estimate = f"{order.purchase.promised_days}bd"
    courier: Document = {
        "courierId": "1a7c",
        "courierName": sla,
        "dockId": "1",
        "quantity": line.quantity,
        "warehouseId": warehouse_of(line.sku, shop),
        "accountCarrierName": ACCOUNT,
        "kitItemDetails": [],
    }
    service: Document = {
        "id": sla,
        "name": sla,
        "shippingEstimate": estimate,
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
        "shippingEstimate": estimate,
        "shippingEstimateDate": iso(order.purchase.promised_at, 7, "+00:00"),
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
