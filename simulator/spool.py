"""Messages that wait for their time, on disk: memory does not follow the number of orders.

A calendar queue: messages are kept by the period in which they arrive. Periods that lie ahead are
files; only the period being delivered is in memory, where it is sorted.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

_KEY_LENGTH = 17
_FLUSH_BYTES = 3 << 20


class Spool:
    """A queue ordered by arrival (microseconds), for messages that come nearly in order.

    `period` is the width of a file's time in microseconds: what arrives within one period must
    fit into memory. Use as a context manager; the files go when it ends.
    """

    def __init__(self, period: int) -> None:
        self._period = period
        self._folder = TemporaryDirectory(prefix="vitrine-simulate-")
        self._waiting: dict[int, list[bytes]] = {}
        self._waiting_bytes = 0
        self._files: set[int] = set()

    def __enter__(self) -> "Spool":
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the files."""
        self._folder.cleanup()

    def add(self, arrival: int, line: bytes) -> None:
        """Keep a message until its arrival, which must not lie before what was delivered."""
        number = arrival // self._period
        self._waiting.setdefault(number, []).append(b"%017d%b\n" % (arrival, line))
        self._waiting_bytes += len(line)
        if self._waiting_bytes > _FLUSH_BYTES:
            self._flush()

    def deliver(self, until: int | None = None) -> Iterator[bytes]:
        """Yield, in order of arrival, the messages of all periods that end before `until`."""
        for number in sorted(self._waiting.keys() | self._files):
            if until is not None and (number + 1) * self._period > until:
                break
            lines = self._waiting.pop(number, [])
            self._waiting_bytes -= sum(len(line) - _KEY_LENGTH - 1 for line in lines)
            if number in self._files:
                self._files.remove(number)
                path = self._path(number)
                with path.open("rb") as stream:
                    lines.extend(stream)
                path.unlink()
            lines.sort()
            for line in lines:
                yield line[_KEY_LENGTH:-1]

    def _path(self, number: int) -> Path:
        return Path(self._folder.name) / str(number)

    def _flush(self) -> None:
        for number, lines in self._waiting.items():
            with self._path(number).open("ab") as stream:
                stream.writelines(lines)
            self._files.add(number)
        self._waiting = {}
        self._waiting_bytes = 0
