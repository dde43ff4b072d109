"""Storefront messages that nobody can use: at least one of every kind."""

from collections.abc import Iterator

import msgspec

from simulator.poison import Document, Poison
from simulator.timestamps import iso

_CONTRACT = "storefront.event"
_LACKS = object()


def _text(document: Document) -> str:
    return msgspec.json.encode(document).decode()


def storefront_poisons(at: int) -> Iterator[Poison]:
    """Yield every kind of poison, made of a page view that never was, at an instant."""
    view: Document = {
        "event": "productView",
        "eventName": "vtex:productView",
        "sessionId": "0f3c7d52-88a1-4c5e-9b1f-4a6f0d2c7e91",
        "timestamp": iso(at, 3, "Z"),
        "product": {"productId": "999999", "productName": "Nunca Vista"},
    }

    def changed(reason: str, key: str, value: object = _LACKS) -> Poison:
        rest = {name: each for name, each in view.items() if name != key}
        return Poison(_CONTRACT, reason, _text(rest if value is _LACKS else rest | {key: value}))

    text = _text(view)
    yield changed("missing_key: no sessionId", "sessionId")
    yield changed("null_key: sessionId null", "sessionId", None)
    yield changed("wrong_type: sessionId is an object", "sessionId", {"id": 1})
    yield changed("missing_key: no timestamp", "timestamp")
    yield changed("wrong_type: timestamp impossible", "timestamp", "2024-04-31T25:00:00Z")
    yield changed("wrong_type: timestamp is a local date", "timestamp", "31/12/2024 20:58:29")
    nobody = {"event": None, "eventName": None}
    yield Poison(_CONTRACT, "null_key: event null", _text(view | nobody))
    nameless = {"sessionId": view["sessionId"], "timestamp": view["timestamp"]}
    yield Poison(_CONTRACT, "missing_key: no event", _text(nameless))
    yield changed("missing_key: no product", "product")
    yield changed("wrong_type: product is text", "product", "999999")
    yield changed("wrong_type: product is a list", "product", [])
    yield Poison(_CONTRACT, "non_object_json: encoded twice", _text_of_text(text))
    yield Poison(_CONTRACT, "non_object_json: null", "null")
    yield Poison(_CONTRACT, "broken_json: cut in the middle", text[: len(text) // 2])
    not_a_number = text.replace(f'"{view["timestamp"]}"', "NaN")
    yield Poison(_CONTRACT, "broken_json: NaN", not_a_number)
    yield Poison(_CONTRACT, "broken_json: a page of HTML", "<html><body>502 Bad Gateway</body>")
    yield Poison(_CONTRACT, "broken_json: undefined", "undefined")
    yield Poison(_CONTRACT, "empty_data", "")
    yield Poison("storefront.evento", "unknown_contract: storefront.evento", text)


def _text_of_text(text: str) -> str:
    return msgspec.json.encode(text).decode()
