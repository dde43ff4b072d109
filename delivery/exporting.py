"""Writing a day of OUT from the published warehouse."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import duckdb
import msgspec

from delivery.errors import DeliveryError
from delivery.manifests import (
    Manifest,
    OutFile,
    OutTable,
    manifest_name,
    place,
    read_manifest,
    sha256,
)
from ingestion import journal
from ingestion.errors import explain
from ingestion.storage import Storage
from warehouse.record import BuildRecord, read_record
from warehouse.versions import Warehouse

TABLES = ("campaign_targets", "contact_suggestions", "product_recommendations", "similar_skus")
_SCHEMA = "activation"
_RUN_DATE = "run_date"
_FORMATS = {"parquet": "format parquet, compression zstd", "ndjson": "format json"}
# Characters of a hash that name a file.
_HASH = 16


class Exported(NamedTuple):
    """A day of OUT; whether this export changed it."""

    manifest: Manifest
    is_new: bool


def export_day(
    warehouse: Warehouse, storage: Storage, run_date: date | None, zone: ZoneInfo
) -> Exported:
    """Write the published activation tables of a run date (default: the build's own).

    Safe beside other exports and after one that died. Raises DeliveryError, and WarehouseError.
    """
    with _published(warehouse) as connection:
        record = read_record(connection)
        day = record.as_of.astimezone(zone).date()
        if run_date not in (None, day):
            raise DeliveryError(
                f"what is published is of {day} (as of {record.as_of:%Y-%m-%d %H:%M} UTC), not of "
                f"{run_date}: run `vitrine build --as-of` with a time of that day first."
            )
        return _export(connection, warehouse, storage, _Day(day, record))


def export_stand_in(
    warehouse: Warehouse, storage: Storage, run_date: date, zone: ZoneInfo
) -> Exported:
    """Let what is published, of an earlier day, stand in for a run date whose night is late.

    The manifest says so (`rows_of`). A day that has rows of its own keeps them, or gets them if
    somebody has built it. Raises DeliveryError, and WarehouseError.
    """
    with _published(warehouse) as connection:
        record = read_record(connection)
        day = record.as_of.astimezone(zone).date()
        if day > run_date:
            raise DeliveryError(f"what is published is of {day}, after {run_date}.")
        rows_of = day if day < run_date else None
        return _export(connection, warehouse, storage, _Day(run_date, record, rows_of))


class _Day(NamedTuple):
    """What is exported: a run date, of a build; `rows_of` as in a Manifest."""

    run_date: date
    record: BuildRecord
    rows_of: date | None = None


def _published(warehouse: Warehouse) -> duckdb.DuckDBPyConnection:
    build_id = warehouse.published()
    if build_id is None:
        raise DeliveryError(f"{warehouse.link}: nothing is published; run `vitrine build` first.")
    # One thread: the same rows are the same bytes.
    return duckdb.connect(warehouse.version(build_id), read_only=True, config={"threads": 1})


def _check_tables(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> None:
    rows = connection.execute(
        "select table_name from information_schema.tables where table_schema = ?", [_SCHEMA]
    ).fetchall()
    if missing := sorted({*TABLES} - {name for (name,) in rows}):
        names = ", ".join(f"{_SCHEMA}.{name}" for name in missing)
        raise DeliveryError(
            f"{warehouse.link}: {names} missing; it was built by an older version: run "
            "`vitrine build`."
        )


def _export(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, storage: Storage, day: _Day
) -> Exported:
    _check_tables(connection, warehouse)
    try:
        journal.recover(storage.url)  # What exports that died have left.
        return _put(connection, storage, day)
    except OSError as error:
        raise DeliveryError(f"cannot write OUT: {explain(error, storage.url)}") from error


def _put(connection: duckdb.DuckDBPyConnection, storage: Storage, day: _Day) -> Exported:
    run_date, record, rows_of = day
    with storage.workspace() as folder:
        tables = tuple(_write(connection, folder, table, rows_of or run_date) for table in TABLES)
        while True:
            known = read_manifest(storage, run_date)
            if known is not None and (
                (known.tables == tables and known.rows_of == rows_of)
                or (rows_of is not None and known.rows_of is None)
            ):
                return Exported(known, is_new=False)
            for name in (file.name for table in tables for file in table.files):
                # There already, if an export before this one wrote the same.
                if (folder / name).exists():
                    with suppress(FileExistsError):
                        storage.create(place(run_date, name), folder / name)
            version = known.version + 1 if known else 1
            manifest = Manifest(run_date, version, record.build_id, record.as_of, tables, rows_of)
            aside = folder / "manifest"
            aside.write_bytes(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
            with suppress(FileExistsError):  # Another export was faster: look again.
                storage.create(place(run_date, manifest_name(version)), aside)
                return Exported(manifest, is_new=True)


def _write(connection: duckdb.DuckDBPyConnection, folder: Path, table: str, day: date) -> OutTable:
    columns = _columns(connection, table)
    connection.execute(
        f"create or replace temp table out as select * from {_SCHEMA}.{table} "  # noqa: S608 (our own names)
        f"{f'where {_RUN_DATE} = $day' if _RUN_DATE in columns else ''} order by all",
        {"day": day} if _RUN_DATE in columns else {},
    )
    row = connection.execute("select count(*) from out").fetchone()
    return OutTable(table, row[0] if row else 0, columns, tuple(_files(connection, folder, table)))


def _files(connection: duckdb.DuckDBPyConnection, folder: Path, table: str) -> Iterator[OutFile]:
    for form, options in _FORMATS.items():
        aside = folder / f"{table}.{form}"
        connection.execute(f"copy (from out) to '{_quoted(aside)}' ({options})")
        digest = sha256(aside)
        final = aside.rename(folder / f"{table}-{digest[:_HASH]}.{form}")
        yield OutFile(final.name, form, final.stat().st_size, digest)


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[str, ...]:
    rows = connection.execute(
        "select column_name from information_schema.columns "
        "where table_schema = ? and table_name = ? order by ordinal_position",
        [_SCHEMA, table],
    ).fetchall()
    return tuple(name for (name,) in rows)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
