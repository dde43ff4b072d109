"""The speed layer for a process that stays: what was published, with the newest raw followed.

The published views read the newest raw each time that they are asked. A process that is asked often
follows it instead: every landed file is read once, by the same views, into tables of their names in
memory, and the views over them are the published ones, word for word. A build is taken over as a
whole, beside the one that is served, so that each answer is of one build and all that was landed.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import duckdb

from ingestion.errors import LandingError
from ingestion.storage import LocalStorage, Root, open_storage
from warehouse.clean_copy import create_views
from warehouse.errors import WarehouseError
from warehouse.versions import Warehouse, build_time

# How long a landed file stays unseen at most, and its folder's listing unread.
POLL_SECONDS = 0.25
# `newest_<raw table>`: a view over files, which a variable of the same name can tell it; and
# `newest_<raw table>__<part>`, a view over that one. Neither looks from one message to another.
_PREFIX = "newest_"
_PART = "__"
# The hours in which files are looked for; the views leave out what lies before their own bound.
_LOOK_BACK = timedelta(days=1)
# A file that was in its place so long before the build began is in the build, by any clock.
_MARGIN = timedelta(minutes=5)
# Files read by one statement.
_FILES_AT_ONCE = 500
_RESTRICTED = ("pii", "cleansed", "staging")

_logger = logging.getLogger(__name__)


class Live:
    """Serves one warehouse: the newest published build, merged with what has landed since."""

    def __init__(self, warehouse: Warehouse, raw_root: Root) -> None:
        """Name what is served; nothing is opened before `start`."""
        self._warehouse = warehouse
        self._raw_root = raw_root
        self._serving: _Serving | None = None
        self._opening: threading.Thread | None = None
        # Opened, and not served yet.
        self._next: _Serving | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)

    def start(self) -> None:
        """Open what is published, if anything is, and follow raw and publications from now on.

        Raises WarehouseError, LandingError, OSError and duckdb.Error if what is there cannot be
        read; later on, such an error is logged and tried again.
        """
        build_id = self._warehouse.published()
        if build_id is not None:
            self._serving = _Serving(self._warehouse, build_id, self._raw_root)
        self._thread.start()

    def stop(self) -> None:
        """Stop following; cursors that are open stay so."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._opening is not None:
            self._opening.join()

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor on one build and all that was landed, as of now.

        Schemas have the names that they have in the published and the restricted file. Raises
        WarehouseError if nothing is published yet.
        """
        serving = self._serving
        if serving is None:
            raise WarehouseError(f"{self._warehouse.link}: nothing is published yet; build first.")
        with serving.connection.cursor() as cursor:
            yield cursor

    @property
    def build_id(self) -> str | None:
        """The build that is served now."""
        return self._serving.build_id if self._serving is not None else None

    @property
    def looked_at(self) -> datetime | None:
        """When the last successful look at raw began, UTC: all that was landed then is served."""
        return self._serving.looked_at if self._serving is not None else None

    def _run(self) -> None:
        while not self._stopped.wait(POLL_SECONDS):
            try:
                self._take_over()
                if self._serving is not None:
                    self._serving.follow()
            except (OSError, LandingError, WarehouseError, duckdb.Error) as error:
                _logger.warning("cannot follow %s: %s", self._raw_root, type(error).__name__)

    def _take_over(self) -> None:
        """Open a new publication beside what is served, which is followed meanwhile."""
        if self._next is not None:
            # What is served was not followed since: nothing that was there is missing afterwards.
            self._next.follow()
            self._serving, self._next = self._next, None
        build_id = self._warehouse.published()
        if build_id in (None, self.build_id):
            return
        if self._opening is None or not self._opening.is_alive():
            self._opening = threading.Thread(target=self._open, args=(build_id,), daemon=True)
            self._opening.start()

    def _open(self, build_id: str) -> None:
        try:
            self._next = _Serving(self._warehouse, build_id, self._raw_root)
        except (OSError, LandingError, WarehouseError, duckdb.Error) as error:
            # It may have been removed meanwhile, by a still newer one; the next look tells.
            _logger.warning("cannot open build %s: %s", build_id, type(error).__name__)


class _Serving:
    """One build, in a database in memory that has the names of its tables and views."""

    def __init__(self, warehouse: Warehouse, build_id: str, raw_root: Root) -> None:
        self.build_id = build_id
        self.looked_at: datetime | None = None
        self._storage = open_storage(raw_root)
        self._since = build_time(build_id) - _LOOK_BACK
        self._not_in_build = (build_time(build_id) - _MARGIN).timestamp()
        # of each folder of an hour: when it last changed, and the files that were read
        self._changed: dict[PurePosixPath, int] = {}
        self._read: dict[PurePosixPath, set[str]] = defaultdict(set)
        self.connection = duckdb.connect()
        # Questions are small and many: each runs in the thread that asks it.
        self.connection.execute("set threads = 1")
        self.connection.execute("set timezone = 'UTC'")
        self._storage.register(self.connection)
        for name, path in (
            ("published", warehouse.version(build_id)),
            ("restricted", warehouse.pii_version(build_id)),
        ):
            quoted = str(path).replace("'", "''")
            self.connection.execute(f"attach '{quoted}' as {name} (read_only)")
        # of each raw table, the views to read it by
        self._newest = self._name_everything()
        self.follow()

    def follow(self) -> None:
        """Read what has landed since the last time."""
        began = datetime.now(UTC)
        for table in self._newest:
            for hour in self._hours(table):
                self._read_hour(table, hour)
        self.looked_at = began

    def _name_everything(self) -> dict[str, list[str]]:
        """Give tables and views their own names here; returns what is to be followed."""
        execute = self.connection.execute
        tables = execute(
            "select database_name, schema_name, table_name from duckdb_tables()"
            " where database_name = 'published'"
            " or database_name = 'restricted' and list_contains(?, schema_name)",
            [list(_RESTRICTED)],
        ).fetchall()
        views = execute(
            "select schema_name, view_name, sql from duckdb_views()"
            " where database_name = 'published' and not internal"
        ).fetchall()
        for schema in {schema for _, schema, _ in tables} | {schema for schema, _, _ in views}:
            execute(f'create schema if not exists "{schema}"')
        for database, schema, name in tables:
            execute(f'create view "{schema}"."{name}" as from {database}."{schema}"."{name}"')
        newest = [name for _, name, _ in views if name.startswith(_PREFIX)]
        for name in newest:
            execute(f'create table speed."{name}" as from published.speed."{name}" limit 0')
        create_views(self.connection, [sql for _, name, sql in views if name not in newest])
        followed = defaultdict(list)
        for name in sorted(newest):
            followed[name.removeprefix(_PREFIX).split(_PART)[0]].append(name)
        return followed

    def _hours(self, table: str) -> Iterator[PurePosixPath]:
        """Name the folders that may have new files; an hour's stays open for a while."""
        hour = self._since.replace(minute=0, second=0, microsecond=0)
        # A lander's clock may be ahead of ours.
        while hour <= datetime.now(UTC) + timedelta(hours=1):
            yield PurePosixPath(
                "landed", table, f"landed_date={hour:%Y-%m-%d}", f"landed_hour={hour:%H}"
            )
            hour += timedelta(hours=1)

    def _read_hour(self, table: str, hour: PurePosixPath) -> None:
        changed = self._change_of(hour)
        if changed is not None and changed == self._changed.get(hour):
            return
        found = {
            file.place.name
            for file in self._storage.find(hour)
            if file.modified_at >= self._not_in_build
        }
        new = sorted(found - self._read[hour])
        for start in range(0, len(new), _FILES_AT_ONCE):
            batch = new[start : start + _FILES_AT_ONCE]
            self._insert(table, [f"{self._storage.url}/{hour}/{name}" for name in batch])
            self._read[hour].update(batch)
        # A clock of coarse ticks can give two changes one time.
        if changed is not None and time.time_ns() - changed > 10**9:
            self._changed[hour] = changed

    def _change_of(self, hour: PurePosixPath) -> int | None:
        """Tell when a folder last changed, where that can be asked for less than its listing.

        To be asked first: a file that comes later changes it again.
        """
        if not isinstance(self._storage, LocalStorage):
            return None
        with suppress(FileNotFoundError):
            return (self._storage.root / hour).stat().st_mtime_ns
        return 0

    def _insert(self, table: str, files: list[str]) -> None:
        quoted = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
        execute = self.connection.execute
        execute(f"set variable {_PREFIX}{table} = [{quoted}]")
        execute("begin")
        try:
            for name in self._newest[table]:
                execute(f'insert into speed."{name}" by name from published.speed."{name}"')
        except duckdb.Error:
            execute("rollback")
            raise
        execute("commit")
