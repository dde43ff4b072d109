"""Files of a build, from a copy of the last one to published versions.

Whatever is killed here, the published pair stays whole, and the next build's `mend` finishes or
removes the rest: both files of a build are complete, audited and on disk before the first is given
its version's name, and the main link, which decides, is replaced last.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from warehouse.errors import WarehouseError
from warehouse.private_files import PRIVATE_UMASK
from warehouse.versions import Warehouse, Workspace

# Nobody may write to a published file: DuckDB would lock every reader out.
_MAIN_MODE = 0o444
# Bytes that the kernel is asked to copy in one call.
_CHUNK = 1 << 30


@contextmanager
def private_files() -> Iterator[None]:
    """Whatever is created inside belongs to its owner alone, spilled and logged data included."""
    before = os.umask(PRIVATE_UMASK)
    try:
        yield
    finally:
        os.umask(before)


def mend(warehouse: Warehouse) -> str | None:
    """Undo or finish what a killed or failed build left; returns the published build's id.

    Raises WarehouseError if the restricted file of the published build is missing: it holds the
    key of the hashes that the other one is full of, so no build may go on without it.
    """
    clear_workspace(warehouse.workspace)
    build_ids = warehouse.build_ids()
    published = warehouse.published()
    if published is None:
        complete = [build_id for build_id in build_ids if warehouse.is_complete(build_id)]
        if complete:
            published = complete[-1]
            click.echo(f"{warehouse.link} was missing; taking {published} up again.", err=True)
    elif not warehouse.is_complete(published):
        raise WarehouseError(
            f"{warehouse.pii_version(published)} is missing. Bring it back; or remove "
            f"{warehouse.link} and {warehouse.version(published)} to build anew."
        )
    if published is not None:
        _switch(warehouse, published)
    else:
        warehouse.pii_link.unlink(missing_ok=True)
    for build_id in build_ids:
        if not warehouse.is_complete(build_id) or (published is not None and build_id > published):
            _remove(warehouse, build_id)
    return published


def copy_published(warehouse: Warehouse, published: str | None) -> None:
    """Put a copy of the published restricted file, where increments live, into the workspace.

    Without one, a build starts empty. Raises WarehouseError if the copy does not fit on the disk.
    """
    if published is None:
        return
    source = warehouse.pii_version(published)
    needed = source.stat().st_size + warehouse.version(published).stat().st_size
    free = shutil.disk_usage(warehouse.folder).free
    if free < needed:
        raise WarehouseError(
            f"not enough room in {warehouse.folder}: a build works beside what is "
            f"published ({needed / 1e6:,.1f} MB), and {free / 1e6:,.1f} MB are free."
        )
    _copy(source, warehouse.workspace.pii)


def finish(workspace: Workspace) -> None:
    """Have the workspace's files, audited, reach the disk as they will be published."""
    for path in (workspace.main, workspace.pii):
        if not path.exists():
            continue  # It has its version's name already.
        if path == workspace.main:
            path.chmod(by_umask(_MAIN_MODE))
        if path.with_name(f"{path.name}.wal").exists():
            raise WarehouseError(
                f"{path} was not closed: its log is still beside it. Nothing was published."
            )
        sync(path)


def publish(warehouse: Warehouse, build_id: str) -> None:
    """Make the workspace's two files, complete and audited, the published ones.

    Killed anywhere, it can be run again.
    """
    workspace = warehouse.workspace
    finish(workspace)
    for path, version in (
        (workspace.pii, warehouse.pii_version(build_id)),
        (workspace.main, warehouse.version(build_id)),
    ):
        if not version.exists():
            path.rename(version)
    sync(warehouse.folder)
    _switch(warehouse, build_id)


def prune(warehouse: Warehouse, published: str, keep: int) -> None:
    """Remove all but the newest builds; a reader that has one open keeps it until it closes."""
    for build_id in [each for each in warehouse.build_ids() if each <= published][:-keep]:
        _remove(warehouse, build_id)


def _switch(warehouse: Warehouse, build_id: str) -> None:
    """Point both links to a build, each replaced in one step, the deciding one last."""
    for link, version in (
        (warehouse.pii_link, warehouse.pii_version(build_id)),
        (warehouse.link, warehouse.version(build_id)),
    ):
        if link.is_symlink() and link.readlink() == Path(version.name):
            continue
        aside = warehouse.workspace.folder / "link"
        aside.unlink(missing_ok=True)
        aside.symlink_to(version.name)
        aside.replace(link)
        sync(warehouse.folder)


def _remove(warehouse: Warehouse, build_id: str) -> None:
    # The deciding file first: what is left of a pair is then removed by the next mend.
    warehouse.version(build_id).unlink(missing_ok=True)
    warehouse.pii_version(build_id).unlink(missing_ok=True)


def clear_workspace(workspace: Workspace) -> None:
    """Empty the workspace of everything but what dbt keeps from build to build."""
    workspace.folder.mkdir(mode=0o700, exist_ok=True)
    for path in workspace.folder.iterdir():
        if path in (workspace.target, workspace.logs):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _copy(source: Path, target: Path) -> None:
    """Copy without a byte passing through here; file systems that share blocks copy none."""
    with source.open("rb") as reader, target.open("wb") as writer:
        try:
            while os.copy_file_range(reader.fileno(), writer.fileno(), _CHUNK):
                continue
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL):
                raise
            shutil.copyfileobj(reader, writer)


def by_umask(mode: int) -> int:
    """Give what the umask leaves of a mode; it can only be asked by setting it."""
    umask = os.umask(0)
    os.umask(umask)
    return mode & ~umask


def sync(path: Path) -> None:
    """Have a file's or a folder's content reach the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
