"""Rows to land: the same ones every time."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

_SUBSCRIPTION = "projects/shop/subscriptions/storefront"
_PUBLISHED = datetime(2024, 5, 1, 1, 2, 22, 486000, UTC)
_CONTRACT = "storefront.event"
_LARGE_BYTES = 1_000


def write_lines(path: Path, row_count: int, payload_bytes: int) -> None:
    """Write raw rows as NDJSON."""
    with path.open("w", encoding="utf-8") as file:
        for number, payload in enumerate(_payloads(row_count, payload_bytes)):
            row = {
                "subscription_name": _SUBSCRIPTION,
                "message_id": str(10**16 + number),
                "publish_time": _PUBLISHED.isoformat().replace("+00:00", "Z"),
                "attributes": {"contract": _CONTRACT},
                "data": payload,
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _payloads(count: int, size: int) -> Iterator[str]:
    """Make events of a storefront, of so many bytes each."""
    chance = random.Random(617)
    for number in range(count):
        event = {
            "event": "productView",
            "sessionId": f"{chance.getrandbits(128):032x}",
            "timestamp": f"2024-04-{1 + number % 30:02}T{number % 24:02}:{number % 60:02}:21.719Z",
            "product": {
                "productId": str(chance.randrange(1_000_000)),
                "productName": f"Camiseta básica {number % 977}",
                "categoryId": str(number % 50),
                "items": [{"itemId": str(number), "price": chance.randrange(10_000) / 100}],
            },
            "page": {"url": f"https://loja.example.com.br/camiseta-basica-{number}/p"},
            "filler": "",
        }
        room = size - len(json.dumps(event, ensure_ascii=False).encode())
        # Of a large document little compresses away; what is held of it is then measured, too.
        is_large = room > _LARGE_BYTES
        event["filler"] = f"{chance.getrandbits(4 * room):0{room}x}" if is_large else "x" * room
        yield json.dumps(event, ensure_ascii=False)
