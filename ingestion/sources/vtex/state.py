"""What a pull remembers between runs: how far it came, and which orders it could not find.

Nothing here is needed for correctness: without it, work is done again.
"""

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import click

_SCHEMA = """
create table if not exists job (name text primary key, started_at text, until_ms integer);
create table if not exists done (job text, unit text, primary key (job, unit)) without rowid;
create table if not exists finished (job text primary key, started_at text);
create table if not exists missing_order (
    shop text, order_id text, tries integer, primary key (shop, order_id)
);
"""


class Job:
    """A piece of work that goes on where it was interrupted, unit by unit."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self._name = name
        row = connection.execute(
            "select started_at, until_ms from job where name = ?", [name]
        ).fetchone()
        self.started_at = datetime.fromisoformat(row[0])
        # milliseconds since 1970: what was "now" to the run that began it
        self.until_ms: int = row[1]

    def is_done(self, unit: str) -> bool:
        """Tell whether a unit was marked."""
        query = "select 1 from done where job = ? and unit = ?"
        return self._connection.execute(query, [self._name, unit]).fetchone() is not None

    def mark(self, units: Iterable[str]) -> None:
        """Remember that units are done; only after what they stand for is durable."""
        with self._connection:
            self._connection.executemany(
                "insert or ignore into done values (?, ?)", [(self._name, unit) for unit in units]
            )

    def finish(self) -> None:
        """Forget the units: the next run of this job does all of them anew."""
        with self._connection:
            self._connection.execute("delete from done where job = ?", [self._name])
            self._connection.execute("delete from job where name = ?", [self._name])
            self._connection.execute(
                "insert or replace into finished values (?, ?)",
                [self._name, self.started_at.isoformat()],
            )


class State:
    """The state of one account and sink, in a file of a folder; for one thread.

    Raises click.ClickException if the file cannot be used.
    """

    def __init__(self, folder: Path, account: str, sink: str) -> None:
        self._shop = f"{account} to {sink}"
        self._path = folder / "vtex.sqlite3"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(self._path, timeout=30)
            self._connection.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise click.ClickException(
                f"{self._path}: {error}: set VITRINE_STATE to a folder that can be written, "
                "or remove the file (then pulls begin anew)."
            ) from error

    def __enter__(self) -> Self:
        """Use until the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._connection.close()

    def begin(self, name: str, until_ms: int, resumable_for: timedelta) -> Job:
        """Go on with a job that was interrupted, unless it is too old; else begin it."""
        name = f"{self._shop}: {name}"
        now = datetime.now(UTC)
        row = self._connection.execute(
            "select started_at from job where name = ?", [name]
        ).fetchone()
        if row is None or now - datetime.fromisoformat(row[0]) > resumable_for:
            with self._connection:
                self._connection.execute("delete from done where job = ?", [name])
                self._connection.execute(
                    "insert or replace into job values (?, ?, ?)", [name, now.isoformat(), until_ms]
                )
        return Job(self._connection, name)

    def last_finished(self, name: str) -> datetime | None:
        """Say when the last whole run of a job began (UTC)."""
        row = self._connection.execute(
            "select started_at from finished where job = ?", [f"{self._shop}: {name}"]
        ).fetchone()
        return datetime.fromisoformat(row[0]) if row else None

    def count_missing(self, order_id: str) -> int:
        """Remember that an order was not found; how often that happened so far."""
        with self._connection:
            row = self._connection.execute(
                "insert into missing_order values (?, ?, 1)"
                " on conflict do update set tries = tries + 1 returning tries",
                [self._shop, order_id],
            ).fetchone()
        return int(row[0])

    def found(self, order_ids: Iterable[str]) -> None:
        """Forget that orders were not found."""
        with self._connection:
            self._connection.executemany(
                "delete from missing_order where shop = ? and order_id = ?",
                [(self._shop, order_id) for order_id in order_ids],
            )

    def missing_orders(self) -> list[str]:
        """List the orders that were not found."""
        rows = self._connection.execute(
            "select order_id from missing_order where shop = ? order by 1", [self._shop]
        )
        return [row[0] for row in rows]
