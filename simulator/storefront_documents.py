"""Storefront events as their sources write them: VTEX's Pixel, FastStore, Intelligent Search.

FastStore's pages send neither time nor session: the gateway has added both, and says so. The search
service's events come past the gateway where the page is not FastStore's, with a session of theirs.
"""

import random
from collections.abc import Callable, Sequence
from typing import Any

from simulator.baskets import rounded
from simulator.catalogue import Sku
from simulator.order_lines import detail_url, image_url, slug
from simulator.seeds import Weighted, scramble
from simulator.sessions import Action, CartLine, Session, is_of_search_service
from simulator.timestamps import DAY, iso
from simulator.words import ACCOUNT, STORE_NAME

Document = dict[str, Any]

_SITE = f"https://www.{ACCOUNT}.com.br"
_DIGITS = Weighted((3, 6, 7), (84, 8, 8))
_ZONES = Weighted(("Z", "+00:00", "-03:00"), (85, 7, 8))
_REFERRERS = {
    "google": "https://www.google.com/",
    "instagram": "https://l.instagram.com/",
    "newsletter": "",
}


def attributes(session: Session, action: Action) -> dict[str, str]:
    """Return a message's attributes as the gateway gives them; few come past it, from files."""
    known = {"source": "loja", "contract": "storefront.event"}
    if action.has_id:
        known["event_id"] = action.event_id
        if session.is_faststore:
            known["stamped"] = "timestamp,sessionId"
    return known


def document(session: Session, action: Action) -> Document:
    """Return the event in its source's spelling."""
    rng = random.Random(action.event_id)
    is_of_search = is_of_search_service(action)
    if is_of_search:
        body = _of_search_service(session, action)
    elif session.is_faststore and action.name != action.activity:
        body = _of_faststore(session, action) | _envelope(session)
    else:
        body = _of_pixel(rng, session, action) | _envelope(session)
    if session.is_faststore:
        return body | {"timestamp": iso(action.at, 3, "Z"), "sessionId": session.session_id}
    body["timestamp"] = iso(action.at, _DIGITS.pick(rng), _ZONES.pick(rng))
    if is_of_search:
        return body
    if action.has_id and rng.random() < 0.5:
        body["eventId"] = action.event_id
    return body | {"sessionId": session.session_id}


def _envelope(session: Session) -> Document:
    """Return what the collector's script adds to every event of a page."""
    device = session.device
    return {"accountName": ACCOUNT, "anonymous": device.device_id, "userAgent": device.agent}


def _page(session: Session, action: Action) -> str:
    """Return the address of the page on which something happens."""
    if action.term:
        return f"{_SITE}/s?q={slug(action.term)}"
    if action.sku:
        return _SITE + detail_url(action.sku)
    if action.activity in ("beginCheckout", "viewCart"):
        return f"{_SITE}/checkout/#/cart"
    if action is not session.actions[0]:
        return f"{_SITE}/"
    words = zip(("utm_source", "utm_medium", "utm_campaign"), session.entry, strict=True)
    query = "&".join(f"{name}={value}" for name, value in words if value)
    return f"{_SITE}/?{query}" if query else f"{_SITE}/"


def _of_pixel(rng: random.Random, session: Session, action: Action) -> Document:
    name = action.activity
    body: Document = {"event": name, "eventName": f"vtex:{name}", "currency": session.currency}
    if name == "orderPlaced":
        return body | _placed(action)
    body["pageUrl"] = _page(session, action)
    if name in _WRITERS:
        return body | _WRITERS[name](session, action)
    return body | {"items": [_cart_item(rng, name, line) for line in action.lines]}


def _page_view(session: Session, _: Action) -> Document:
    referrer = _REFERRERS.get(session.entry[0] or "", "")
    return {"pageTitle": STORE_NAME, "referrer": referrer}


def _search(_: Session, action: Action) -> Document:
    everything = {"id": "", "name": ""}
    search = {"term": action.term, "category": everything, "results": action.results}
    return {"eventType": action.activity, "search": search}


def _shelf(_: Session, action: Action) -> Document:
    seen = [
        {"product": _product(line.sku, "sku"), "position": place}
        for place, line in enumerate(action.lines, start=1)
    ]
    return {"list": "Shelf", "impressions": seen}


