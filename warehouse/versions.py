"""Where a published warehouse is: versioned files, and the links that say which one counts.

Beside the link `vitrine.duckdb` lie `vitrine-<build>.duckdb`, one per kept build, each with the
restricted `vitrine_pii-<build>.duckdb` and its link `vitrine_pii.duckdb`. The main link is the one
that decides: who wants both files of one build resolves it and derives the other's name.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warehouse.errors import WarehouseError

_TIME = "%Y%m%dT%H%M%S%fZ"


def build_time(build_id: str) -> datetime:
    """Read from its id when a build started, UTC."""
    return datetime.strptime(build_id, _TIME).replace(tzinfo=UTC)


def next_build_id(previous: str | None) -> str:
    """Make an id that sorts after the previous one, even if the clock was set back meanwhile."""
    now = datetime.now(UTC)
    if previous is not None:
        now = max(now, build_time(previous) + timedelta(microseconds=1))
    return now.strftime(_TIME)


@dataclass(frozen=True)
class Workspace:
    """The private folder of the build that is running.

    Its names never change: dbt names the database after the file.
    """

    folder: Path

    @property
    def main(self) -> Path:
        """The file that will be published."""
        return self.folder / "vitrine.duckdb"

    @property
    def pii(self) -> Path:
        """The restricted file that will be published with it."""
        return self.folder / "vitrine_pii.duckdb"

    @property
    def target(self) -> Path:
        """What dbt compiles: kept from build to build."""
        return self.folder / "target"

    @property
    def logs(self) -> Path:
        """What dbt logs: kept from build to build."""
        return self.folder / "logs"

    @property
    def audited(self) -> Path:
        """What says that the two files are audited, and may be published."""
        return self.folder / "audited.json"


@dataclass(frozen=True)
class Warehouse:
    """The names of a warehouse published under `link` (an absolute path)."""

    link: Path

    @property
    def folder(self) -> Path:
        """Where everything of this warehouse lies, on one file system."""
        return self.link.parent

    @property
    def pii_link(self) -> Path:
        """The link to the restricted file of the published build."""
        return self.link.with_stem(f"{self.link.stem}_pii")

    @property
    def key(self) -> Path:
        """The key of keyed hashes, for the views of the published file: never another one.

        It is the restricted file's, which hands it on from build to build.
        """
        return self.pii_link.with_suffix(".key")

    @property
    def workspace(self) -> Workspace:
        """Where a build works; on the same file system, so that a rename publishes."""
        return Workspace(self.folder / f".{self.link.stem}-build")

    @property
    def lock(self) -> Path:
        """The file that a build holds locked."""
        return self.folder / f".{self.link.stem}-build.lock"

    @property
    def night_lock(self) -> Path:
        """The file that a night run holds locked."""
        return self.folder / f".{self.link.stem}-night.lock"

    @property
    def report(self) -> Path:
        """The page that tells of the published build."""
        return self.folder / f"{self.link.stem}_report.html"

    @property
    def docs(self) -> Path:
        """The page that describes the project."""
        return self.folder / f"{self.link.stem}_docs.html"

    @property
    def nights(self) -> Path:
        """The folder of what night runs did, which views of the published file read."""
        return self.folder / f"{self.link.stem}_nights"

    def version(self, build_id: str) -> Path:
        """Name the file of one build."""
        return self.link.with_stem(f"{self.link.stem}-{build_id}")

    def pii_version(self, build_id: str) -> Path:
        """Name the restricted file of one build."""
        return self.link.with_stem(f"{self.link.stem}_pii-{build_id}")

    def published(self) -> str | None:
        """Return the id of the published build, None if there is none (or its file is gone).

        Raises WarehouseError if something else than our link bears the name.
        """
        try:
            target = self.link.readlink()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise WarehouseError(
                f"{self.link} is not a link to a published build ({error.strerror}); "
                "move it away, or set VITRINE_WAREHOUSE to another path."
            ) from error
        build_id = self._build_id(target.name)
        if build_id is None or target != Path(self.version(build_id).name):
            raise WarehouseError(
                f"{self.link} links to {target}, which is no build of this warehouse; "
                "move it away, or set VITRINE_WAREHOUSE to another path."
            )
        return build_id if self.version(build_id).is_file() else None

    def published_file(self) -> Path:
        """Name the published file, for who reads it. Raises WarehouseError if there is none."""
        build_id = self.published()
        if build_id is None:
            raise WarehouseError(f"nothing is published at {self.link}. Run `vitrine build`.")
        return self.version(build_id)

    def build_ids(self) -> list[str]:
        """List the builds that have a file here, oldest first."""
        found = {self._build_id(path.name) for path in self.folder.iterdir()}
        return sorted(build_id for build_id in found if build_id is not None)

    def is_complete(self, build_id: str) -> bool:
        """Whether both files of a build are here."""
        return self.version(build_id).is_file() and self.pii_version(build_id).is_file()

    def _build_id(self, name: str) -> str | None:
        """Return the build that a file's name belongs to, None if it is none of ours."""
        stem, suffix = re.escape(self.link.stem), re.escape(self.link.suffix)
        match = re.fullmatch(rf"{stem}(?:_pii)?-(\d{{8}}T\d{{12}}Z){suffix}", name)
        return match.group(1) if match else None
