"""Files of lines, plain or .gz, read once, in pieces of whole lines."""

import gzip
import io
import os
import stat
import zlib
from collections.abc import Generator
from pathlib import Path

from ingestion.errors import LandingError
from ingestion.message import Lines, NotAMessageError
from ingestion.sharing import MOST_TICKETS, Tickets
from ingestion.sources import segments
from ingestion.sources.segments import SEGMENT_BYTES, Content, Segment, SegmentedHash

SUFFIXES = (".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz")
# Small: decoding a piece keeps the other threads waiting.
PIECE_BYTES = 4 << 20
MAXIMUM_LINE_BYTES = 1 << 30
_BUFFER_BYTES = 1 << 20


class TruncatedError(Exception):
    """The compressed data ends too early, or makes no sense, after this line."""

    def __init__(self, line_number: int, error: Exception) -> None:
        what = "ends too early" if isinstance(error, EOFError) else f"is broken ({error})"
        super().__init__(f"the compressed file {what}, after line {line_number}")


def find(path: Path) -> list[Path]:
    """Find the files that a path means: itself or, for a folder, all files of lines below, sorted.

    Raises OSError, and LandingError if a folder has none.
    """
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.rglob("*") if file.name.endswith(SUFFIXES))
    if not found:
        raise LandingError(f"{path}: no file in this folder ends with {' or '.join(SUFFIXES)}.")
    return found


class InputFile:
    """One file of lines, hashed as it is read."""

    def __init__(self, path: Path) -> None:
        """Open it; raises OSError."""
        self.path = path
        self._file = path.open("rb", buffering=0)
        self._hashed = _HashedFile(self._file)
        status = os.fstat(self._file.fileno())
        self.is_regular = stat.S_ISREG(status.st_mode)
        self.first_size_bytes = status.st_size

    def close(self) -> None:
        """Close it."""
        self._file.close()

    @property
    def position_bytes(self) -> int:
        """How much of the file has been read."""
        return self._hashed.size_bytes

    @property
    def content(self) -> Content:
        """What has been read, at its end the whole content."""
        return self._hashed.content

    def hash_beforehand(self) -> Content:
        """Read a regular file for its `content` alone, and go back to its beginning."""
        hashed = _HashedFile(self._file)
        buffer = memoryview(bytearray(_BUFFER_BYTES))
        while hashed.readinto(buffer):
            pass
        self._file.seek(0)
        return hashed.content

    @property
    def is_divisible(self) -> bool:
        """Whether it can be read in segments, by several processes, and is worth it."""
        is_plain = self.is_regular and self.path.suffix != ".gz"
        return is_plain and 2 <= segments.count(self.first_size_bytes) <= MOST_TICKETS

    def segment(self, number: int) -> Segment:
        """Give a segment of a divisible file to read."""
        return Segment(self._file.fileno(), number, self.first_size_bytes)

    def pieces(self) -> Generator[Lines]:
        """Read the file in pieces of whole lines, each of about PIECE_BYTES.

        Raises OSError, TruncatedError, and NotAMessageError for a line with no end in sight.
        """
        buffered = io.BufferedReader(self._hashed, _BUFFER_BYTES)
        stream = gzip.GzipFile(fileobj=buffered) if self.path.suffix == ".gz" else buffered
        number = 1
        try:
            # A bytearray grows in place; bytes would be copied for the rest of the last line.
            while size := stream.readinto(content := bytearray(PIECE_BYTES)):
                del content[size:]
                if not content.endswith(b"\n"):
                    rest = stream.readline(MAXIMUM_LINE_BYTES)
                    if len(rest) == MAXIMUM_LINE_BYTES:
                        number += content.count(b"\n")
                        limit = f"longer than {MAXIMUM_LINE_BYTES >> 20} MiB"
                        raise NotAMessageError(number, limit)
                    content += rest
                line_count = sum(1 for _ in io.BytesIO(content))  # Faster than content.count().
                yield Lines(number, line_count, content)
                number += line_count
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise TruncatedError(number - 1, error) from error


class Segments:
    """The segments of a divisible file, of which every process that asks gets the next one."""

    def __init__(self, file: InputFile) -> None:
        self._file = file
        self._tickets = Tickets(segments.count(file.first_size_bytes))
        self.position_bytes = 0
        # Of those that were read here, by their numbers.
        self.digests: dict[int, bytes] = {}

    def close(self) -> None:
        """Give no more segments."""
        self._tickets.close()

    @property
    def content(self) -> Content:
        """The whole file, once all digests are here."""
        numbered = sorted(self.digests.items())
        return segments.joined(self._file.first_size_bytes, [digest for _, digest in numbered])

    def pieces(self) -> Generator[Lines]:
        """Read segment after segment, in pieces of whole lines; see `Segment.pieces`."""
        for number in self._tickets:
            self.position_bytes = number * SEGMENT_BYTES
            segment = self._file.segment(number)
            yield from segment.pieces(PIECE_BYTES, MAXIMUM_LINE_BYTES)
            self.digests[number] = segment.digest


class _HashedFile(io.RawIOBase):
    """A file that is hashed as it is read; closing this leaves the file open."""

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self._hash = SegmentedHash()

    @property
    def size_bytes(self) -> int:
        return self._hash.size_bytes

    @property
    def content(self) -> Content:
        return self._hash.content

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # all that io passes
        count = self._file.readinto(buffer)
        self._hash.update(buffer[:count])
        return count
