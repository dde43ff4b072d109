"""What was sent, and what is about to be: written down before Twilio is asked.

A delivery is an `intent` first. Once Twilio has answered it is `sent` or `refused`; when Twilio has
surely not taken it, `unsent`. A process that dies leaves an intent, of which the next one asks
Twilio before it does anything else. People are keyed hashes of their phones.
"""

import fcntl
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from delivery.errors import DeliveryError

INTENT, SENT, REFUSED, UNSENT = "intent", "sent", "refused", "unsent"
# No vowels: no words; no 0, 1: no doubt.
_LETTERS = "23456789BCDFGHJKLMNPQRSTVWXZ"
_REFERENCE = 8
_SCHEMA = """
create table if not exists settings (name text primary key, value text not null) strict;
create table if not exists deliveries (
    delivery_id text primary key,
    -- stands in the message's text
    reference text not null unique,
    run_date text not null,
    -- the day on which it was intended, on the shop's clock
    local_date text not null,
    person text not null,
    customer_id text not null,
    store_id text,
    campaign_id text,
    sku_id text,
    reason_code text not null,
    channel text not null,
    state text not null check (state in ('intent', 'sent', 'refused', 'unsent')),
    intended_at text not null,
    -- when the last request was about to be made
    attempted_at text not null,
    message_sid text,
    sent_at text,
    error_code text,
    is_landed integer not null default 0
) strict;
"""
_ONCE = [(day, who) for day in ("run_date", "local_date") for who in ("person", "customer_id")]


class NewDelivery(NamedTuple):
    """A message that is about to be sent."""

    run_date: date
    local_date: date
    person: str
    customer_id: str
    store_id: str | None
    campaign_id: str | None
    sku_id: str | None
    reason_code: str
    channel: str


class Delivery(NamedTuple):
    """A message as the journal has it; times are UTC."""

    delivery_id: str
    reference: str
    run_date: str
    local_date: str
    person: str
    customer_id: str
    store_id: str | None
    campaign_id: str | None
    sku_id: str | None
    reason_code: str
    channel: str
    state: str
    intended_at: str
    attempted_at: str
    message_sid: str | None
    sent_at: str | None
    error_code: str | None
    is_landed: int


