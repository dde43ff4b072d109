"""A store that does all that breaks pipelines, in two nights; an order is named after its trap."""

import json
import random
from collections.abc import Iterator
from itertools import count

EMAIL = "maria.souza@example.com"
ALIAS = "5f0c3bd1aa@ct.vtex.com.br"
SECRETS = [EMAIL, ALIAS, "52998224725", "529.982.247-25", "Marlene Quiroga", "+5511987654321",
           "Rua das Acácias", "411111", "BEATRIZ LIMA"]  # fmt: skip

_numbers = count(1)


def message(contract: str, document: object, at: str = "2024-03-01T00:00:00Z") -> dict[str, object]:
    return {
        "subscription_name": "vtex",
        "message_id": str(next(_numbers)),
        "publish_time": at,
        "attributes": {"contract": contract},
        "data": document if isinstance(document, str) else json.dumps(document),
    }


def item(number: int = 1, **changed: object) -> dict[str, object]:
    return {
        "uniqueId": f"line-{number}",
        "id": "10",
        "productId": "1",
        "name": "Camiseta",
        "seller": "1",
        "quantity": 1,
        "price": 1000,
        "listPrice": 1200,
        "sellingPrice": 1000,
        "unitMultiplier": 1,
        "priceTags": [],
    } | changed


def order(order_id: str, **changed: object) -> dict[str, object]:
    return {
        "orderId": order_id,
        "orderGroup": order_id,
        "sequence": "500123",
        "origin": "Marketplace",
        "salesChannel": "1",
        "status": "invoiced",
        "creationDate": "2024-03-01T12:00:00.0000000+00:00",
        "lastChange": "2024-03-02T12:00:00.0000000+00:00",
        "authorizedDate": "2024-03-01T12:30:00.0000000+00:00",
        "value": 1000,
        "totals": [{"id": "Items", "value": 1000}],
        "items": [item()],
        "clientProfileData": {"userProfileId": f"profile-{order_id}"},
        "storePreferencesData": {
            "currencyCode": "BRL",
            "timeZone": "E. South America Standard Time",
        },
    } | changed


def payments(*several: dict[str, object]) -> dict[str, object]:
    return {"transactions": [{"transactionId": "t", "isActive": True, "payments": list(several)}]}


def logistics(**written: object) -> dict[str, object]:
    return {"logisticsInfo": [{"itemIndex": 0, "pickupPointId": "shop-1"} | written]}


