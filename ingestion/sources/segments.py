"""A file in segments of equal size: hashed each for itself, and read by whoever has time.

A file's hash is that of its segments' hashes, so that no process needs to see all of it.
"""

import os
from collections.abc import Iterator
from typing import NamedTuple

from blake3 import blake3

from ingestion.message import Lines

SEGMENT_BYTES = 32 << 20
_TAIL_BYTES = 64 << 10


class Content(NamedTuple):
    """What a file holds: its size in bytes and its hash."""

    size: int
    digest: str

    @property
    def name(self) -> str:
        """What the journal calls it."""
        return f"{self.size}-{self.digest}"


class TooLongError(Exception):
    """A line has no end in sight."""


class SegmentedHash:
    """The hash of a file that is read from its beginning to its end."""

    def __init__(self) -> None:
        self.size_bytes = 0
        self._done: list[bytes] = []
        self._segment = blake3()
        self._segment_bytes = 0

    def update(self, content: memoryview) -> None:
        """Take in what was read next."""
        self.size_bytes += len(content)
        while content:
            room = SEGMENT_BYTES - self._segment_bytes
            self._segment.update(content[:room])
            self._segment_bytes += min(room, len(content))
            content = content[room:]
            if self._segment_bytes == SEGMENT_BYTES:
                self._done.append(self._segment.digest())
                self._segment, self._segment_bytes = blake3(), 0

    @property
    def content(self) -> Content:
        """What was read so far."""
        rest = [self._segment.digest()] if self._segment_bytes else []
        return joined(self.size_bytes, [*self._done, *rest])


def joined(size_bytes: int, digests: list[bytes]) -> Content:
    """Identify a file by the hashes of its segments."""
    return Content(size_bytes, blake3(b"".join(digests)).hexdigest())


def count(size_bytes: int) -> int:
    """Count the segments of a file."""
    return -(-size_bytes // SEGMENT_BYTES)


class Segment:
    """One segment, open for reading: the lines that begin in it, whole."""

    def __init__(self, handle: int, number: int, size_bytes: int) -> None:
        """Read from a file of this size, by its descriptor."""
        self._handle = handle
        self._number = number
        self._size_bytes = size_bytes
        self._hash = blake3()

    @property
    def digest(self) -> bytes:
        """The hash of the segment, once its pieces have been read."""
        return self._hash.digest()

    def pieces(self, piece_bytes: int, longest_line_bytes: int) -> Iterator[Lines]:
        """Read whole lines, about so many bytes at a time.

        Lines are counted from the first of the segment, or from 2: only a file's first line is 1.
        Raises OSError, and TooLongError for a line that is too long.
        """
        position = self._number * SEGMENT_BYTES
        end = min(position + SEGMENT_BYTES, self._size_bytes)
        is_inside_line = position > 0 and os.pread(self._handle, 1, position - 1) != b"\n"
        number = 1 if position == 0 else 2
        rest = b""
        while position < end:
            content = bytearray(len(rest) + min(piece_bytes, end - position))
            content[: len(rest)] = rest
            with memoryview(content) as view, view[len(rest) :] as read:
                if os.preadv(self._handle, [read], position) != len(read):
                    raise OSError("the file was changed while it was read")
                position += len(read)
                self._hash.update(read)
            if is_inside_line:
                begin = content.find(b"\n") + 1
                if not begin:
                    continue
                del content[:begin]
                is_inside_line = False
            if position == end and content and not content.endswith(b"\n"):
                content += self._tail(position, longest_line_bytes)
                whole = len(content)
            else:
                whole = content.rfind(b"\n") + 1
            if len(content) - whole > longest_line_bytes:
                raise TooLongError
            rest = bytes(content[whole:])
            del content[whole:]
            if content:  # Not so within a very long line.
                line_count = content.count(b"\n") + (not content.endswith(b"\n"))
                yield Lines(number, line_count, content)
                number += line_count

    def _tail(self, position: int, longest_line_bytes: int) -> bytearray:
        """Read on to the end of a line."""
        tail = bytearray()
        while read := os.pread(self._handle, _TAIL_BYTES, position + len(tail)):
            line, newline, _ = read.partition(b"\n")
            tail += line + newline
            if newline:
                break
            if len(tail) > longest_line_bytes:
                raise TooLongError
        return tail
