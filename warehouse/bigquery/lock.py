"""One build at a time: a table that one build can make, and that expires if nobody renews it.

BigQuery removes a table whose time has come. A build that is killed therefore holds others up for
the rest of its lease, and needs nobody to clean up behind it.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import click
import msgspec
from google.api_core.exceptions import Conflict, GoogleAPICallError, NotFound, PreconditionFailed
from google.cloud.bigquery import Client, Table
from requests.exceptions import RequestException

from warehouse.bigquery.connection import RETRY, BigQuery
from warehouse.errors import WarehouseError
from warehouse.lock import Holder

_LEASE = timedelta(minutes=10)
_RENEWED_EVERY = 120.0  # seconds
_ASKED_EVERY = 10.0  # seconds


class Lease:
    """The lock, while it is held."""

    def __init__(self, client: Client, table: Table) -> None:
        self._client = client
        self._table = table
        self._mutex = threading.Lock()

    def renew(self) -> None:
        """Have ten more minutes; raises WarehouseError if another build has taken the lock."""
        with self._mutex:
            try:
                table = self._client.get_table(self._table, retry=RETRY)
                if table.description != self._table.description:
                    raise WarehouseError(_LOST)
                table.expires = datetime.now(UTC) + _LEASE
                # Changes the very table that was looked at, or none: the client sends its etag.
                self._client.update_table(table, ["expires"], retry=RETRY)
            except (NotFound, PreconditionFailed) as error:
                raise WarehouseError(_LOST) from error

    def keep(self, released: threading.Event) -> None:
        """Renew it until it is released; the loop of a thread."""
        while not released.wait(_RENEWED_EVERY):
            try:
                self.renew()
            except (WarehouseError, GoogleAPICallError, RequestException) as error:
                # Nothing is decided here: publishing renews it once more, or does not begin.
                click.echo(f"The build's lock could not be renewed: {error}", err=True)

    def release(self) -> None:
        """Let the next build begin, unless it has begun already."""
        with self._mutex:
            try:
                table = self._client.get_table(self._table, retry=RETRY)
            except NotFound:
                return
            if table.description == self._table.description:
                self._client.delete_table(table, not_found_ok=True, retry=RETRY)


_LOST = (
    "the build's lock was lost: it was not renewed for ten minutes, or someone removed it. "
    "Nothing was published."
)


@contextmanager
def build_lock(bigquery: BigQuery, *, wait: bool) -> Iterator[Lease]:
    """Hold the lock; while another build has it, wait or (wait=False) raise WarehouseError."""
    bigquery.ensure_dataset(bigquery.build)
    client = bigquery.another_client()
    lease = Lease(client, _take(bigquery, client, wait=wait))
    released = threading.Event()
    keeper = threading.Thread(target=lease.keep, args=(released,), daemon=True)
    keeper.start()
    try:
        yield lease
    finally:
        released.set()
        lease.release()
        keeper.join()


def running_build(bigquery: BigQuery) -> Holder | None:
    """Who holds the lock, None if nobody does."""
    try:
        table = bigquery.client.get_table(_name(bigquery), retry=RETRY)
    except NotFound:
        return None
    return msgspec.json.decode(table.description or "", type=Holder)


def _take(bigquery: BigQuery, client: Client, *, wait: bool) -> Table:
    """Make the table; BigQuery lets one of several do so."""
    told = False
    while True:
        table = Table(_name(bigquery))
        holder = Holder(os.getpid(), datetime.now(UTC), socket.gethostname())
        table.description = msgspec.json.encode(holder).decode()
        table.expires = datetime.now(UTC) + _LEASE
        try:
            client.create_table(table, retry=RETRY)
        except Conflict:
            running = running_build(bigquery)
            if running == holder:
                return table  # It was made, and the answer lost on its way.
            other = running or "it has just ended"
            if not wait:
                raise WarehouseError(f"another build is running ({other}).") from None
            if not told:
                click.echo(f"Another build is running ({other}); waiting for it to end.", err=True)
                told = True
            time.sleep(_ASKED_EVERY)
        else:
            return table


def _name(bigquery: BigQuery) -> str:
    return f"{bigquery.project}.{bigquery.build}.build_lock"