def _view(_: Session, action: Action) -> Document:
    return {"product": _product(action.sku, "selectedSku")} if action.sku else {}


def _click(_: Session, action: Action) -> Document:
    product = {"product": _product(action.sku, "sku")} if action.sku else {}
    return product | {"position": 1, "list": "Shelf"}


def _cart_page(_: Session, action: Action) -> Document:
    return {"items": [_form_item(line) for line in action.lines]}


def _user(_: Session, action: Action) -> Document:
    """Return who somebody says to be; what is not known is absent."""
    identity = action.identity
    if identity is None:
        return {"isAuthenticated": False}
    told = {
        "firstName": identity.first_name,
        "document": identity.document,
        "id": identity.profile_id,
        "email": identity.email,
        "phone": identity.phone,
    }
    known = {name: value for name, value in told.items() if value is not None}
    return known | {"isAuthenticated": identity.profile_id is not None}


_WRITERS: dict[str, Callable[[Session, Action], Document]] = {
    "pageView": _page_view,
    "internalSiteSearchView": _search,
    "productImpression": _shelf,
    "productView": _view,
    "productClick": _click,
    "viewCart": _cart_page,
    "userData": _user,
}


def _categories(sku: Sku) -> list[str]:
    """Return the paths of a product's categories by name, the longest first."""
    names = [node.name for node in sku.product.leaf.path]
    return [f"/{'/'.join(names[:depth])}/" for depth in range(len(names), 0, -1)]


def _item(sku: Sku) -> Document:
    offer = {
        "Price": sku.price / 100,
        "ListPrice": sku.list_price / 100,
        "PriceWithoutDiscount": sku.price / 100,
        "AvailableQuantity": 10_000,
    }
    return {
        "itemId": str(sku.sku_id),
        "name": sku.variant,
        "ean": sku.ean,
        "referenceId": [{"Key": "RefId", "Value": sku.reference}],
        "imageUrl": image_url(sku),
        "sellers": [
            {
                "sellerId": sku.product.seller_id,
                "sellerDefault": True,
                "commertialOffer": offer,
            }
        ],
    }


def _product(sku: Sku, chosen: str) -> Document:
    """Return a product as pages know it; of its SKUs one is chosen, not always the first."""
    product = sku.product
    others = [other for other in product.skus[:2] if other is not sku]
    items = [_item(each) for each in (*others[:1], sku)]
    return {
        "productId": str(product.product_id),
        "productName": product.name,
        "productReference": f"QA{product.product_id}",
        "linkText": f"{slug(product.name)}-{product.product_id}",
        "brand": product.brand_name,
        "brandId": product.brand_id,
        "categories": _categories(sku),
        "categoryId": str(product.leaf.category_id),
        "items": items,
        chosen: items[-1],
    }


def _cart_item(rng: random.Random, activity: str, line: CartLine) -> Document:
    """Return a line of a cart: in cents where `priceIsInt` says so, else in units.

    What the checkout begins with is in units always.
    """
    sku, product = line.sku, line.sku.product
    body: Document = {
        "id": str(sku.sku_id),
        "skuId": str(sku.sku_id),
        "productId": str(product.product_id),
        "name": product.name,
        "skuName": sku.variant,
        "brand": product.brand_name,
        "category": "/".join(node.name for node in product.leaf.path),
        "variant": sku.variant,
        "productRefId": f"QA{product.product_id}",
        "referenceId": sku.reference,
        "quantity": line.quantity,
    }
    if activity != "beginCheckout" and rng.random() < 0.5:
        return body | {"price": line.cents, "priceIsInt": True}
    told = {"priceIsInt": False} if rng.random() < 0.3 else {}
    return body | {"price": line.cents / 100} | told


def _form_item(line: CartLine) -> Document:
    """Return a line of the cart's page, as the checkout keeps it: always in cents."""
    sku, product = line.sku, line.sku.product
    path = product.leaf.path
    return {
        "skuId": str(sku.sku_id),
        "productId": str(product.product_id),
        "additionalInfo": {"brandName": product.brand_name, "brandId": str(product.brand_id)},
        "name": product.name,
        "skuName": sku.variant,
        "price": line.cents,
        "productCategories": {str(node.category_id): node.name for node in path},
        "productCategoryIds": "/".join(["", *(str(node.category_id) for node in path), ""]),
        "quantity": line.quantity,
        "productRefId": f"QA{product.product_id}",
        "referenceId": sku.reference,
        "variant": sku.variant,
    }


