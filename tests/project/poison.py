"""Messages that once failed a build, its ledger or its reconciliation."""

import json

_ITEM = {"uniqueId": "u", "id": "1", "seller": "1", "quantity": 1, "price": 1000}
_HUGE = {"price": 999999999999, "quantity": 999999, "unitMultiplier": 999999}


def _order(order_id: str, **changed: object) -> dict[str, object]:
    return {
        "orderId": order_id,
        "status": "invoiced",
        "creationDate": "2024-01-05T10:00:00Z",
        "lastChange": "2024-01-06T10:00:00Z",
        "value": 1000,
        "totals": [{"id": "Items", "value": 1000}],
        "items": [_ITEM],
        "authorizedDate": "2024-01-05T11:00:00Z",
    } | changed


def _items(**changed: object) -> dict[str, object]:
    return {"items": [_ITEM | changed]}


def _tag(**tag: object) -> dict[str, object]:
    return {"priceTags": [{"name": "discount@price"} | tag]}


def _payments(*payments: object, **transaction: object) -> dict[str, object]:
    return {"paymentData": {"transactions": [{"payments": list(payments)} | transaction]}}


ODD_ORDERS = {
    "the default date of .NET": {"creationDate": "0001-01-01T00:00:00"},
    "a day beyond the calendar": {"creationDate": "2040-01-01T00:00:00Z"},
    "an activity that is a text": _payments({"id": "p", "value": 1}, isActive="false"),
    "an activity that is a number": _payments({"id": "p", "value": 1}, isActive=0),
    "numeric ids of payments": _payments({"id": 5, "value": 1}, {"id": 5, "value": 1}),
    "empty ids of payments": _payments({"id": "", "value": 1}, {"id": "", "value": 1}),
    "an id like a place": _payments("x", {"id": "0/0", "value": 5}),
    "thousands of payments": _payments(*({"id": str(n), "value": 1} for n in range(9000))),
    "a multiplier that rounds up": _items(unitMultiplier=999999.9999999),
    "a price as text": _items(price="1000"),
    "huge numbers": _items(**_HUGE),
    "huge numbers and a huge rate": _items(**_HUGE, **_tag(rawValue=999999, isPercentual=True)),
    "a rate in the value": _items(**_tag(value=-0.275, isPercentual=True)),
    "a tag that folds to shipping": _items(**_tag(name="\u017fhipping", value=-100)),
    "a tag with a dotted I": _items(**_tag(name="SH\u0130PP\u0130NG", value=-100)),
    "a total as text": {"totals": [{"id": "Items", "value": "1000"}]},
    "a total as truth": {"totals": [{"id": "Items", "value": True}]},
    "a line rounded once": _items(price=400000.0999999, unitMultiplier=1.000001),
    "lines that are no objects": {"items": [5, None, "x", [], _ITEM]},
    "payments that are no objects": _payments(5, None, "x", []),
    "a status with a bar": {"status": "b|c"},
    "an unknown origin": {"origin": "Elsewhere"},
}


def _receipt(receipt_id: str, *lines: object, **changed: object) -> dict[str, object]:
    receipt = {"id": receipt_id, "loja": {"id": "s"}, "itens": [*lines], "valor_total": 1}
    return {"timestamp": "2024-01-05T10:00:00-03:00", "cupom": receipt | changed}


def _line(**changed: object) -> dict[str, object]:
    return {"sequencia": 1, "produto_id": "p", "quantidade": 1, "valor_total": 1} | changed


def _told(key: str, **body: object) -> dict[str, object]:
    return {"timestamp": "2024-01-05T10:00:00-03:00", key: body}


# Of the shops' contracts and the messages to customers: what loads, and what is rejected.
ODD_RECEIPTS = {
    "one number for all lines": [_line(), _line(), _line()],
    "a line of nothing": [_line(quantidade=0, valor_total=0, desconto="1", valor_bruto={})],
    "no lines": [],
    "a product that reads as null": [_line(produto_id="null", descricao="\u0000")],
}
_ODD = [
    ("pos.receipt", _receipt("a day too many", _line()) | {"timestamp": "2024-02-30T10:00:00Z"}),
    ("pos.receipt", _receipt("lines that are no objects", 5, None, "x", [], _line())),
    ("pos.receipt", _receipt("a price beyond all", _line(valor_total=1e300))),
    ("pos.receipt", _receipt("a place as text", _line(sequencia="1"))),
    ("pos.operator", _told("novo_operador", id="o", nome=["deep", {"er": []}], loja_id=5)),
    ("pos.operator", _told("novo_operador", id="o") | {"timestamp": "0001-01-01T00:00:00"}),
    ("pos.customer", _told("novo_cliente", id="k", telefone={}, aceita_mensagens="yes")),
    ("marketing.campaign", _told("campanha", id="c", inicio="2024-02-30", fim="2024-03-01")),
    (
        "marketing.campaign",
        _told("campanha", id="d", inicio="2024-03-01", fim="2024-01-01", clientes=[5, None, {}]),
    ),
    (
        "marketing.coupon_redemption",
        _told("resgate", id="r", campanha_id="d", cliente_id="k", data="0000-01-01"),
    ),
    ("delivery.status", {"timestamp": "2024-01-05T10:00:00Z", "status": "sent"}),
    (
        "delivery.status",
        {"timestamp": "2024-01-05T10:00:00Z", "status": "no such", "message_sid": "m"},
    ),
    ("delivery.reply", {"timestamp": "2024-01-05T10:00:00Z", "message_sid": "m", "from": ""}),
]

LOADED = (*ODD_ORDERS, "minutes", "a|b", "a")
REJECTED = ("hour 24", "year 0", "a day too many")


def messages() -> list[dict[str, object]]:
    documents: list[tuple[str, object]] = [
        ("vtex.order", _order(name, **changed)) for name, changed in ODD_ORDERS.items()
    ]
    # Two versions, of which the newer says its time without seconds.
    documents += [
        ("vtex.order", _order("minutes", lastChange="2024-01-06T11:00Z", value=5)),
        ("vtex.order", _order("minutes")),
        # Texts that would read the same if they were only strung together.
        ("vtex.order", _order("a|b", status="c")),
        ("vtex.order", _order("a", status="b|c")),
        ("vtex.client", {"id": "c", "updatedIn": "0001-01-01T00:00:00", "isNewsletterOptIn": True}),
        (
            "vtex.client",
            {"id": "c", "updatedIn": "1900-01-01T00:00:00", "isNewsletterOptIn": False},
        ),
        ("vtex.brand", {"Id": 1, "Name": {"deep": [[[[[]]]]]}}),
        ("vtex.price", {"itemId": "1", "basePrice": 1e300}),
        ("vtex.order", _order("hour 24", creationDate="2024-01-01T24:00:00Z")),
        ("vtex.order", _order("year 0", creationDate="0000-01-01T00:00:00Z")),
        ("vtex.order", _order("a day too many", creationDate="2024-02-30T00:00:00Z")),
    ]
    documents += [("pos.receipt", _receipt(name, *lines)) for name, lines in ODD_RECEIPTS.items()]
    documents += _ODD
    return [
        {
            "subscription_name": "s",
            "message_id": f"poison-{number}",
            "publish_time": f"2024-02-01T00:00:{number % 60:02}Z",
            "attributes": {"contract": contract},
            "data": json.dumps(document),
        }
        for number, (contract, document) in enumerate(documents)
    ]
