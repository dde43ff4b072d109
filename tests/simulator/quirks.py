"""What real orders do, each as a question to one document."""

import re

from tests.simulator.recount import removed_units, totals_of


def _tags(order):
    return [tag for item in order["items"] for tag in item["priceTags"]]


def _payments(order):
    return [
        payment
        for transaction in order["paymentData"]["transactions"]
        for payment in transaction["payments"]
    ]


def _ids(order):
    return [payment["id"] for payment in _payments(order)]


def _packages(order):
    return order["packageAttachment"]["packages"]


def _fraction_digits(text):
    return len(re.search(r"\.(\d+)", text)[1])


def _percentual(order):
    return [tag for tag in _tags(order) if tag["isPercentual"]]


QUIRKS = {
    "order id of letters and digits": lambda o: re.fullmatch(r"v\d+[a-z]+-\d\d", o["orderId"]),
    "order id of digits with a suffix": lambda o: re.fullmatch(r"\d{13}-\d\d", o["orderId"]),
    "order id that is a bare number": lambda o: re.fullmatch(r"\d{13}", o["orderId"]),
    "order id with an affiliate's prefix": lambda o: re.match(r"[A-Z]{3}-", o["orderId"]),
    "sequence unlike the order id": lambda o: o["sequence"] not in o["orderId"],
    "guest": lambda o: o["clientProfileData"]["userProfileId"] is None,
    "known profile": lambda o: o["clientProfileData"]["userProfileId"],
    "e-mail alias": lambda o: o["clientProfileData"]["email"].endswith("@ct.vtex.com.br"),
    "incomplete order": lambda o: o["status"] is None,
    "four fractional digits": lambda o: _fraction_digits(o["lastChange"]) == 4,
    "six fractional digits": lambda o: _fraction_digits(o["lastChange"]) == 6,
    "seven fractional digits": lambda o: _fraction_digits(o["lastChange"]) == 7,
    "time in Z": lambda o: o["creationDate"].endswith("Z"),
    "time in +00:00": lambda o: o["creationDate"].endswith("+00:00"),
    "time at another offset": lambda o: o["creationDate"].endswith("-03:00"),
    "one SKU on several lines": lambda o: len({i["id"] for i in o["items"]}) < len(o["items"]),
    "weighed goods": lambda o: any(i["unitMultiplier"] % 1 for i in o["items"]),
    "discount in cents": lambda o: any(
        t["name"].startswith("discount@price") and not t["isPercentual"] for t in _tags(o)
    ),
    "discount of the marketplace": lambda o: any(
        t["name"] == "DISCOUNT@MARKETPLACE" for t in _tags(o)
    ),
    "shipping discount": lambda o: any(t["name"].startswith("discount@shipping") for t in _tags(o)),
    "percentual tag without value": lambda o: any("value" not in t for t in _percentual(o)),
    "percentual tag with null value": lambda o: any(
        t.get("value", 1) is None for t in _percentual(o)
    ),
    "percentual tag with another value": lambda o: any(
        t.get("value") == 0 and t["rawValue"] for t in _percentual(o)
    ),
    "percentual tag with a fraction": lambda o: any(
        isinstance(t.get("value"), float) for t in _percentual(o)
    ),
    "tax": lambda o: totals_of(o)["Tax"] > 0,
    "changed order": lambda o: "Change" in totals_of(o) and o["changesAttachment"],
    "fulfillment copy": lambda o: o["origin"] == "Fulfillment",
    "chain copy": lambda o: o["origin"] == "Chain",
    "sold by another marketplace": lambda o: o["origin"] == "Fulfillment" and not o["orderGroup"],
    "second order of a group": lambda o: o["orderId"].endswith("-02"),
    "metadata of the whole cart": lambda o: len(o["itemMetadata"]["Items"]) > len(o["items"]),
    "no payment": lambda o: not _payments(o),
    "payment listed twice": lambda o: len(set(_ids(o))) < len(_ids(o)),
    "gift card": lambda o: any(p["group"] == "giftCards" for p in _payments(o)),
    "boleto": lambda o: any(p["group"] == "bankInvoice" for p in _payments(o)),
    "pix": lambda o: any(p["group"] == "instantPayment" for p in _payments(o)),
    "inactive transaction": lambda o: any(
        not t["isActive"] for t in o["paymentData"]["transactions"]
    ),
    "partial invoice": lambda o: o["status"] == "payment-approved" and _packages(o),
    "denied cancellation": lambda o: o["status"] == "payment-pending" and o["authorizedDate"],
    "cancelled without a reason yet": lambda o: (
        o["status"] == "canceled" and o["cancelReason"] is None
    ),
    "cancelled with a reason": lambda o: o["status"] == "canceled" and o["cancelReason"],
    "status order-completed": lambda o: o["status"] == "order-completed",
    "status release-to-fulfillment": lambda o: o["status"] == "release-to-fulfillment",
    "no store preferences": lambda o: "storePreferencesData" not in o,
    "no invoice data": lambda o: "invoiceData" not in o,
    "clerk's code": lambda o: (
        o["openTextField"] and o["marketingData"]["utmiCampaign"] == "codigodavendedora"
    ),
    "coupon": lambda o: o["marketingData"] and o["marketingData"]["coupon"],
    "utm": lambda o: o["marketingData"] and o["marketingData"]["utmSource"],
    "invoice": lambda o: any(p["type"] == "Output" for p in _packages(o)),
    "return": lambda o: any(p["type"] == "Input" for p in _packages(o)),
    "delivered": lambda o: any(
        p["courierStatus"] and p["courierStatus"]["finished"] for p in _packages(o)
    ),
    "picked up in a shop": lambda o: o["shippingData"]["address"]["addressType"] == "pickup",
    "dollars": lambda o: (
        o.get("storePreferencesData", {}).get("currencyCode") == "USD" and o["salesChannel"] == "5"
    ),
    "kit": lambda o: any(i["components"] for i in o["items"]),
    "gift": lambda o: any(i["isGift"] and i["price"] == 0 for i in o["items"]),
    "service with a price": lambda o: any(
        each["price"] for i in o["items"] for each in i["bundleItems"]
    ),
    "service without a price": lambda o: any(
        each["price"] == 0 for i in o["items"] for each in i["bundleItems"]
    ),
    "engraving": lambda o: any(
        each["attachments"] for i in o["items"] for each in i["bundleItems"]
    ),
    "subscription": lambda o: o["subscriptionData"] and any(i["attachments"] for i in o["items"]),
    "checked in at a shop": lambda o: o["isCheckedIn"] and o["checkedInPickupPointId"],
    "called for at a counter": lambda o: (
        o["shippingData"]["logisticsInfo"][0]["pickupPointId"] in ("1_PTA", "1_BVG")
    ),
    "sold by a franchise that is no pickup point": lambda o: (
        o["origin"] == "Marketplace" and o["sellers"][0]["id"] == "quintalbarra"
    ),
    "under way": lambda o: any(
        p["courierStatus"] and not p["courierStatus"]["finished"] for p in _packages(o)
    ),
    "item taken out": lambda o: o["changesAttachment"] and removed_units(o),
    "discount after the sale": lambda o: o["changesAttachment"] and not removed_units(o),
    "phone as dialled from another city": lambda o: o["clientProfileData"]["phone"].startswith("0"),
    "phone in brackets": lambda o: o["clientProfileData"]["phone"].startswith("("),
    "phone of nobody": lambda o: o["clientProfileData"]["phone"] == "(11) 99999-9999",
    "person without a document": lambda o: o["clientProfileData"]["document"] is None,
    "company": lambda o: o["clientProfileData"]["isCorporate"],
}
