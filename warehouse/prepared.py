"""A build that has passed its audit and is not published yet: what its workspace says of it.

The note is written last, when both files are complete and on disk. Whatever clears the workspace
(the next build, forgetting a person) takes it away.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click
import duckdb
import msgspec

from warehouse.errors import WarehouseError, told_by_duckdb
from warehouse.lock import build_lock
from warehouse.publish import clear_workspace, prune, publish
from warehouse.record import BuildReport
from warehouse.report.writing import report_beside
from warehouse.versions import Warehouse, Workspace


class Prepared(msgspec.Struct):
    """An audited build in the workspace."""

    report: BuildReport
    # the build that was published when this one began, whose increments it goes on from
    base: str | None

    @property
    def build_id(self) -> str:
        """Its id."""
        return self.report.build.build_id


def note(workspace: Workspace, prepared: Prepared) -> None:
    """Say durably that the workspace's two files are audited. Raises OSError."""
    aside = workspace.folder / "audited"
    with aside.open("wb") as file:
        file.write(msgspec.json.encode(prepared))
        file.flush()
        os.fsync(file.fileno())
    aside.replace(workspace.audited)


def find_prepared(warehouse: Warehouse) -> Prepared | None:
    """Read which build could be published now; None if there is none. Raises OSError.

    One that another build overtook cannot: what that one has recorded would be lost.
    """
    try:
        content = warehouse.workspace.audited.read_bytes()
    except FileNotFoundError:
        return None
    prepared = msgspec.json.decode(content, type=Prepared)
    published = warehouse.published()
    return prepared if published in (prepared.base, prepared.build_id) else None


def publish_prepared(warehouse: Warehouse, build_id: str, *, keep: int = 3) -> None:
    """Publish what `prepare` left, and keep the newest `keep` builds; done once, it is done.

    Killed anywhere, it can be run again. Raises WarehouseError if that build is not there any more.
    """
    with alone(warehouse, wait=True):
        if warehouse.published() != build_id:
            prepared = find_prepared(warehouse)
            if prepared is None or prepared.build_id != build_id:
                raise WarehouseError(
                    f"{build_id} was audited and is not there any more: another build has run "
                    "since. Build again."
                )
            publish(warehouse, build_id)
        tidy(warehouse, build_id, keep)
        report_beside(warehouse)


@contextmanager
def alone(warehouse: Warehouse, *, wait: bool) -> Iterator[None]:
    """Hold the lock, and tell in words what the system and DuckDB refuse."""
    try:
        warehouse.folder.mkdir(parents=True, exist_ok=True)
        with build_lock(warehouse.lock, wait=wait):
            yield
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        reason = error.strerror or str(error).rstrip(".")
        raise WarehouseError(f"{where}{reason}. Nothing was published.") from error
    except duckdb.Error as error:
        raise WarehouseError(f"{told_by_duckdb(error)}\nNothing was published.") from error


def tidy(warehouse: Warehouse, build_id: str, keep: int) -> None:
    """Remove what is no longer needed; the build is published whether or not this succeeds."""
    try:
        clear_workspace(warehouse.workspace)
        prune(warehouse, build_id, keep)
    except OSError as error:
        click.echo(f"Published, but old files could not be removed: {error}", err=True)
