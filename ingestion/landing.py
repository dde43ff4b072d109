"""Landing files: from their bytes to the journal, each one whole or not at all."""

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import msgspec
import pyarrow as pa

from ingestion import journal, raw_layer, sharing
from ingestion.account import Counts, InputAccount, merged
from ingestion.batches import LIMITS, Batch, Batches, Limits
from ingestion.contracts import Contract, Contracts
from ingestion.errors import LandingError, explain
from ingestion.forgetting.suppression import Suppression
from ingestion.journal import Staging
from ingestion.message import Form, Lines, NotAMessageError, RawRows
from ingestion.pipeline import ahead
from ingestion.sharing import HelperError
from ingestion.sources.files import InputFile, Segments, TruncatedError
from ingestion.sources.segments import Content, TooLongError
from ingestion.storage import Root

# Called with the number of the file's bytes that have been read so far.
Progress = Callable[[int], None]

# How many pieces are read and decoded, and batches gathered, before they are needed.
_READ_AHEAD = 2
_DECODED_AHEAD = 2
_GATHERED_AHEAD = 1


# What was written, and of what.
_Written = tuple[Counts, Content]
_Write = Callable[[InputFile, Staging, Progress], _Written]


class _Share(msgspec.Struct):
    """What one of two processes did: counts, files and their places, and hashes of segments."""

    counts: Counts
    files: dict[str, str]
    digests: dict[int, bytes]


class _NotSharedError(Exception):
    """Two processes could not do it."""


class Landing:
    """Lands files of raw rows or, if a contract is given, of its bare payloads.

    The raw layer has been made by `raw_layer.ensure_raw`.
    """

    def __init__(
        self,
        raw_root: Root,
        contracts: Contracts,
        contract: Contract | None = None,
        limits: Limits = LIMITS,
    ) -> None:
        self._root = raw_root
        self._contracts = contracts
        self._contract = contract
        self._limits = limits

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
        except pa.ArrowException as error:
            reason = f"{path}: {error}"
        except MemoryError:
            reason = f"{path}: not enough memory."
        raise LandingError(f"{reason} Nothing of this file was landed.")

    def _find_landed(self, file: InputFile) -> InputAccount | None:
        # A pipe can be read only once; a file is read twice only if it may have been landed.
        if not file.is_regular or not journal.has_landed_size(self._root, file.first_size_bytes):
            return None
        entry = journal.find_landed(self._root, self._key(file.hash_beforehand().name))
        return InputAccount(str(file.path), entry.counts, was_there=True) if entry else None

    def _land(self, file: InputFile, progress: Progress) -> InputAccount:
        if self._contract is None and file.is_divisible and sharing.can_fork:
            with suppress(_NotSharedError):
                return self._land_by(self._write_shared, file, progress)
        return self._land_by(self._write, file, progress)

    def _land_by(self, write: _Write, file: InputFile, progress: Progress) -> InputAccount:
        is_committed = False
        try:
            with journal.open_staging(self._root) as staging:
                counts, content = write(file, staging, progress)
                is_new = staging.commit(self._key(content.name), file.path, content.size, counts)
                is_committed = True
        except OSError as error:
            if not is_committed:
                raise
            raise LandingError(
                f"{explain(error, file.path)} This file is landed, but not yet in its place: "
                "the next `vitrine land` or `vitrine build` will complete it."
            ) from error
        return InputAccount(str(file.path), counts, was_there=not is_new)

    def _write(self, file: InputFile, staging: Staging, progress: Progress) -> _Written:
        """Write the file's messages into the staging folder."""
        form: Form = RawRows(self._contracts)
        if self._contract:
            # It uses DuckDB, which takes a while to import.
            from ingestion.payloads import BarePayloads  # noqa: PLC0415

            form = BarePayloads(self._contracts, self._contract, staging.folder)
        # Each step is a thread's; what is heavy in them runs at the same time.
        batches = self._batches(staging)
        tables = ahead(_read(form, ahead(file.pieces(), _READ_AHEAD)), _DECODED_AHEAD)
        gathered = ahead(batches.gather(tables), _GATHERED_AHEAD)
        _write(gathered, staging, lambda: progress(file.position_bytes))
        return batches.counts, file.content

    def _write_shared(self, file: InputFile, staging: Staging, progress: Progress) -> _Written:
        """Do the same by two processes, each taking the next segment of the file.

        If anything goes wrong, it does so again, and with better words, when one process does all.
        """
        try:
            return self._share(file, staging, progress)
        except (HelperError, NotAMessageError, TooLongError, pa.ArrowException, OSError) as error:
            raise _NotSharedError from error

    def _share(self, file: InputFile, staging: Staging, progress: Progress) -> _Written:
        segments = Segments(file)

        def share(progress: Progress = lambda _: None) -> _Share:
            # Step after step: the other process keeps the other core busy, and this one is small.
            batches = self._batches(staging)
            gathered = batches.gather(_read(RawRows(self._contracts), segments.pieces()))
            files = _write(gathered, staging, lambda: progress(segments.position_bytes))
            return _Share(batches.counts, files, segments.digests)

        with closing(segments), sharing.helper(share, _Share) as theirs:
            own = share(progress)
            other = theirs()
        staging.adopt(other.files)
        segments.digests.update(other.digests)
        return merged(own.counts, other.counts), segments.content

    def _batches(self, staging: Staging) -> Batches:
        suppression = Suppression(self._root)
        return Batches(self._contracts, staging.attempt, suppression, self._limits)

    def _key(self, content: str) -> str:
        """Name an input in the journal: its content and, for bare payloads, the contract."""
        return f"{content}-{self._contract.name}" if self._contract else content


def _read(form: Form, pieces: Generator[Lines]) -> Generator[pa.Table]:
    with closing(pieces):
        for lines in pieces:
            yield from form.read(lines)


def _write(
    gathered: Generator[Batch], staging: Staging, progress: Callable[[], None]
) -> dict[str, str]:
    """Write batches into the staging folder, synced; gives the files and their places."""
    files = {}
    # The disk takes its time, and the next batch need not wait for it.
    with closing(gathered), ThreadPoolExecutor(1) as syncing:
        synced = []
        for batch in gathered:
            path = staging.new_file(batch.place)
            raw_layer.write(batch.rows, path)
            synced.append(syncing.submit(raw_layer.sync, path))
            files[path.name] = str(batch.place)
            progress()
        for one in synced:
            one.result()
    progress()
    return files