def _placed(action: Action) -> Document:
    """Return what the last page tells of the orders, in units."""
    orders = action.orders
    purchase = orders[0].purchase
    lines = [line for order in orders for line in order.lines]
    return {
        "corporateName": None,
        "coupon": purchase.promotion.coupon if purchase.promotion else None,
        "openTextField": None,
        "orderGroup": orders[0].group,
        "ordersInOrderGroup": [order.order_id for order in orders],
        "salesChannel": purchase.sales_channel,
        "transactionAffiliation": "VTEX",
        "transactionCurrency": purchase.currency,
        "transactionDate": iso(purchase.at, 7, "Z"),
        "transactionDiscounts": _units(sum(order.discounts_cents for order in orders)),
        "transactionId": orders[0].group,
        "transactionLatestShippingEstimate": iso(purchase.promised_at + DAY, 7, "Z"),
        "transactionShipping": _units(sum(order.shipping_cents for order in orders)),
        "transactionSubtotal": _units(sum(order.items_cents for order in orders)),
        "transactionTax": _units(sum(order.tax_cents for order in orders)),
        "transactionTotal": _units(sum(order.total_cents for order in orders)),
        "transactionProducts": [
            {
                "id": str(line.sku.product.product_id),
                "sku": str(line.sku.sku_id),
                "name": line.sku.product.name,
                "skuName": line.sku.variant,
                "brand": line.sku.product.brand_name,
                "brandId": str(line.sku.product.brand_id),
                "ean": line.sku.ean,
                "sellerId": line.sku.product.seller_id,
                "price": _units(line.price),
                "originalPrice": _units(line.price),
                "sellingPrice": _units(rounded(line.paid_cents, line.quantity)),
                "quantity": line.quantity,
                "measurementUnit": "un" if line.unit_thousandths == 1000 else "kg",
                "unitMultiplier": line.unit_thousandths / 1000,
            }
            for line in lines
        ],
    }


def _units(cents: int) -> float:
    return cents / 100


def _of_faststore(session: Session, action: Action) -> Document:
    """Return an event in Google's spelling, which FastStore has; prices are in units."""
    name = action.name
    if name == "page_view":
        words: Document = {
            "page_title": STORE_NAME,
            "page_location": _page(session, action),
            "send_page_view": True,
        }
    elif name == "search":
        words = {"search_term": action.term}
    else:
        words = {"currency": session.currency}
        lines = [CartLine(action.sku, 1, action.sku.price)] if action.sku else action.lines
        words["value"] = _units(sum(line.cents * line.quantity for line in lines))
        if name == "purchase":
            words |= _purchased(action)
        words["items"] = _lines(lines)
    return {"name": name, "params": words}


def _purchased(action: Action) -> Document:
    orders = action.orders
    return {
        "transaction_id": orders[0].group,
        "affiliation": STORE_NAME,
        "value": _units(sum(order.total_cents for order in orders)),
        "shipping": _units(sum(order.shipping_cents for order in orders)),
        "tax": _units(sum(order.tax_cents for order in orders)),
    }


def _lines(lines: Sequence[CartLine]) -> list[Document]:
    return [
        {
            "item_id": str(line.sku.product.product_id),
            "item_name": line.sku.product.name,
            "item_brand": line.sku.product.brand_name,
            "item_variant": str(line.sku.sku_id),
            "item_variant_name": line.sku.variant,
            "product_reference_id": line.sku.reference,
            "currency": "BRL",
            "price": _units(line.cents),
            "quantity": line.quantity,
        }
        for line in lines
    ]


def _of_search_service(session: Session, action: Action) -> Document:
    """Return an event of Intelligent Search, which calls its session and device otherwise."""
    device = session.device
    body: Document = {
        "type": action.name,
        "session": session.session_id,
        "anonymous": device.device_id,
        "url": _page(session, action),
        "agent": device.agent,
    }
    if action.name == "search.query":
        body |= {
            "text": action.term,
            "misspelled": scramble(61, action.at) % 10 == 0,
            "match": action.results,
            "operator": "and",
        }
    elif action.sku:
        body |= {
            "product": str(action.sku.product.product_id),
            "position": 1,
            "text": action.term,
        }
    return body
