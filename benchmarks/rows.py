"""Rows to land: the same ones every time."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

_SUBSCRIPTION = "projects/shop/subscriptions/storefront"
_PUBLISHED = datetime(2024, 5, 1, 1, 2, 22, 486000, UTC)
_CONTRACT = "storefront.event"
_BROWSERS = [
    "Mozilla/5.0 (Linux; Android 14; SM-A546E) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/129.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/129.0.0.0 Safari/537.36",
]


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
        product = chance.randrange(1_000_000)
        event = {
            "event": "productView",
            "sessionId": f"{chance.getrandbits(128):032x}",
            "timestamp": f"2024-04-{1 + number % 30:02}T{number % 24:02}:{number % 60:02}:21.719Z",
            "userAgent": chance.choice(_BROWSERS),
            "pageUrl": f"https://loja.example.com.br/camiseta-basica-{product}/p",
            "product": {
                "productId": str(product),
                "productName": f"Camiseta básica {number % 977}",
                "categoryId": str(number % 50),
                "items": [{"itemId": str(number), "price": chance.randrange(10_000) / 100}],
            },
            "click": "",
        }
        room = size - len(json.dumps(event, ensure_ascii=False).encode())
        event["click"] = f"{chance.getrandbits(4 * room):0{room}x}"
        yield json.dumps(event, ensure_ascii=False)
