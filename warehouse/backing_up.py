"""Backing up what raw cannot give back."""

from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import duckdb
import msgspec

from ingestion import journal
from ingestion.errors import explain
from ingestion.forgetting.suppression import SUPPRESSED
from ingestion.storage import Root, Storage, open_storage
from warehouse import backups
from warehouse.anew import KEY_TABLE, write_tables
from warehouse.backups import BackupFile, BackupTable, Manifest
from warehouse.errors import WarehouseError, told_by_duckdb
from warehouse.kept_files import kept_files
from warehouse.publish import private_files
from warehouse.record import read_record
from warehouse.versions import Warehouse, next_build_id


class BackedUp(NamedTuple):
    """A backup; whether it was made now, or the newest one says the same."""

    manifest: Manifest
    is_new: bool


def back_up(warehouse: Warehouse, raw_root: Root, destination: Storage) -> BackedUp:
    """Write a backup of the published build and of the files beside it, if anything has changed.

    Safe beside builds, landing and deliveries: it takes no lock. Raises WarehouseError.
    """
    build_id = warehouse.published()
    if build_id is None:
        raise WarehouseError(f"{warehouse.link}: nothing is published; run `vitrine build` first.")
    try:
        journal.recover(destination.url)  # What backups that died have left.
        with private_files(), destination.workspace() as folder:
            manifest = _collect(warehouse, build_id, raw_root, folder)
            found = backups.names(destination)
            newest = backups.find_whole(destination, found[-1]) if found else None
            if newest is not None and _is_same(newest, manifest):
                return BackedUp(newest, is_new=False)
            name = next_build_id(found[-1] if found else None)
            manifest = msgspec.structs.replace(manifest, name=name)
            for file in manifest.files:
                destination.create(backups.place_of(name, file.place), folder / file.place)
            aside = folder / backups.MANIFEST
            aside.write_bytes(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
            destination.create(backups.place_of(name, backups.MANIFEST), aside)
            return BackedUp(manifest, is_new=True)
    except OSError as error:
        raise WarehouseError(f"cannot back up: {explain(error, destination.url)}") from error
    except duckdb.Error as error:
        raise WarehouseError(f"cannot back up: {told_by_duckdb(error)}") from error


def _is_same(one: Manifest, other: Manifest) -> bool:
    return (one.files, one.key_check) == (other.files, other.key_check)


def _collect(warehouse: Warehouse, build_id: str, raw_root: Root, folder: Path) -> Manifest:
    """Copy everything into a folder; gives what it comes to, without a name."""
    now = datetime.now(UTC)
    files = [
        *_tables(warehouse.pii_version(build_id), folder, raw_root),
        *_files(folder),
        *_suppressed(open_storage(raw_root), folder),
    ]
    with duckdb.connect(warehouse.version(build_id), read_only=True) as connection:
        as_of = read_record(connection).as_of
    return Manifest(
        format=backups.FORMAT,
        name="",
        made_at=now,
        vitrine_version=version("vitrine"),
        build_id=build_id,
        as_of=as_of,
        key_check=backups.key_check(read_key(warehouse.pii_version(build_id))),
        files=tuple(files),
    )


def read_key(database: Path) -> str:
    """Read the key of hashes of a restricted file. Raises WarehouseError if it has none."""
    with suppress(duckdb.CatalogException), duckdb.connect(database, read_only=True) as connection:
        found = connection.table(".".join(KEY_TABLE)).fetchone()
        if found:
            return str(found[0])
    raise WarehouseError(
        f"{database} has no key of hashes ({'.'.join(KEY_TABLE)}): it is no restricted file of a "
        "build of this project."
    )


def _tables(database: Path, folder: Path, raw_root: Root) -> list[BackupFile]:
    (folder / "tables").mkdir()
    files = []
    for table in write_tables(database, folder, raw_root, compression="zstd"):
        place = f"tables/{table.schema}.{table.name}.parquet"
        Path(table.rows).rename(folder / place)
        with duckdb.connect() as connection:
            rows = connection.read_parquet(str(folder / place)).count("*").fetchone()
        described = BackupTable(table.schema, table.name, table.ddl, rows[0] if rows else 0)
        files.append(_described(folder, place, described))
    return files


def _files(folder: Path) -> list[BackupFile]:
    """Copy the files that are there."""
    (folder / "files").mkdir()
    files = []
    for kept in kept_files():
        if kept.path.is_file():
            kept.copy(kept.path, folder / "files" / kept.name)
            files.append(_described(folder, f"files/{kept.name}"))
    return files


def _suppressed(storage: Storage, folder: Path) -> list[BackupFile]:
    """Copy who was forgotten, as hashes: a copy of raw from before would not know."""
    files = []
    for kept in storage.find(SUPPRESSED, ".json"):
        place = f"raw/{kept.place}"
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        storage.fetch(kept.place, folder / place)
        files.append(_described(folder, place))
    return files


def _described(folder: Path, place: str, table: BackupTable | None = None) -> BackupFile:
    path = folder / place
    return BackupFile(place, path.stat().st_size, backups.sha256(path), table)
