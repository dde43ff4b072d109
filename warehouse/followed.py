"""One build in a database in memory, merged with the newest raw, which is followed.

Its tables and views have the names that they have in the published and the restricted file. Each
landed file is read once: `newest_` views become tables. So do `recent_` views, what the newest raw
comes to: a file renews as much of them as it says something of. All other views are the published
ones, word for word, and so are those that fill the tables.
"""

import time
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import NamedTuple

import duckdb

from ingestion.storage import LocalStorage, Root, open_storage
from warehouse.clean_copy import SCHEMA_OF_VIEWS, create_views
from warehouse.landed_hours import landed_hours
from warehouse.versions import Warehouse, build_time

# `newest_<raw table>`, a view over files, which a variable of the same name can tell it, looks at
# one message at a time; `newest_<raw table>__<part>` is a view over that one.
_NEWEST = "newest_"
_PART = "__"
# The hours in which files are looked for; the views leave out what lies before their own bound.
_LOOK_BACK = timedelta(days=1)
# A file that was in its place so long before the build began is in the build, by any clock.
_MARGIN = timedelta(minutes=5)
# Files read by one statement.
_FILES_AT_ONCE = 500
_RESTRICTED = ("pii", "cleansed", "staging")
# The database that is asked, and one that has, of the newest raw, only what new rows touch.
_ASKED, _TOUCHED = "memory", "touched"


class _Topic(NamedTuple):
    """Raw tables, and views that look at them one value of a column of theirs at a time."""

    raw_tables: list[str]
    key: str = ""
    views: list[str] = []  # noqa: RUF012 (a tuple's default, which nobody changes)


_TOPICS = (
    _Topic(
        ["storefront_events"], "source_session_id", ["recent_customer_events", "recent_cart_lines"]
    ),
    _Topic(["vtex_orders", "vtex_order_events"], "order_id", ["recent_orders"]),
    _Topic(["vtex_inventory"], "sku_id", ["recent_stock_levels"]),
)


class Followed:
    """A build and what has landed since; of one thread, but for cursors of its connection."""

    def __init__(self, warehouse: Warehouse, build_id: str, raw_root: Root) -> None:
        """Open a build, and read what has landed since it looked.

        Raises LandingError, OSError and duckdb.Error if what is there cannot be read.
        """
        self.build_id = build_id
        # When the last successful look at raw began, UTC.
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
        self.connection.execute(f"attach ':memory:' as {_TOUCHED}")
        self._topics = self._name_everything()
        self.follow()

    def follow(self) -> None:
        """Read what has landed since the last time; raises what opening does."""
        began = datetime.now(UTC)
        for topic in self._topics:
            for table in topic.raw_tables:
                for hour in landed_hours(table, self._since):
                    self._read_hour(topic, table, hour)
        self.looked_at = began

    def _name_everything(self) -> list[_Topic]:
        """Give tables and views their own names here; returns what is to be followed."""
        views = dict(
            self.connection.execute(
                "select view_name, sql from duckdb_views()"
                " where database_name = 'published' and schema_name = ?",
                [SCHEMA_OF_VIEWS],
            ).fetchall()
        )
        followed = [name for name in views if name.startswith(_NEWEST) and _PART not in name]
        raw_tables = {name.removeprefix(_NEWEST) for name in followed}
        topics = [
            _Topic(
                [table for table in topic.raw_tables if table in raw_tables],
                topic.key,
                [view for view in topic.views if view in views],
            )
            for topic in _TOPICS
        ]
        others = raw_tables.difference(*(topic.raw_tables for topic in topics))
        topics += [_Topic([table]) for table in sorted(others)]
        kept = [view for topic in topics for view in topic.views]
        self._name_in(_TOUCHED, views, followed)
        self._name_in(_ASKED, views, [*followed, *kept])
        return topics

    def _name_in(self, database: str, views: dict[str, str], kept: Collection[str]) -> None:
        """Give names in one database: those of views that are kept as tables are of empty ones."""
        execute = self.connection.execute
        tables = execute(
            "select database_name, schema_name, table_name from duckdb_tables()"
            " where database_name = 'published'"
            " or database_name = 'restricted' and list_contains(?, schema_name)",
            [list(_RESTRICTED)],
        ).fetchall()
        execute(f"use {database}")
        for schema in {schema for _, schema, _ in tables} | {SCHEMA_OF_VIEWS}:
            execute(f'create schema if not exists "{schema}"')
        for source, schema, name in tables:
            execute(f'create view "{schema}"."{name}" as from {source}."{schema}"."{name}"')
        for name in kept:
            execute(f'create table speed."{name}" as from published.speed."{name}" limit 0')
        create_views(self.connection, [sql for name, sql in views.items() if name not in kept])

    def _read_hour(self, topic: _Topic, table: str, hour: PurePosixPath) -> None:
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
            self._add(topic, table, [f"{self._storage.url}/{hour}/{name}" for name in batch])
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

    def _add(self, topic: _Topic, table: str, files: list[str]) -> None:
        """Add the rows of files, and renew what they say something of: all of it or nothing."""
        execute = self.connection.execute
        quoted = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
        newest = f'speed."{_NEWEST}{table}"'
        touched = f'where "{topic.key}" in (from temp.keys)'
        execute(f"set variable {_NEWEST}{table} = [{quoted}]")
        execute(f"create or replace temp table new_rows as from published.{newest}")
        if topic.views:
            execute(
                f'create or replace temp table keys as select "{topic.key}" from new_rows'  # noqa: S608 (our own)
            )
            for one in topic.raw_tables:
                known = f'speed."{_NEWEST}{one}"'
                execute(f"truncate {_TOUCHED}.{known}")
                execute(f"insert into {_TOUCHED}.{known} from {_ASKED}.{known} {touched}")
            execute(f"insert into {_TOUCHED}.{newest} by name from temp.new_rows")
        with self._transaction():
            execute(f"insert into {_ASKED}.{newest} by name from temp.new_rows")
            for view in topic.views:
                recent = f'speed."{view}"'
                execute(f"delete from {_ASKED}.{recent} {touched}")  # noqa: S608 (our own names)
                execute(f"insert into {_ASKED}.{recent} by name from {_TOUCHED}.{recent}")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.connection.execute("begin")
        try:
            yield
        except BaseException:
            self.connection.execute("rollback")
            raise
        self.connection.execute("commit")
