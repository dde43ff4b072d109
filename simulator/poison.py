"""Messages that nobody can use: at least one of every kind."""

import base64
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

Document = dict[str, Any]


class Poison(NamedTuple):
    """A message that must be rejected. `data` is its text, or the base64 form of bytes."""

    contract: str
    reason: str
    data: str | dict[str, str]


def _text(document: Document) -> str:
    return msgspec.json.encode(document).decode()


def _without(document: Document, key: str) -> str:
    return _text({name: value for name, value in document.items() if name != key})


def poisons(order: Document, event: Document, price: Document) -> Iterator[Poison]:
    """Yield every kind of poison, made of documents that the store never sent."""
    yield from _broken(order, event, price)
    yield from _not_objects()
    yield from _lacking(order, event, price)
    yield from _mistyped(order, event, price)
    for _ in range(2):
        yield Poison("vtex.order_event", "hook_ping", '{"hookConfig":"ping"}')
    yield Poison("vtex.orderz", "unknown_contract: vtex.orderz", _text(order))
    yield Poison("erp.nota", "unknown_contract: erp.nota", '{"nota":{"numero":1}}')
    latin = _text({**order, "hostname": "São Paulo"}).encode("latin-1", "replace")
    encoded = {"base64": base64.b64encode(latin).decode()}
    yield Poison("vtex.order", "not_utf8: Latin-1", encoded)


def _broken(order: Document, event: Document, price: Document) -> Iterator[Poison]:
    text = _text(order)
    yield Poison("vtex.order", "broken_json: cut in the middle", text[: len(text) // 2])
    yield Poison("vtex.order", "broken_json: last brace missing", text[:-1])
    yield Poison("vtex.order", "broken_json: single quotes", repr(order))
    yield Poison("vtex.order_event", "broken_json: trailing comma", _text(event)[:-1] + ",}")
    not_a_number = _text({**price, "basePrice": 0}).replace('"basePrice":0', '"basePrice":NaN')
    yield Poison("vtex.price", "broken_json: NaN", not_a_number)


def _not_objects() -> Iterator[Poison]:
    yield Poison("vtex.order", "empty_data", "")
    yield Poison("vtex.client", "empty_data", "")
    yield Poison("vtex.sku", "empty_data: white space only", "  \n")
    yield Poison("vtex.inventory", "non_object_json: 42", "42")
    yield Poison("vtex.client", 'non_object_json: "ok"', '"ok"')
    yield Poison("vtex.order", "non_object_json: []", "[]")
    yield Poison("vtex.product", "non_object_json: null", "null")


def _lacking(order: Document, event: Document, price: Document) -> Iterator[Poison]:
    yield Poison("vtex.order", "missing_key: no orderId", _without(order, "orderId"))
    yield Poison("vtex.order", "missing_key: no totals", _without(order, "totals"))
    yield Poison(
        "vtex.order_event", "missing_key: no CurrentChange", _without(event, "CurrentChange")
    )
    yield Poison("vtex.price", "missing_key: no basePrice", _without(price, "basePrice"))
    yield Poison("vtex.product", "missing_key: no Id", '{"Name":"Sem identidade","IsActive":true}')
    yield Poison("vtex.order", "null_key: orderId null", _text({**order, "orderId": None}))
    yield Poison("vtex.address", "null_key: id null", '{"id":null,"city":"Natal","state":"RN"}')
    yield Poison("vtex.promotion", "missing_key: no id", '{"name":"Sem identidade"}')
    yield Poison("vtex.coupon", "null_key: couponCode null", '{"couponCode":null}')
    yield Poison("vtex.pickup_point", "missing_key: no id", '{"name":"Retirada sem nome"}')
    yield Poison("vtex.return", "missing_key: no id", '{"orderId":"v1qta-01","status":"new"}')
    yield Poison("vtex.order_change", "missing_key: no requestId", '{"status":"done"}')


def _mistyped(order: Document, event: Document, price: Document) -> Iterator[Poison]:
    yield Poison("vtex.order", "wrong_type: value is text", _text({**order, "value": "muito"}))
    yield Poison(
        "vtex.order", "wrong_type: items is an object", _text({**order, "items": {"0": 1}})
    )
    yield Poison("vtex.order", "wrong_type: totals is text", _text({**order, "totals": "ver nota"}))
    yield Poison(
        "vtex.order_event",
        "wrong_type: OrderId is an object",
        _text({**event, "OrderId": {"id": 1}}),
    )
    yield Poison(
        "vtex.price", "wrong_type: basePrice is text", _text({**price, "basePrice": "sob consulta"})
    )
    yield Poison(
        "vtex.order",
        "wrong_type: creationDate is not a date",
        _text({**order, "creationDate": "ontem à tarde"}),
    )
    yield Poison(
        "vtex.order",
        "wrong_type: lastChange is a local date",
        _text({**order, "lastChange": "31/12/2024 20:58:29"}),
    )
