"""A compaction as it must not be: it removes what landed before its replacement is complete."""

import time
from pathlib import Path

from ingestion import compaction, rewriting
from ingestion.folding import Order
from ingestion.rewriting import Rewritten, Sources
from ingestion.storage import Storage
from tests.compaction.support import TABLES, compact

_commit = rewriting._commit
_A_READ_SECONDS = 0.3


def _remove_first(
    storage: Storage, table: str, order: Order, sources: Sources, scratch: Path
) -> Rewritten:
    def remove_and_commit(*arguments: object) -> None:
        for landed in sources.files.landed:
            storage.remove(landed.place)
        time.sleep(_A_READ_SECONDS)  # Else few would read just then.
        _commit(*arguments)  # type: ignore[arg-type]

    rewriting._commit = remove_and_commit
    return rewriting.rewrite(storage, table, order, sources, scratch)


def compact_all(root: Path) -> None:
    """Compact all tables in this way, in a process that does nothing else."""
    compaction.rewrite = _remove_first
    for name in TABLES:
        compact(root, name)
