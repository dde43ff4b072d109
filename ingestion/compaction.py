"""Compaction: many small landed files rewritten to few sorted ones, without anybody noticing.

New files get names of their own, and one new snapshot (see `ingestion.snapshots`) makes them count
in place of those that they replace: it is the commit. A crash before it leaves files that no
snapshot names; of two compactions at once, one gets the snapshot that both want. What was replaced
stays for a grace period, longer than anybody reads.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa

from ingestion import snapshots
from ingestion.compacted_files import ensure_schema_file, order_of
from ingestion.contracts import DEAD_LETTERS, Contract
from ingestion.errors import LandingError, explain
from ingestion.raw_layer import landed_hour
from ingestion.removal import remove_replaced
from ingestion.rewriting import OvertakenError, Sources, rewrite
from ingestion.snapshots import RawFiles
from ingestion.storage import Kept, Storage

# How much is rewritten between two commits: landed files, compressed.
ROUND_BYTES = 256 << 20

# Called with the number of landed bytes that have been dealt with.
Progress = Callable[[int], None]


class TableAccount(msgspec.Struct):
    """What became of a raw table."""

    table: str
    landed_files: int = 0
    landed_bytes: int = 0
    rows: int = 0
    # of the files written: messages, files, bytes
    messages: int = 0
    compacted_files: int = 0
    compacted_bytes: int = 0
    removed_files: int = 0
    removed_bytes: int = 0
    # Another compaction was at work on this table and has finished first.
    was_overtaken: bool = False
    error: str | None = None


class Compaction:
    """Compacts raw tables."""

    def __init__(self, storage: Storage, older_than: timedelta, grace: timedelta) -> None:
        """Compact landed hours that ended before `older_than` ago; keep files for `grace`."""
        self._storage = storage
        self._closed_before = datetime.now(UTC) - older_than
        self._grace = grace

    def compact(self, contract: Contract | None, progress: Progress) -> TableAccount:
        """Compact a contract's table (None: dead letters), and remove what it has replaced.

        An error is told in the account; all rounds before it count.
        """
        account = TableAccount(_table(contract))
        try:
            with self._storage.workspace() as scratch:
                ensure_schema_file(self._storage, account.table, scratch)
                while files := self._next_round(account.table):
                    self._rewrite(contract, files, scratch, account)
                    progress(account.landed_bytes)
            removed = remove_replaced(self._storage, account.table, self._grace)
            account.removed_files = len(removed)
            account.removed_bytes = sum(file.size_bytes for file in removed)
        except OvertakenError:
            account.was_overtaken = True
        except OSError as error:
            account.error = explain(error, Path(self._storage.url))
        except (duckdb.Error, pa.ArrowException) as error:
            account.error = f"{account.table}: {error}"
        except LandingError as error:
            account.error = error.message
        return account

    def waiting_bytes(self, contract: Contract | None) -> int:
        """Say how much of a contract's table is to be compacted; raises OSError."""
        files = snapshots.read_raw_files(self._storage, _table(contract))
        return sum(file.size_bytes for file in files.landed if self._is_closed(file))

    def _next_round(self, table: str) -> RawFiles | None:
        """Take the oldest landed files of closed hours, about ROUND_BYTES; None: there are none."""
        files = snapshots.read_raw_files(self._storage, table)
        taken: list[Kept] = []
        for file in sorted(files.landed):
            if self._is_closed(file) and sum(one.size_bytes for one in taken) < ROUND_BYTES:
                taken.append(file)
        return files._replace(landed=taken) if taken else None

    def _is_closed(self, file: Kept) -> bool:
        hour = landed_hour(file.place)
        return hour is not None and hour + timedelta(hours=1) <= self._closed_before

    def _rewrite(
        self, contract: Contract | None, files: RawFiles, scratch: Path, account: TableAccount
    ) -> None:
        rewritten = rewrite(
            self._storage, account.table, order_of(contract), Sources(files), scratch
        )
        account.landed_files += len(files.landed)
        account.landed_bytes += sum(file.size_bytes for file in files.landed)
        account.rows += rewritten.landed_rows
        account.messages += sum(one.message_count for one in rewritten.files)
        account.compacted_files += len(rewritten.files)
        account.compacted_bytes += sum(one.size_bytes for one in rewritten.files)


def _table(contract: Contract | None) -> str:
    return contract.table if contract else DEAD_LETTERS