class Journal:
    """The journal; of one process at a time: see `lock`."""

    def __init__(self, path: Path | None, key_check: str) -> None:
        """Open it, or make it; None: an empty one that nobody keeps.

        Raises DeliveryError if it cannot be opened, or was kept with another key of hashes.
        """
        self._path = path
        try:
            if path is not None:
                _make(path)
            self._connection = sqlite3.connect(path or ":memory:", isolation_level=None)
            self._connection.execute("pragma journal_mode = wal")
            # A commit is on the disk before it returns.
            self._connection.execute("pragma synchronous = full")
            self._connection.executescript(_SCHEMA)
            for columns in _ONCE:
                self._connection.execute(
                    f"create unique index if not exists once_{'_'.join(columns)} "
                    f"on deliveries ({', '.join(columns)}) where state <> 'unsent'"
                )
            self._check_key(key_check)
        except (OSError, sqlite3.Error) as error:
            raise DeliveryError(
                f"{path}: cannot keep the journal of what is sent: {error}. Check who may write "
                "it, or set VITRINE_DELIVERY_JOURNAL; without it nothing is sent."
            ) from error

    def close(self) -> None:
        """Let go of it."""
        self._connection.close()

    def knows(self, run_date: date, local_date: date, person: str, customer_id: str) -> bool:
        """Tell whether a person was sent (or may have been) something of that run date or day."""
        found = self._connection.execute(
            "select 1 from deliveries where state <> 'unsent' and (run_date = ? or local_date = ?) "
            "and (person = ? or customer_id = ?) limit 1",
            [run_date.isoformat(), local_date.isoformat(), person, customer_id],
        ).fetchone()
        return found is not None

    def count(self, person: str, local_date: date, days: int) -> int:
        """Count what a person was sent in so many days, this one included."""
        since = local_date - timedelta(days=days - 1)
        row = self._connection.execute(
            "select count(*) from deliveries "
            "where person = ? and local_date >= ? and state in ('intent', 'sent')",
            [person, since.isoformat()],
        ).fetchone()
        return int(row[0])

    def intend(self, new: NewDelivery, now: datetime) -> Delivery | None:
        """Write an intent down, durably; None if that person was sent something already."""
        delivery = Delivery(
            secrets.token_hex(16),
            "".join(secrets.choice(_LETTERS) for _ in range(_REFERENCE)),
            new.run_date.isoformat(),
            new.local_date.isoformat(),
            *new[2:],
            INTENT,
            _text(now),
            _text(now),
            None,
            None,
            None,
            0,
        )
        try:
            self._connection.execute(
                f"insert into deliveries values ({', '.join('?' * len(delivery))})",  # noqa: S608 (our own)
                delivery,
            )
        except sqlite3.IntegrityError:
            return None
        return delivery

    def attempt(self, delivery: Delivery, now: datetime) -> Delivery:
        """Write down that a request is about to be made, durably."""
        return self._update(delivery, attempted_at=_text(now))

    def mark_sent(self, delivery: Delivery, message_sid: str, sent_at: datetime) -> Delivery:
        """Write down that Twilio has taken it."""
        return self._update(delivery, state=SENT, message_sid=message_sid, sent_at=_text(sent_at))

    def mark_refused(self, delivery: Delivery, error_code: str, now: datetime) -> Delivery:
        """Write down that Twilio does not take it, now or later."""
        return self._update(delivery, state=REFUSED, error_code=error_code, sent_at=_text(now))

    def mark_unsent(self, delivery: Delivery) -> Delivery:
        """Write down that Twilio has surely not taken it; another may be intended."""
        return self._update(delivery, state=UNSENT)

    def intents(self) -> list[Delivery]:
        """List those of which nobody knows whether Twilio has taken them."""
        return self._read("state = 'intent'")

    def unlanded(self) -> list[Delivery]:
        """List those whose outcome is known, and not in the raw layer yet."""
        return self._read("state in ('sent', 'refused') and not is_landed")

    def mark_landed(self, deliveries: list[Delivery]) -> None:
        """Write down that their outcomes are in the raw layer."""
        self._connection.executemany(
            "update deliveries set is_landed = 1 where delivery_id = ?",
            [[one.delivery_id] for one in deliveries],
        )

    def _read(self, condition: str) -> list[Delivery]:
        rows = self._connection.execute(
            f"select * from deliveries where {condition} order by intended_at, delivery_id"  # noqa: S608 (our own)
        )
        return [Delivery(*row) for row in rows]

    def _update(self, delivery: Delivery, **values: str) -> Delivery:
        assignments = ", ".join(f"{name} = ?" for name in values)
        self._connection.execute(
            f"update deliveries set {assignments} where delivery_id = ?",  # noqa: S608 (our own)
            [*values.values(), delivery.delivery_id],
        )
        return Delivery(**(delivery._asdict() | values))

    def _check_key(self, check: str) -> None:
        self._connection.execute("insert or ignore into settings values ('key', ?)", [check])
        row = self._connection.execute("select value from settings where name = 'key'").fetchone()
        if row[0] != check:
            raise DeliveryError(
                f"{self._path}: its people are hashed with another key than VITRINE_SUPPRESSION_KEY"
                " has now, so nobody can tell who was sent what: bring the right one."
            )


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Be the only one who sends; raises DeliveryError if another process does."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path.with_name(f"{path.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise DeliveryError(f"{path}: {error.strerror}; check who may write it.") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise DeliveryError("another `vitrine deliver` is sending; let it end.") from error
    finally:
        os.close(handle)


def read_time(text: str) -> datetime:
    """Read a time that the journal has."""
    return datetime.fromisoformat(text)


def _text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat()


def _make(path: Path) -> None:
    """Make the file, so that it lasts, its owner's alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
