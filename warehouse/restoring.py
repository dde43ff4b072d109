"""Restoring a warehouse: from raw, and from a backup what raw cannot give back.

Everything is fetched and checked before the first file is put into its place, and nothing that is
there is ever replaced. The build comes last: it starts with the backup's tables, is audited, and
published. Killed at any instant, the same command goes on.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from ingestion.errors import explain
from ingestion.forgetting.suppression import put
from ingestion.storage import Storage, open_storage
from warehouse import backups
from warehouse.anew import start_from
from warehouse.backing_up import read_key
from warehouse.backups import Manifest
from warehouse.clean_copy import Plan, Table, arrive
from warehouse.errors import WarehouseError
from warehouse.kept_files import KeptFile, kept_files
from warehouse.publish import private_files, sync
from warehouse.versions import Warehouse

if TYPE_CHECKING:  # dbt: 2 s to import, and a look into a backup has no need of it
    from warehouse.dbt_run import DbtOptions
    from warehouse.record import BuildReport


class Fetched(NamedTuple):
    """A backup whose files are here, and are what the manifest says."""

    manifest: Manifest
    folder: Path

    def file(self, name: str) -> Path | None:
        """Give one of the files beside the warehouse, None if the backup has none."""
        path = self.folder / "files" / name
        return path if path.is_file() else None


@contextmanager
def fetched(source: Storage, name: str | None, warehouse: Warehouse) -> Iterator[Fetched]:
    """Fetch a backup (the newest, if no name is given) and check it. Raises WarehouseError."""
    manifest = backups.read_manifest(source, name)
    try:
        warehouse.folder.mkdir(parents=True, exist_ok=True)
        with (
            private_files(),
            # On the warehouse's disk: what was restored is linked into its place.
            tempfile.TemporaryDirectory(dir=warehouse.folder, prefix=".restoring-") as folder,
        ):
            backups.fetch(source, manifest, Path(folder))
            yield Fetched(manifest, Path(folder))
    except OSError as error:
        raise WarehouseError(explain(error, error.filename or warehouse.folder)) from error


def check(backup: Fetched, warehouse: Warehouse, *, may_replace: bool) -> list[KeptFile]:
    """Say which files would be put into their places. Raises WarehouseError if one may not be."""
    _check_published(backup, warehouse, warehouse.published(), may_replace=may_replace)
    return [
        kept
        for kept in kept_files()
        if (copy := backup.file(kept.name)) and not _is_there(kept, copy, backup.folder)
    ]


def restore(
    backup: Fetched, warehouse: Warehouse, options: "DbtOptions", *, may_replace: bool
) -> "BuildReport":
    """Put the files into their places, and build from raw with the backup's tables.

    Raises WarehouseError; what was put into its place before stays.
    """
    from warehouse.build import build  # noqa: PLC0415 - dbt: 2 s to import

    for kept in check(backup, warehouse, may_replace=may_replace):
        _put(backup.folder / "files" / kept.name, kept.path)
    storage = open_storage(options.raw_root)
    for path in sorted((backup.folder / "raw").rglob("*.json")):
        put(storage, PurePosixPath(path.relative_to(backup.folder / "raw")), path.read_bytes())

    def start(warehouse: Warehouse, published: str | None) -> None:
        # Once more: nobody else builds from here on.
        _check_published(backup, warehouse, published, may_replace=may_replace)
        database = warehouse.workspace.folder / "backup.duckdb"
        aside = warehouse.workspace.folder / "backup"
        aside.mkdir()
        arrive(Plan(_tables(backup)), database, aside)
        # Whoever was forgotten since then is forgotten here, too.
        start_from(database, warehouse, options.raw_root)

    return build(warehouse, options, start=start)


def _check_published(
    backup: Fetched, warehouse: Warehouse, published: str | None, *, may_replace: bool
) -> None:
    """Refuse another key always, as one person would have two ids; what is there unless told to."""
    if published is None:
        return
    if backups.key_check(read_key(warehouse.pii_version(published))) != backup.manifest.key_check:
        raise WarehouseError(
            f"{warehouse.link} was built with another key of hashes than this backup, which is of "
            "another warehouse. Nothing was restored: set VITRINE_WAREHOUSE to another path, or "
            "restore a backup of this one."
        )
    if not may_replace:
        raise WarehouseError(
            f"{warehouse.link} is published (build {published}). Nothing was restored; --replace "
            "builds it anew, with the backup's snapshots in place of its own."
        )


def _tables(backup: Fetched) -> list[Table]:
    return [
        Table(file.table.schema, file.table.name, file.table.ddl, str(backup.folder / file.place))
        for file in backup.manifest.files
        if file.table is not None
    ]


def _is_there(kept: KeptFile, copy: Path, folder: Path) -> bool:
    """Tell whether a file is what the backup has, or has grown from it.

    Raises WarehouseError if something else is in its place.
    """
    if not kept.path.exists():
        return False
    now = folder / f"now-{kept.name}"
    kept.copy(kept.path, now)
    if backups.sha256(now) == backups.sha256(copy):
        return True
    if kept.is_log and now.read_bytes().startswith(copy.read_bytes()):
        return True
    raise WarehouseError(
        f"{kept.path} is there and is not the backup's {kept.name}. Nothing was restored: if the "
        "backup's is the right one, move this one away and run it again."
    )


def _put(copy: Path, path: Path) -> None:
    """Put a file into its place, its owner's alone, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".restoring-") as folder:
        aside = Path(folder, path.name)
        shutil.copyfile(copy, aside)
        aside.chmod(0o600)
        sync(aside)
        path.hardlink_to(aside)  # Unlike a rename, it replaces nothing.
    sync(path.parent)
