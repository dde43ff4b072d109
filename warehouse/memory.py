"""A dbt-duckdb plugin: how much memory a build takes before it spills to its folder.

DuckDB's own limit is four fifths of the machine (or container), and it keeps what it has read until
it needs the room. A build shares its machine with landing and with whoever asks the warehouse.
"""

import os
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin


class Plugin(BasePlugin):
    """Sets the limit: VITRINE_MEMORY (such as `8GiB`), else half of DuckDB's own."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Decide before the first connection. Raises ValueError for what is no size."""
        self._limit = os.environ.get("VITRINE_MEMORY") or _half()
        try:
            duckdb.connect(config={"memory_limit": self._limit}).close()
        except duckdb.Error as error:
            raise ValueError(
                f"VITRINE_MEMORY is {self._limit!r}, which is no size: give it as in 8GiB."
            ) from error

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Limit the one database of which all connections are cursors."""
        conn.execute("set memory_limit = $limit", {"limit": self._limit})


def _half() -> str:
    """Halve what DuckDB takes by itself: it knows what a container may have."""
    with duckdb.connect() as connection:
        (limit,) = connection.execute("select current_setting('memory_limit')").fetchall()[0]
    size, unit = str(limit).split()
    return f"{float(size) / 2}{unit}"
