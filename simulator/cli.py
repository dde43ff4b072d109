"""`vitrine simulate`: a store's messages into a file or to standard output."""

import gzip
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from simulator.store import messages
from simulator.timestamps import FIRST_START
from simulator.truth import Truth

_BATCH_BYTES = 1 << 20


@contextmanager
def _opened(path: Path | None) -> Iterator[BinaryIO | gzip.GzipFile]:
    if path is None:
        yield sys.stdout.buffer
    elif path.suffix == ".gz":
        # Neither name nor time in the header: the same store is the same file.
        with (
            path.open("wb") as file,
            gzip.GzipFile("", "wb", compresslevel=1, fileobj=file, mtime=0) as stream,
        ):
            yield stream
    else:
        with path.open("wb") as file:
            yield file


def _write(rows: Iterator[bytes], stream: BinaryIO | gzip.GzipFile) -> None:
    batch: list[bytes] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row)
        if size > _BATCH_BYTES:
            stream.write(b"\n".join(batch) + b"\n")
            batch, size = [], 0
    if batch:
        stream.write(b"\n".join(batch) + b"\n")


def _start(context: click.Context, option: click.Parameter, value: datetime) -> date:
    if value.date() < FIRST_START:
        raise click.BadParameter(f"the store opened on {FIRST_START}; give that day or a later one")
    return value.date()


@click.command()
@click.option(
    "--orders",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    help="Purchases; some become several orders.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=7,
    show_default=True,
    help="Another seed is another store.",
)
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=_start,
    default="2024-01-01",
    show_default=True,
    help="First day of the history.",
)
@click.option(
    "--days",
    type=click.IntRange(1),
    default=365,
    show_default=True,
    help="Days that the history covers.",
)
@click.option(
    "--products",
    type=click.IntRange(24),
    default=120,
    show_default=True,
    help="Size of the catalogue.",
)
@click.option(
    "--receipts",
    type=click.FloatRange(0, 100),
    default=2.0,
    show_default=True,
    metavar="N",
    help="Receipts of the shops' tills for each purchase; 0 for a store without tills.",
)
@click.option(
    "--new-orders-from",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="N",
    help="Continue after N purchases told by runs that had the same other options.",
)
@click.option(
    "--history",
    type=click.IntRange(1),
    help="Purchases of the first run, where --new-orders-from follows several runs.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write, compressed if it ends in .gz; standard output if absent.",
)
@click.option(
    "--truth",
    "truth_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File for the totals that the warehouse must arrive at (JSON).",
)
def simulate(  # noqa: PLR0913, PLR0917 - one argument an option
    orders: int,
    seed: int,
    start: date,
    days: int,
    products: int,
    receipts: float,
    new_orders_from: int,
    history: int | None,
    out: Path | None,
    truth_path: Path | None,
) -> None:
    """Write the messages of a store that does not exist, as NDJSON raw rows."""
    truth = Truth(new_orders_from + orders)
    rows = messages(
        *(orders, seed, start, days),
        new_orders_from=new_orders_from,
        history=history,
        products=products,
        receipts=receipts,
        truth=truth,
    )
    try:
        with _opened(out) as stream:
            _write(rows, stream)
        if truth_path:
            text = msgspec.json.format(msgspec.json.encode(truth.as_dict()), indent=1)
            truth_path.write_bytes(text + b"\n")
    except OSError as error:
        raise click.ClickException(str(error)) from error
