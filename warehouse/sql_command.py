"""`vitrine sql`: a question to the published warehouse, and its answer."""

import csv
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import NoneType
from typing import Any

import click
import duckdb
import msgspec

from ingestion import settings
from warehouse.errors import WarehouseError, told_by_duckdb
from warehouse.versions import Warehouse

Row = tuple[Any, ...]

# What is read at a time: an answer of any length is written as it comes.
_ROWS = 10_000
_JSON = msgspec.json.Encoder(decimal_format="number")


@click.command()
@click.argument("question", required=False)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, with a header.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array, an object a row.")
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Ask another DuckDB file, such as data/dev.duckdb [default: what is published].",
)
def sql(question: str | None, file: Path | None, *, as_csv: bool, as_json: bool) -> None:
    """Ask what is published: QUESTION is SQL, of the command line or standard input.

    Nothing can be changed, and nobody is kept waiting: who asks reads one build from beginning to
    end, whatever is published meanwhile. What is personal is not in this file.

    \b
    Examples:
      vitrine sql "from marts.dim_stores limit 5"
      vitrine sql "describe marts.fct_sales"
      vitrine sql --csv < question.sql > answer.csv
      vitrine sql --json "select * from validation.message_ledger" | jq 'map(.rejected) | add'

    On BigQuery, `bq query` does this.

    Exit code: 0 if it was answered; 1 if nothing is published, or the SQL is wrong.
    """  # noqa: D301 (\b is for click)
    if as_csv and as_json:
        raise click.UsageError("--csv or --json, not both.")
    if question is None:
        if sys.stdin.isatty():
            raise click.UsageError('ask something: vitrine sql "from marts.dim_stores".')
        question = sys.stdin.read()
    path = file or Warehouse(settings.warehouse_path()).published_file()
    try:
        with duckdb.connect(path, read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            answer = connection.execute(question)
            if answer is None:  # DuckDB's, for a text without a statement
                raise WarehouseError('there is no question: vitrine sql "from marts.dim_stores".')
            names = [column[0] for column in answer.description]
            _print(names, _rows(answer), as_csv=as_csv, as_json=as_json)
    except duckdb.Error as error:
        raise WarehouseError(told_by_duckdb(error)) from error


def _rows(answer: duckdb.DuckDBPyConnection) -> Iterator[Row]:
    while rows := answer.fetchmany(_ROWS):
        yield from rows


def _print(names: list[str], rows: Iterator[Row], *, as_csv: bool, as_json: bool) -> None:
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([_text(value) for value in row] for row in rows)
    elif as_json:
        before = "["
        for row in rows:
            fields = {name: _number(value) for name, value in zip(names, row, strict=True)}
            click.echo(before + _JSON.encode(fields).decode(), nl=False)
            before = ",\n"
        click.echo("[]" if before == "[" else "]")
    else:
        click.echo("\n".join(_table(names, list(rows))))


def _table(names: list[str], rows: list[Row]) -> Iterator[str]:
    """Align columns: numbers to the right."""
    cells = [names, *([_text(value) for value in row] for row in rows)]
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    pads = [str.rjust if all(map(_is_number, column)) else str.ljust for column in columns]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        aligned = (pad(cell, width) for pad, cell, width in zip(pads, line, widths, strict=True))
        yield "  ".join(aligned).rstrip()


def _is_number(value: object) -> bool:
    """Tell whether it stands to the right, as what is null does beside numbers."""
    return isinstance(value, int | float | Decimal | NoneType) and not isinstance(value, bool)


def _text(value: object) -> str:
    """Write a value: nothing where it is null, times in ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | dict):
        return _JSON.encode(value).decode()
    return str(_number(value))


def _number(value: object) -> object:
    """Leave out the idle zeros of an amount: numeric(38, 9) has nine digits after the point."""
    if not isinstance(value, Decimal):
        return value
    whole, point, part = f"{value:f}".partition(".")
    return Decimal(f"{whole}{point}{part}".rstrip("0").rstrip(".") if point else whole)
