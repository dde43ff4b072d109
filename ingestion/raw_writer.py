"""Writing batches into the raw layer, each file for itself: whole, durable, or not there."""

from pathlib import Path, PurePosixPath

from ingestion import raw_layer
from ingestion.batches import Batch
from ingestion.storage import Storage, temporary_name


class RawWriter:
    """Writes batches that are messages received one by one, so that no two files belong together.

    The raw layer has been made by `raw_layer.ensure_raw`; the workspace is `Storage.workspace()`.
    """

    def __init__(self, storage: Storage, workspace: Path) -> None:
        self._storage = storage
        self._workspace = workspace

    def write(self, batch: Batch) -> None:
        """Write a batch; once this returns it survives a crash. Raises OSError.

        After an error the same batch may be written again: its place is its own.
        """
        file = self._workspace / temporary_name()
        try:
            raw_layer.write(batch.rows, file)
            self._storage.create(PurePosixPath(batch.place), file)
        finally:
            file.unlink(missing_ok=True)
