"""`vitrine land` beside other ways from the same rows to Parquet files.

All are whole commands, in turns: start and imports count. DuckDB's copy of the same lines knows the
columns and their types, and does nothing of what landing does beside: hash the content, route by
contract, find the time of the event, sync, keep a journal. dlt is fed with rows, with Arrow tables
of such rows, or with what Arrow's own reader makes of these lines. The last is faster and has no
target: it lands only rows of which all have the attributes that the first ones have.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import Measured, report, run_measured
from benchmarks.rows import write_lines

_PAYLOAD_BYTES = 617
_ORDER_BYTES = 14_000
# dlt takes half a minute for so many dicts; ten times as many would take no other rate.
_DICT_SHARE = 0.1
_ORDER_SHARE = 0.05
_TURNS = 3
_PEAK_MB = 300

_DLT = str(Path(__file__).with_name("dlt_rival.py"))
_COPY = """
import sys, duckdb
source, target = sys.argv[1:]
duckdb.sql(f'''
    copy (
        select * from read_json('{source}', format = 'newline_delimited', columns = {{
            subscription_name: 'VARCHAR', message_id: 'VARCHAR', publish_time: 'TIMESTAMP',
            attributes: 'JSON', data: 'VARCHAR'
        }})
    ) to '{target}' (format parquet, compression zstd)
''')
"""


class _Course:
    """Rows to land, and runs over them in a folder."""

    def __init__(self, folder: Path, lines: dict[int, Path], row_count: int) -> None:
        self.folder = folder
        self.rows = row_count
        self._lines = lines

    def land(self) -> float:
        """Land the lines; rows a second."""
        return self.rows / self._land(looks=False).seconds

    def peak_mb(self) -> float:
        """Land them; the memory that it takes."""
        return self._land(looks=True).peak_mib * 1024 * 1024 / 1e6

    def _land(self, *, looks: bool) -> Measured:
        lines, raw = self._lines[self.rows], self.folder / "raw"
        vitrine = str(Path(sys.executable).with_name("vitrine"))
        result = run_measured(
            [vitrine, "land", str(lines)], os.environ | {"VITRINE_RAW": str(raw)}, looks=looks
        )
        shutil.rmtree(raw)
        return result

    def copy(self) -> float:
        """Have DuckDB copy them."""
        source, target = self._lines[self.rows], self.folder / "copy.parquet"
        command = [sys.executable, "-c", _COPY, str(source), str(target)]
        return self.rows / run_measured(command, os.environ, looks=False).seconds

    def dlt(self, form: str, count: int) -> float:
        """Have dlt load so many of them."""
        source, target = self._lines[count], self.folder / "dlt"
        command = [sys.executable, _DLT, form, str(source), str(target)]
        measured = run_measured(command, os.environ, looks=False)
        shutil.rmtree(target)
        return count / measured.seconds


def main(arguments: list[str] | None = None) -> None:
    """Make rows, and land them in turns with each rival; prints a result for each."""
    parser = argparse.ArgumentParser(prog="benchmarks landing", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=_TURNS, help="of which the median counts")
    parser.add_argument("--lines", type=Path, help="folder of rows, to be used again")
    options = parser.parse_args(arguments)
    rows, dicts = options.rows, int(options.rows * _DICT_SHARE)
    orders = int(rows * _ORDER_SHARE)
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as name:
        kept = options.lines or Path(name)
        lines = {
            count: _made(kept / f"{count}x{size}.ndjson", count, size)
            for count, size in (
                (rows, _PAYLOAD_BYTES), (dicts, _PAYLOAD_BYTES), (orders, _ORDER_BYTES)
            )
        }  # fmt: skip
        course, turns = _Course(Path(name), lines, rows), options.turns
        _compare(course, "DuckDB read_json to zstd Parquet", 0.7, course.copy, turns)
        _compare(course, "dlt, fed by Arrow", 2, lambda: course.dlt("arrow", rows), turns)
        _compare(
            course, "dlt, fed by Arrow's reader", None, lambda: course.dlt("reader", rows), turns
        )
        _compare(course, "dlt, fed by rows", 15, lambda: course.dlt("rows", dicts), turns)
        _report_peak("events", course, turns)
        _report_peak("orders", _Course(Path(name), lines, orders), turns)


def _made(path: Path, count: int, payload_bytes: int) -> Path:
    """Give the file of so many rows; write it once."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        write_lines(part, count, payload_bytes)
        part.rename(path)
    return path


def _compare(
    course: _Course, against: str, target: float | None, rival: Callable[[], float], turns: int
) -> None:
    rates = [(course.land(), rival()) for _ in range(turns)]
    ours, theirs = (statistics.median(each) for each in zip(*rates, strict=True))
    report(
        "landing_rate", ours, "messages/s", against=against, ratio=ours / theirs,
        target=f">= {target}" if target else None, met=ours / theirs >= target if target else None,
    )  # fmt: skip


def _report_peak(of: str, course: _Course, turns: int) -> None:
    peak = max(course.peak_mb() for _ in range(turns))
    report(
        f"landing_peak_memory_{of}", peak, "MB", against=f"{_PEAK_MB} MB",
        ratio=peak / _PEAK_MB, target="<= 1", met=peak <= _PEAK_MB,
    )  # fmt: skip


if __name__ == "__main__":
    main()
