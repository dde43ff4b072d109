"""A dbt-duckdb plugin: what dbt writes is its owner's alone, from the first byte.

DuckDB has no grants, so personal data lives in a file of its own with mode 0600; its log and what
spills to disk while it is written hold the same data. DuckDB creates all of them by the process's
umask, and cannot make the folder they are in.
"""

import os
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin

PRIVATE_UMASK = 0o077


class Plugin(BasePlugin):
    """Prepares the file system before the first connection; changes nothing inside DuckDB."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Make the database's folder (by the user's own umask), then every new file private."""
        if self.creds is not None:
            Path(self.creds.path).parent.mkdir(parents=True, exist_ok=True)
        os.umask(PRIVATE_UMASK)
