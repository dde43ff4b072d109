"""Simulated shops to build from: landed once, kept, and gone on with where a run was stopped."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import run_measured

# So many purchases are simulated and landed at a time: 20 GB of messages.
_PORTION = 200_000
# Receipts for each purchase: a million purchases bring 1.5 million lines of receipts.
_RECEIPTS = 0.25
# Any hour that is over: a history is not what the speed layer's views read as news.
_LANDED = "landed_date=2024-12-31/landed_hour=23"
VITRINE = str(Path(sys.executable).with_name("vitrine"))


@dataclass(frozen=True)
class Shop:
    """A shop of so many purchases in a year; what is in `folder` is used again."""

    folder: Path
    orders: int

    def prepare(self) -> None:
        """Simulate and land what is not landed yet."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for first in range(0, self.orders, _PORTION):
            landed = self.folder / f"landed-{first}"
            if not landed.exists():
                lines = self.folder / "portion.ndjson"
                self._simulate(lines, first, min(_PORTION, self.orders - first))
                # Landing the same portion again, after a kill, adds nothing.
                land(lines, self.folder / "raw")
                lines.unlink()
                landed.touch()

    def more(self, first: int, count: int) -> Path:
        """Give the file of so many purchases after the `first` ones; simulate them once."""
        lines = self.folder / f"more-{first}-{count}.ndjson"
        if not lines.exists():
            portion = self.folder / "portion.ndjson"
            self._simulate(portion, first, count)
            portion.rename(lines)
        return lines

    def link_raw(self, target: Path) -> None:
        """Make a raw root of the same files to land more into: they never change."""
        for table in (self.folder / "raw" / "landed").iterdir():
            hour = target / "landed" / table.name / _LANDED
            hour.mkdir(parents=True)
            for file in table.rglob("*.parquet"):
                (hour / file.name).hardlink_to(file)
        shutil.copytree(self.folder / "raw" / "journal", target / "journal")

    def _simulate(self, lines: Path, first: int, count: int) -> None:
        words = ["--orders", count, "--history", self.orders, "--new-orders-from", first]
        words += ["--receipts", _RECEIPTS, "--seed", 1, "--out", lines]
        run_measured([VITRINE, "simulate", *map(str, words)], os.environ, looks=False)


def land(lines: Path, raw: Path) -> None:
    """Land a file of messages."""
    environment = os.environ | {"VITRINE_RAW": str(raw)}
    run_measured([VITRINE, "land", str(lines)], environment, looks=False)
