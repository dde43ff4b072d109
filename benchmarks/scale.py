"""`vitrine build` over simulated shops of several sizes, beside one script written by hand.

The script (by_hand/) makes every fact table of the marts that the shop fills, with all its columns,
from the same raw files and does nothing else; each column must say what the marts' says. It is the
limit of the full build. That of an increment
is what a build of nothing new takes, and five per cent of the full build: what is new must cost
what is new, however much there is already.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import duckdb

from benchmarks.facts import compare_facts
from benchmarks.report import Measured, report, run_measured
from benchmarks.shops import VITRINE, Shop, land

_SIZES = [10_000, 100_000, 1_000_000]
# Promises are of a shop of this size: in a small one, dbt's own time is most.
_PROMISED = 1_000_000
_BY_HAND_RATIO = 2.5
_PEAK_MIB = 12 * 1024
_GROWTH = 1.3


def main(arguments: list[str] | None = None) -> None:
    """Simulate, land and build; prints six results a size, and how an increment grows with it."""
    parser = argparse.ArgumentParser(prog="benchmarks scale", description=__doc__)
    parser.add_argument("--orders", type=int, nargs="+", default=_SIZES, metavar="N")
    parser.add_argument("--repeats", type=int, default=2, help="of builds that have little to do")
    parser.add_argument("--shops", type=Path, help="folder of landed shops, to be used again")
    parser.add_argument("--prepare", action="store_true", help="make the shops, and build nothing")
    options = parser.parse_args(arguments)
    if options.shops:
        options.shops.mkdir(parents=True, exist_ok=True)
    smaller, before = None, 0.0
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-", dir=options.shops) as name:
        for orders in sorted(options.orders):
            shop = Shop((options.shops or Path(name)) / str(orders), orders)
            counts = [max(1, size // 100) for size in (orders, smaller or 0) if size]
            course = _Course(shop, Path(name) / "course", options.repeats)
            lines = course.prepare(counts)
            if not options.prepare:
                same, own = course.run(lines)
                if smaller:
                    more = max(1, smaller // 100)
                    against = f"as many more after {smaller}"
                    _tell(f"{more}_more_{orders}", same, "s", against, before, _GROWTH, orders)
                before = own
            smaller = orders


class _Course:
    """A shop, and builds of it in a folder that is removed after them."""

    def __init__(self, shop: Shop, folder: Path, repeats: int) -> None:
        self._shop = shop
        self._folder = folder
        self._repeats = repeats
        self._peaks = [0.0]

    def prepare(self, counts: list[int]) -> list[list[Path]]:
        """Land the shop and simulate its further days: of each count, a file a repeat."""
        self._shop.prepare()
        first, lines = self._shop.orders, []
        for count in counts:
            starts = range(first, first + count * self._repeats, count)
            lines.append([self._shop.more(start, count) for start in starts])
            first += count * self._repeats
        return lines

    def run(self, lines: list[list[Path]]) -> tuple[float, float]:
        """Build all, nothing new, and what `lines` say, and report; seconds of the increments.

        They are those of as many orders as the smaller size's increment had, and of one per cent.
        """
        self._folder.mkdir()
        raw = self._folder / "raw"
        self._shop.link_raw(raw)
        full = self._build()
        hand = self._by_hand(raw)
        empty = statistics.median(self._build().seconds for _ in range(self._repeats))
        increments = [statistics.median(map(self._increment, files)) for files in lines]
        shutil.rmtree(self._folder)
        self._report(full, hand, empty, increments[0])
        return increments[-1], increments[0]

    def _increment(self, lines: Path) -> float:
        land(lines, self._folder / "raw")
        return self._build().seconds

    def _build(self) -> Measured:
        settings = {
            "VITRINE_RAW": str(self._folder / "raw"),
            "VITRINE_WAREHOUSE": str(self._folder / "vitrine.duckdb"),
        }
        command = [VITRINE, "build", "--quiet", "--keep", "2"]
        measured = run_measured(command, os.environ | settings)
        self._peaks.append(measured.peak_mib)
        return measured

    def _by_hand(self, raw: Path) -> Measured:
        warehouse = self._folder / "vitrine.duckdb"
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            [(as_of,)] = connection.execute(
                "select as_of::varchar from validation.published_build"
            ).fetchall()
        database = self._folder / "by_hand.duckdb"
        key = self._folder / "vitrine_pii.key"
        script = [sys.executable, "-m", "benchmarks.by_hand"]
        measured = run_measured([*script, str(raw), str(database), str(key), as_of], os.environ)
        compare_facts(warehouse, database)
        database.unlink()
        return measured

    def _report(self, full: Measured, hand: Measured, empty: float, increment: float) -> None:
        orders, peak = self._shop.orders, max(self._peaks)
        by_hand = "by hand, the same facts from the same files"
        allowed = empty + 0.05 * full.seconds
        for name, value, unit, against, compared, limit in (
            ("full", full.seconds, "s", by_hand, hand.seconds, _BY_HAND_RATIO),
            ("full_read", full.read_mib, "MiB", by_hand, hand.read_mib, None),
            ("full_peak_memory", full.peak_mib, "MiB", by_hand, hand.peak_mib, None),
            ("peak_memory", peak, "MiB", "12 GiB", _PEAK_MIB, 1),
            ("nothing_new", empty, "s", "the full build", full.seconds, None),
            ("one_per_cent_more", increment, "s", "nothing new, 5 % of the full build", allowed, 1),
        ):
            _tell(f"{name}_{orders}", value, unit, against, compared, limit, orders)


def _tell(  # noqa: PLR0917 - a line's parts
    name: str,
    value: float,
    unit: str,
    against: str,
    compared: float,
    limit: float | None,
    orders: int,
) -> None:
    """Report a figure, and whether its ratio keeps a promise of a shop of this size."""
    ratio = value / compared
    is_promised = limit is not None and orders >= _PROMISED
    report(
        f"scale_{name}", value, unit, against=against, ratio=ratio,
        target=f"<= {limit}" if is_promised else None,
        met=ratio <= limit if limit is not None and is_promised else None,
    )  # fmt: skip


if __name__ == "__main__":
    main()
