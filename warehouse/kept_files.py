"""Files beside the warehouse that nothing else can give back: keys, journals, logs, settings."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from delivery import settings as delivery_settings
from ingestion import settings


class KeptFile(NamedTuple):
    """A file of a backup; what its name is there, and where it belongs."""

    name: str
    path: Path
    # writes a copy that is whole, whoever writes meanwhile
    copy: Callable[[Path, Path], object] = shutil.copyfile
    # it only ever grows, so what begins as the backup's goes on from there
    is_log: bool = False


def kept_files() -> list[KeptFile]:
    """List them, whether or not they are there, by the settings of this process."""
    files = [
        # Who was forgotten is found by it, and who was sent what.
        KeptFile("suppression.key", settings.suppression_key_path()),
        KeptFile("deliveries.sqlite", delivery_settings.journal_path(), _copy_sqlite),
        KeptFile("seller_audit.jsonl", settings.seller_audit_path(), is_log=True),
        KeptFile("gateway.toml", settings.gateway_config_path()),
        KeptFile("seller.toml", settings.seller_config_path()),
        KeptFile("delivery.toml", delivery_settings.config_path()),
    ]
    if settings.has_own_contracts():
        files.append(KeptFile("contracts.toml", settings.contracts_path()))
    return files


def _copy_sqlite(path: Path, copy: Path) -> None:
    """Copy as of one commit, with what its log has; raises OSError if it is no database."""
    uri = f"{path.as_uri()}?mode=ro"
    try:
        with (
            closing(sqlite3.connect(uri, uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
    except sqlite3.Error as error:
        raise OSError(f"{path}: cannot be copied: {error}") from error
