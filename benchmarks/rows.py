"""Rows to land: the same ones every time, as lines and as Arrow."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

_SUBSCRIPTION = "projects/shop/subscriptions/storefront"
_PUBLISHED = datetime(2024, 5, 1, 1, 2, 22, 486000, UTC)
_CONTRACT = "storefront.event"
_FIELDS: "list[pa.Field[Any]]" = [
    pa.field("subscription_name", pa.string()),
    pa.field("message_id", pa.string()),
    pa.field("publish_time", pa.timestamp("us", "UTC")),
    pa.field("attributes", pa.string()),
    pa.field("data", pa.string()),
]
_SCHEMA = pa.schema(_FIELDS)
_ARROW_ROWS = 20_000
_LARGE_BYTES = 1_000


def write_lines(path: Path, row_count: int, payload_bytes: int) -> None:
    """Write raw rows as NDJSON."""
    with path.open("w", encoding="utf-8") as file:
        for number, payload in enumerate(_payloads(row_count, payload_bytes)):
            row = {
                "subscription_name": _SUBSCRIPTION,
                "message_id": _message_id(number),
                "publish_time": _PUBLISHED.isoformat().replace("+00:00", "Z"),
                "attributes": {"contract": _CONTRACT},
                "data": payload,
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def write_arrow(path: Path, row_count: int, payload_bytes: int) -> None:
    """Write the same rows, typed, as an Arrow file."""
    attributes = json.dumps({"contract": _CONTRACT})
    numbered = enumerate(_payloads(row_count, payload_bytes))
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, _SCHEMA) as writer:
        while some := list(islice(numbered, _ARROW_ROWS)):
            count = len(some)
            columns: list[list[Any]] = [
                [_SUBSCRIPTION] * count,
                [_message_id(number) for number, _ in some],
                [_PUBLISHED] * count,
                [attributes] * count,
                [payload for _, payload in some],
            ]
            writer.write_table(pa.table(columns, schema=_SCHEMA))


def _message_id(number: int) -> str:
    return str(10**16 + number)


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
