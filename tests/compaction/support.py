"""Raw layers with a past, and what is in them."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ingestion import contracts, raw_layer
from ingestion.compaction import Compaction, TableAccount
from ingestion.contracts import DEAD_LETTERS
from ingestion.storage import open_storage
from tests import forks
from tests.compaction import reader
from tests.compaction.views import content

VITRINE = Path(sys.executable).with_name("vitrine")
YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).replace(
    hour=5, minute=0, second=0, microsecond=0
)
TABLES = {
    "vtex_orders": "vtex.order",
    "storefront_events": "storefront.event",
    "pos_receipts": "pos.receipt",
    DEAD_LETTERS: "no.such",
}

Row = dict[str, Any]


def row(message_id: str, data: Any = "{}", **others: Any) -> Row:
    """A raw row; `event_at` is `publish_time` unless it is given."""
    values: Row = {
        "subscription_name": "projects/shop/subscriptions/any",
        "message_id": message_id,
        "publish_time": YESTERDAY,
        "attributes": '{"a":"é"}',
        "data": data,
        "contract": "vtex.order",
    } | others
    return {"event_at": values["publish_time"]} | values


def put(root: Path, table: str, landed_at: datetime, rows: list[Row]) -> Path:
    """Put rows into the raw layer as landing does: a batch, one file of one landing time."""
    whole = [one | {"landed_at": landed_at} for one in rows]
    path = root / raw_layer.place(table, landed_at, f"{random.getrandbits(128):032x}")
    path.parent.mkdir(parents=True, exist_ok=True)
    raw_layer.write(pa.Table.from_pylist(whole, raw_layer.schema(table)), path)
    return path


def fill(root: Path, seed: int, batches: int = 6, rows: int = 60, minutes: int = 25) -> None:
    """Fill tables: copies in a batch and across batches and hours, late events, equal ids."""
    chance = random.Random(seed)
    raw_layer.ensure_raw(root)
    for table, contract in TABLES.items():
        ids = [f"{table}-{number}" for number in range(batches * rows)]
        for batch in range(batches):
            landed_at = YESTERDAY + timedelta(
                minutes=minutes * batch, microseconds=chance.randrange(9)
            )
            batch_rows = []
            for message_id in chance.choices(ids, k=rows):
                # Drawn from the id: the copies of a message agree.
                own = random.Random(message_id)
                late = timedelta(hours=own.choice([0, 0, 0, 1, 30, 9000]))
                data = f'{{"n": "{message_id}", "cupom": {{"loja": {{"id": {own.randrange(3)}}}}}}}'
                published = YESTERDAY - late + timedelta(seconds=own.randrange(5000))
                batch_rows.append(
                    row(
                        message_id,
                        data.encode() + b"\xff" if table == DEAD_LETTERS else data,
                        publish_time=published,
                        contract=contract,
                        attributes=json.dumps(
                            {"contract": contract, "delivery": chance.randrange(3)}
                        ),
                    )
                )
            # The same id with other content, and the same message twice in one batch.
            odd = dict(batch_rows[0])
            odd["data"] = odd["data"] + (b"!" if table == DEAD_LETTERS else "!")
            put(root, table, landed_at, [*batch_rows, odd, batch_rows[1], batch_rows[1]])


def contents(root: Path, tables: list[str] = [*TABLES]) -> dict[str, tuple[int, str]]:  # noqa: B006
    """What readers of the views have."""
    with duckdb.connect() as connection:
        return {table: content(connection, root, table) for table in tables}


def compact(root: Path, table: str, grace_seconds: float = 3600) -> TableAccount:
    """Compact a table; the account has no error."""
    known = {one.table: one for one in contracts.load().by_name.values()}
    compaction = Compaction(
        open_storage(root), timedelta(hours=2), timedelta(seconds=grace_seconds)
    )
    account = compaction.compact(known.get(table), lambda _: None)
    assert account.error is None, account.error
    return account


def files(root: Path, kind: str, table: str) -> list[Path]:
    """The files of a kind (landed, compacted, snapshots) that have rows."""
    found = (root / kind / table).rglob("*.parquet")
    return sorted(path for path in found if path.name != "schema.parquet")


def command(root: Path, *words: object) -> "tuple[list[str], dict[str, str]]":
    """The command that a user types, and its environment."""
    return [str(VITRINE), *map(str, words)], os.environ | {"VITRINE_RAW": str(root)}


def vitrine(
    root: Path, *words: object, most_bytes: int | None = None, **options: Any
) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end; with options of `subprocess.run`, it is started anew."""
    arguments, environment = command(root, *words)
    if not options:
        return forks.run(words, environment, most_bytes=most_bytes)
    return subprocess.run(
        arguments, env=environment, capture_output=True, text=True, check=False, **options
    )


def start(root: Path, *words: object) -> forks.Command:
    """The command, as it runs; nobody hears what it says."""
    _, environment = command(root)
    nowhere = Path(os.devnull)
    return forks.Command([*map(str, words)], environment, nowhere, nowhere)


@contextmanager
def watched(root: Path) -> Iterator[dict[str, Any]]:
    """Have a reader read all the while; what it tells is in the dictionary at the end."""
    told: dict[str, Any] = {}
    hears, says = forks.CONTEXT.Pipe(duplex=False)
    process = forks.CONTEXT.Process(target=reader.read, args=(root, [*TABLES], says))
    process.start()
    says.close()
    try:
        assert hears.recv() == "ready"
        yield told
        process.terminate()
        assert hears.poll(60)
        told |= hears.recv()
    finally:
        process.kill()
        process.join()
