"""Removing what compaction has replaced, once nobody can be reading it any more."""

import time
from datetime import timedelta
from itertools import pairwise
from pathlib import PurePosixPath

from ingestion import compacted_files, snapshots
from ingestion.errors import LandingError
from ingestion.snapshots import SCHEMA_FILE, RawFiles
from ingestion.storage import Kept, Storage

# What no snapshot names may belong to a compaction that is still at work.
ORPHAN_SECONDS = 24 * 3600


def remove_replaced(storage: Storage, table: str, grace: timedelta) -> list[Kept]:
    """Remove the files that were replaced longer ago than the grace period, and list them.

    What killed compactions have left goes, too, after a day. Raises OSError, and LandingError
    (nothing is removed then) if a file that the newest snapshot names is not there.
    """
    before = time.time() - grace.total_seconds()
    # In this order: whatever the first listing has, the later ones know of.
    files = snapshots.read_raw_files(storage, table)
    kept = snapshots.find(storage, table)
    found = {file.place: file for file in storage.find(compacted_files.folder(table))}
    _check(storage, files, found)
    replaced_at = {old.place: new.modified_at for old, new in pairwise(kept)}
    old_snapshots = [one for one in kept if replaced_at.get(one.place, before + 1) <= before]
    named: set[PurePosixPath] = set()
    for one in kept:
        if one not in old_snapshots:
            named.update(file.place for file in snapshots.read(storage, one).compacted)
    unnamed = [
        file
        for file in found.values()
        if file.place not in named
        and file.place.name != SCHEMA_FILE
        and file.modified_at <= min(before, time.time() - ORPHAN_SECONDS)
    ]
    recent = {snapshots.sequence_of(one) for one in kept if one.modified_at > before}
    landed = [file for file in files.left if files.snapshot.covered[file.place] not in recent]
    for file in [*landed, *unnamed, *old_snapshots]:
        storage.remove(file.place)
    return [*landed, *unnamed]


def _check(storage: Storage, files: RawFiles, found: dict[PurePosixPath, Kept]) -> None:
    for one in files.snapshot.compacted:
        if one.place not in found or found[one.place].size_bytes != one.size_bytes:
            raise LandingError(
                f"{storage.url}/{one.place}: this compacted file is missing or has another size; "
                "nothing was removed. Restore it from a backup."
            )