def first_night() -> Iterator[dict[str, object]]:
    repeated = order("1-repeated")
    steps = ["payment-pending", "payment-approved", "handling", "invoiced"]
    versions = [
        repeated | {"status": status, "lastChange": f"2024-03-0{day}T12:00:00Z"}
        for day, status in enumerate(steps, 1)
    ]
    for version in random.Random(1).choices(versions, k=40) + versions:
        yield message("vtex.order", version)
    for day, status in enumerate(steps, 1):
        event = {
            "OrderId": "1-repeated",
            "State": status,
            "CurrentChange": f"2024-03-0{day}T12:00Z",
        }
        for _ in range(50):
            yield message("vtex.order_event", event)
    for version in versions:
        yield message("vtex.order", version | {"orderId": "2-unhooked"})
    for number, written in enumerate(
        ["T12:00:00.1234Z", "T12:00:00.123456+00:00", "T09:00:00.1234567-03:00", "T12:00:00.1234"]
    ):
        yield message("vtex.order", order(f"3-{number}", creationDate=f"2024-03-01{written}"))
    # Half past one in London is still yesterday in São Paulo.
    yield message("vtex.order", order("4-late", creationDate="2024-03-02T01:30:00Z"))
    paid = order("5-rewritten", status="payment-approved", lastChange="2024-03-01T13:00:00Z")
    yield message("vtex.order", paid)
    yield message(
        "vtex.order",
        paid | {"lastChange": "2024-03-05T13:00:00Z", "authorizedDate": "2024-03-05T13:00:00Z"},
    )
    for order_id in ("v500124str-01", "600999", "MLB-77"):
        yield message("vtex.order", order(order_id, sequence=None))
    original = order("7-sale", sellerOrderId="7-copy")
    yield message("vtex.order", original)
    yield message(
        "vtex.order",
        original | {"orderId": "7-copy", "origin": "Fulfillment", "marketplaceOrderId": "7-sale"},
    )
    yield message(
        "vtex.order",
        order(
            "8-lines",
            items=[item(1), item(2, quantity=2)],
            value=3000,
            totals=[{"id": "Items", "value": 3000}],
        ),
    )
    yield message(
        "vtex.order",
        order("9-split", itemMetadata={"Items": [{"Id": "10"}, {"Id": "11"}, {"Id": "12"}]}),
    )
    for number in (1, 2):
        person = {"userProfileId": "profile-10", "email": f"{number}{ALIAS}"}
        yield message("vtex.order", order(f"10-{number}", clientProfileData=person))
    yield message(
        "vtex.price", {"itemId": "10", "basePrice": 19.9, "listPrice": 25, "costPrice": 7.5}
    )
    tags = [
        {"name": "discount@price-1#a", "value": -150, "identifier": "a"},
        {"name": "discount@shipping-1#b", "value": -300, "identifier": "b"},
    ]
    yield message(
        "vtex.order",
        order(
            "12-tags",
            items=[item(priceTags=tags)],
            totals=[
                {"id": "Items", "value": 1000},
                {"id": "Discounts", "value": -150},
                {"id": "Shipping", "value": 200},
            ],
            value=1050,
        ),
    )
    yield message(
        "vtex.order",
        order(
            "13-change",
            items=[
                item(
                    quantity=3,
                    price=333,
                    sellingPrice=350,
                    priceTags=[{"name": "discount@price", "value": 1}],
                )
            ],
            totals=[{"id": "Items", "value": 999}, {"id": "Change", "value": -100}],
            value=899,
        ),
    )
    percentual = {"name": "discount@price", "isPercentual": True, "rawValue": -0.275}
    yield message(
        "vtex.order",
        order(
            "14-weighed",
            items=[item(price=4000, unitMultiplier=0.35, quantity=2, priceTags=[percentual])],
        ),
    )
    card = {
        "id": "p1",
        "paymentSystem": "2",
        "paymentSystemName": "Visa",
        "group": "creditCard",
        "value": 700,
        "firstDigits": "411111",
    }
    gift = {
        "id": "p2",
        "paymentSystem": "16",
        "group": "giftCard",
        "giftCardProvider": "VtexGiftCard",
        "value": 300,
    }
    yield message("vtex.order", order("15-paid", paymentData=payments(card, card, gift)))
    yield message("vtex.order", order("15-unpaid", paymentData=payments()))
    old = order("16-old")
    del old["storePreferencesData"], old["orderGroup"]
    yield message("vtex.order", old)
    yield message(
        "vtex.order",
        order("17-a", shippingData=logistics(deliveryChannel="pickup-in-point")),
    )
    yield message(
        "vtex.order",
        order("17-b", shippingData=logistics(selectedDeliveryChannel="pickup-in-point")),
    )
    clerk = {
        "openTextField": {"value": "T796 - BEATRIZ LIMA"},
        "marketingData": {"utmiCampaign": "codigodavendedora"},
    }
    yield message("vtex.order", order("18-clerk", **clerk))
    yield message(
        "vtex.order",
        order(
            "19-person",
            clientProfileData={
                "userProfileId": "profile-19",
                "email": EMAIL,
                "document": "529.982.247-25",
                "firstName": "Marlene",
                "lastName": "Quiroga",
                "phone": "+5511987654321",
            },
            shippingData={
                "address": {
                    "receiverName": "Marlene Quiroga",
                    "street": "Rua das Acácias",
                    "city": "Recife",
                    "state": "PE",
                    "country": "BRA",
                    "postalCode": "50000-123",
                }
            },
            paymentData=payments(
                card | {"id": "p3", "billingAddress": {"street": "Rua das Acácias"}}
            ),
            marketingData={"utmCampaign": EMAIL, "utmSource": "newsletter"},
            openTextField={"value": "T796 - BEATRIZ LIMA"},
        ),
    )
    yield message("vtex.order", order("c-incomplete", status=None, authorizedDate=None))
    yield message(
        "vtex.order",
        order(
            "c-repeat",
            creationDate="2024-03-10T12:00:00Z",
            clientProfileData={"userProfileId": "profile-10"},
        ),
    )


def second_night() -> Iterator[dict[str, object]]:
    cancelled = order(
        "5-rewritten",
        status="canceled",
        lastChange="2024-03-06T13:00:00Z",
        authorizedDate="2024-03-05T13:00:00Z",
        cancellationData={"CancellationDate": "2024-03-06T12:59:00Z", "Reason": "late"},
    )
    yield message("vtex.order", cancelled)
    line = {"orderItemIndex": 0, "id": "10", "quantity": 1}
    yield message(
        "vtex.return",
        {
            "id": "return-1",
            "orderId": "c-repeat",
            "status": "amountRefunded",
            "dateSubmitted": "2024-03-20T12:00:00Z",
            "refundableAmount": 1000,
            "items": [line | {"sellingPrice": 1000, "tax": 0, "name": "Camiseta"}],
            "refundData": {
                "invoiceNumber": "R1",
                "refundedItemsValue": 1000,
                "items": [line | {"price": 1000}],
            },
            "refundStatusData": [
                {"status": "new", "createdAt": "2024-03-20T12:00:00Z"},
                {"status": "amountRefunded", "createdAt": "2024-04-02T12:00:00Z"},
            ],
        },
        at="2024-04-02T12:00:01Z",
    )
    yield message("vtex.order", order("c-incomplete", lastChange="2024-03-09T12:00:00Z"))
