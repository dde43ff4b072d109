"""The account of a pull: what became of every document, by contract."""

import logging
import sys

import msgspec

_LOG = logging.getLogger(__name__)
# Of a run that never ends, the first ones are enough: all are in the log.
_MOST_PROBLEMS = 100


class Count(msgspec.Struct):
    """Documents of one contract.

    fetched: read from VTEX; landed: durable in the sink; skipped: nothing to read, or read before
    an interruption; failed: not read, or not landed.
    """

    fetched: int = 0
    landed: int = 0
    skipped: int = 0
    failed: int = 0


class Compared(msgspec.Struct):
    """Orders of VTEX's list, against those that were landed."""

    listed: int = 0
    current: int = 0
    missing: int = 0
    outdated: int = 0


class Tally:
    """Counts, shown as they grow on a terminal; for one thread."""

    def __init__(self) -> None:
        self.contracts: dict[str, Count] = {}
        self.compared: Compared | None = None
        self.problems: list[str] = []
        # Whether what failed is read again without anybody's doing, as a poller does.
        self.comes_again = False

    def of(self, contract: str) -> Count:
        """Give the count of a contract, to be added to."""
        return self.contracts.setdefault(contract, Count())

    def problem(self, message: str) -> None:
        """Remember what went wrong beyond a single document: the work is not all done."""
        _LOG.warning("%s", message)
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(message)

    @property
    def is_whole(self) -> bool:
        """Tell whether everything was done, or will be."""
        failed = sum(count.failed for count in self.contracts.values())
        return self.comes_again or not (self.problems or failed)

    def show(self) -> None:
        """Show where the work stands, in one line of a terminal."""
        if sys.stderr.isatty():
            counts = (f"{name} {count.landed:,}" for name, count in self.contracts.items())
            sys.stderr.write(f"\r\033[K{', '.join(counts)}"[:200])
            sys.stderr.flush()

    def hide(self) -> None:
        """Clear that line."""
        if sys.stderr.isatty():
            sys.stderr.write("\r\033[K")

    def to_json(self) -> bytes:
        """Tell it to a program."""
        report: dict[str, object] = {"contracts": self.contracts, "problems": self.problems}
        if self.compared:
            report["reconciliation"] = self.compared
        return msgspec.json.encode(report)

    def to_text(self) -> str:
        """Tell it to a person: a line per contract."""
        rows = [["contract", "fetched", "landed", "skipped", "failed"]]
        for name, count in sorted(self.contracts.items()):
            numbers = (count.fetched, count.landed, count.skipped, count.failed)
            rows.append([name, *(f"{number:,}" for number in numbers)])
        width = max(len(row[0]) for row in rows)
        lines = [f"{row[0]:{width}}" + "".join(f"  {cell:>9}" for cell in row[1:]) for row in rows]
        if self.compared:
            one = self.compared
            lines.append(
                f"Orders listed: {one.listed:,}; landed and current {one.current:,}, "
                f"missing {one.missing:,}, outdated {one.outdated:,}."
            )
        return "\n".join(lines)
