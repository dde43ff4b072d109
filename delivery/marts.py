"""Marts and aggregates as Parquet, for tools that have no driver for DuckDB.

    <folder>/<build>/marts/fct_sales.parquet    a file a table of a build
    <folder>/latest                             a link to the newest build that is whole

A build is written aside, renamed, and only then linked: who reads through `latest` meets tables of
one build. The build before stays for who has opened it, older ones go.
"""

import re
import shutil
from pathlib import Path

import duckdb
import msgspec

from delivery.errors import DeliveryError
from ingestion.errors import explain
from warehouse.lock import lock
from warehouse.publish import sync
from warehouse.record import read_record
from warehouse.versions import Warehouse

SCHEMAS = ("marts", "aggregates")
_LATEST = "latest"
# One run at a time writes here, so that what is left here is of nobody who still writes.
_WRITING, _LOCK = ".writing", ".lock"
_KEPT = 2
_BUILD = re.compile(r"\d{8}T\d{12}Z")


class ExportedTable(msgspec.Struct):
    """A table's file, relative to its build's folder."""

    name: str
    rows: int
    bytes: int


class ExportedMarts(msgspec.Struct):
    """A build as Parquet."""

    build_id: str
    # what to give to a tool
    path: str
    tables: list[ExportedTable]


def export_marts(warehouse: Warehouse, folder: Path) -> ExportedMarts:
    """Write the published build's marts and aggregates below a folder; again, it is the same.

    Raises DeliveryError, and WarehouseError.
    """
    with duckdb.connect(warehouse.published_file(), read_only=True) as connection:
        build_id = read_record(connection).build_id
        try:
            folder.mkdir(parents=True, exist_ok=True)
            build = folder / build_id
            with lock(folder / _LOCK, "export of marts", wait=True):
                if not build.exists():
                    _write_build(connection, folder, build)
                _link(folder, build_id)
                _remove_old(folder, build_id)
                tables = [_told(connection, build, *names) for names in _tables(connection)]
        except OSError as error:
            raise DeliveryError(f"cannot write marts: {explain(error, folder)}") from error
    return ExportedMarts(build_id, str(folder / _LATEST), tables)


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return connection.execute(
        "select schema_name, table_name from duckdb_tables()"
        " where list_contains(?, schema_name) order by all",
        [list(SCHEMAS)],
    ).fetchall()


def _write_build(connection: duckdb.DuckDBPyConnection, folder: Path, build: Path) -> None:
    aside = folder / _WRITING
    _remove(aside)  # of a run that was killed
    aside.mkdir()
    try:
        for schema, table in _tables(connection):
            path = _file(aside, schema, table)
            path.parent.mkdir(exist_ok=True)
            connection.table(f'"{schema}"."{table}"').write_parquet(str(path), compression="zstd")
            sync(path)
        for path in (*aside.iterdir(), aside):
            sync(path)
        aside.rename(build)
    except BaseException:
        _remove(aside)
        raise
    sync(folder)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _link(folder: Path, build_id: str) -> None:
    aside = folder / f".{_LATEST}"
    aside.unlink(missing_ok=True)
    aside.symlink_to(build_id)
    aside.replace(folder / _LATEST)
    sync(folder)


def _remove_old(folder: Path, build_id: str) -> None:
    """Remove builds before the last one, and nothing that is not ours."""
    builds = sorted(path for path in folder.iterdir() if _BUILD.fullmatch(path.name))
    for path in [one for one in builds if one.name <= build_id][:-_KEPT]:
        shutil.rmtree(path)


def _told(
    connection: duckdb.DuckDBPyConnection, build: Path, schema: str, table: str
) -> ExportedTable:
    rows = len(connection.table(f'"{schema}"."{table}"'))
    return ExportedTable(f"{schema}.{table}", rows, _file(build, schema, table).stat().st_size)


def _file(build: Path, schema: str, table: str) -> Path:
    return build / schema / f"{table}.parquet"
