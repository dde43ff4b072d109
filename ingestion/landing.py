"""Landing files: from their bytes to the journal, each one whole or not at all."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa

from ingestion import engine, journal, raw_layer
from ingestion.account import Counts, InputAccount
from ingestion.batches import LIMITS, Batches
from ingestion.contracts import Contract, Contracts
from ingestion.errors import LandingError, explain
from ingestion.journal import Staging
from ingestion.message import Lines, NotAMessageError, RawRows
from ingestion.payloads import BarePayloads
from ingestion.pipeline import ahead
from ingestion.sources.files import PIECE_BYTES, InputFile, TruncatedError
from ingestion.storage import Root

# Called with the number of the file's bytes that have been read so far.
Progress = Callable[[int], None]

# How many pieces are read and decoded, and batches gathered, before they are needed.
_READ_AHEAD = 2
_DECODED_AHEAD = LIMITS.batch_bytes // PIECE_BYTES
_GATHERED_AHEAD = 1


class Landing:
    """Lands files of raw rows or, if a contract is given, of its bare payloads.

    The raw layer has been made by `raw_layer.ensure_raw`.
    """

    def __init__(
        self, raw_root: Root, contracts: Contracts, contract: Contract | None = None
    ) -> None:
        self._root = raw_root
        self._contracts = contracts
        self._contract = contract
        self._connection = engine.connect()

    def land(self, path: Path, progress: Progress = lambda _: None) -> InputAccount:
        """Land a file, unless its content was landed before.

        Raises LandingError, naming the file, if it cannot: then nothing of it is visible or, if the
        error says so, all of it will be once its landing is completed.
        """
        try:
            with closing(InputFile(path)) as file:
                return self._find_landed(file) or self._land(file, progress)
        except (NotAMessageError, TruncatedError) as error:
            reason = f"{path}: {error}."
        except OSError as error:
            reason = explain(error, path)
        except (duckdb.Error, pa.ArrowException) as error:
            reason = f"{path}: {error}"
        except MemoryError:
            reason = f"{path}: not enough memory."
        raise LandingError(f"{reason} Nothing of this file was landed.")

    def _find_landed(self, file: InputFile) -> InputAccount | None:
        # A pipe can be read only once; a file is read twice only if it may have been landed.
        if not file.is_regular or not journal.has_landed_size(self._root, file.first_size_bytes):
            return None
        entry = journal.find_landed(self._root, self._key(file.hash_beforehand()))
        return InputAccount(str(file.path), entry.counts, was_there=True) if entry else None

    def _land(self, file: InputFile, progress: Progress) -> InputAccount:
        is_committed = False
        try:
            with journal.open_staging(self._root) as staging:
                counts = self._write(file, staging, progress)
                key = self._key(file.content)
                is_new = staging.commit(key, file.path, file.position_bytes, counts)
                is_committed = True
        except OSError as error:
            if not is_committed:
                raise
            raise LandingError(
                f"{explain(error, file.path)} This file is landed, but not yet in its place: "
                "the next `vitrine land` or `vitrine build` will complete it."
            ) from error
        return InputAccount(str(file.path), counts, was_there=not is_new)

    def _write(self, file: InputFile, staging: Staging, progress: Progress) -> Counts:
        """Write the file's messages into the staging folder: read, decode, gather, and write.

        Each step is a thread's; what is heavy in them runs at the same time.
        """
        batches = Batches(self._contracts, staging.attempt, self._connection)
        form = (
            BarePayloads(self._contract, staging.folder)
            if self._contract
            else RawRows(self._contracts)
        )
        pieces = ahead(file.pieces(), _READ_AHEAD)
        tables = ahead(_read(form, pieces), _DECODED_AHEAD)
        with closing(ahead(batches.gather(tables), _GATHERED_AHEAD)) as gathered:
            for batch in gathered:
                raw_layer.write(batch.rows, staging.new_file(batch.place))
                progress(file.position_bytes)
        progress(file.position_bytes)
        return batches.counts

    def _key(self, content: str) -> str:
        """Name an input in the journal: its content and, for bare payloads, the contract."""
        return f"{content}-{self._contract.name}" if self._contract else content


def _read(form: RawRows | BarePayloads, pieces: Generator[Lines]) -> Iterator[pa.Table]:
    with closing(pieces):
        for lines in pieces:
            yield from form.read(lines)
