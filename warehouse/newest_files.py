"""A dbt-duckdb plugin: tests of the speed layer's views look at the newest files alone.

The views read what landed within the last hour or two anew for each question, and a build has a
dozen questions. That is a matter of an hour's traffic, unless a history was landed just before.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from ingestion import contracts, settings
from ingestion.storage import Kept, Storage, open_storage
from warehouse.landed_hours import landed_hours

# Of each raw table: some fifteen hundred orders in all their versions.
_MOST_BYTES = 4 << 20
_WINDOW = timedelta(hours=2)


class Plugin(BasePlugin):
    """Tells `newest_` views which files to read, where there are too many; they ask a variable."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Look at nothing yet: not every run of dbt reads."""
        self._statements: list[str] | None = None

    def configure_cursor(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Set the variables, which each cursor has of its own; raw is looked at once."""
        if self._statements is None:
            self._statements = list(_statements(open_storage(settings.raw_root())))
        for statement in self._statements:
            cursor.execute(statement)


def _statements(storage: Storage) -> Iterator[str]:
    since = datetime.now(UTC) - _WINDOW
    for table in contracts.load().tables:
        found = [file for hour in landed_hours(table, since) for file in storage.find(hour)]
        newest = _newest(found)
        if len(newest) < len(found):
            paths = [f"{storage.url}/{file.place}".replace("'", "''") for file in newest]
            listed = "', '".join(paths)
            yield f"set variable newest_{table} = ['{listed}']"


def _newest(files: list[Kept]) -> list[Kept]:
    """Give the newest files up to the limit, and the very newest whatever its size."""
    chosen: list[Kept] = []
    size = 0
    for file in sorted(files, key=lambda one: (one.modified_at, one.place), reverse=True):
        size += file.size_bytes
        if chosen and size > _MOST_BYTES:
            break
        chosen.append(file)
    return chosen
