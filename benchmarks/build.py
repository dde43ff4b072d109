"""`vitrine build` over a simulated store: the first build, nothing new, and one per cent more.

The limit for the increment is the first build of the same run: what is new must cost what is new.
"""

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.report import report, run_measured

_PEAK_MIB = 12 * 1024
_REPEATS = 3


def main(arguments: list[str] | None = None) -> None:
    """Simulate, land and build in a temporary folder; prints four results."""
    parser = argparse.ArgumentParser(prog="benchmarks build", description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000, help="purchases in the first build")
    orders = parser.parse_args(arguments).orders
    more = max(1, orders // 100)
    vitrine = str(Path(sys.executable).with_name("vitrine"))
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as name:
        folder = Path(name)
        environment = os.environ | {
            "VITRINE_RAW": str(folder / "raw"),
            "VITRINE_WAREHOUSE": str(folder / "vitrine.duckdb"),
        }

        def run(*words: object) -> tuple[float, float]:
            return run_measured([vitrine, *map(str, words)], environment)

        def simulate(count: int, first: int) -> Path:
            path = folder / f"{first}.ndjson"
            words = ["--orders", count, "--history", orders, "--new-orders-from", first]
            run("simulate", *words, "--seed", 1, "--out", path)
            return path

        run("land", simulate(orders, 0))
        first, first_peak = run("build", "--quiet")
        empty = statistics.median(run("build", "--quiet")[0] for _ in range(_REPEATS))
        increments, peaks = [], [first_peak]
        for number in range(_REPEATS):
            path = simulate(more, orders + number * more)
            run("land", path)
            seconds, peak = run("build", "--quiet")
            increments.append(seconds)
            peaks.append(peak)

    increment = statistics.median(increments)
    limit = empty + 0.05 * first
    report(
        f"build_first_{orders}", first, "s", against="10 minutes", ratio=first / 600,
        target="<= 1", met=first <= 600,
    )  # fmt: skip
    report(
        "build_nothing_new", empty, "s", against="the first build", ratio=empty / first,
        target="<= 0.5", met=empty <= 0.5 * first,
    )  # fmt: skip
    report(
        "build_one_per_cent_more", increment, "s",
        against="nothing new, and 5 % of the first build", ratio=increment / limit,
        target="<= 1", met=increment <= limit,
    )  # fmt: skip
    report(
        "build_peak_memory", max(peaks), "MiB", against="12 GiB", ratio=max(peaks) / _PEAK_MIB,
        target="<= 1", met=max(peaks) <= _PEAK_MIB,
    )  # fmt: skip


if __name__ == "__main__":
    main()
