"""A dbt-duckdb plugin: lets DuckDB read a raw root that is in a bucket.

By the same library that lands there, with the same credentials; DuckDB's own extension for it would
have to be downloaded.
"""

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from ingestion import settings
from ingestion.storage import open_storage


class Plugin(BasePlugin):
    """Registers the raw root's file system; changes nothing where raw is a folder."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Prepare the one connection of which all others are cursors."""
        open_storage(settings.raw_root()).register(conn)
