"""Receiving: from subscriptions into the raw layer, acknowledged once it is there and not before.

Some threads pull each subscription, as long as there is room for what they get: one budget of bytes
for all of them. The main thread gathers batches by contract, writes each when it is large or old
enough, and then has its messages acknowledged. Whatever fails is tried again until it works;
meanwhile nothing is acknowledged, the messages are held, and once the budget is used up nothing
more is pulled.
"""

import logging
import random
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from queue import Empty, Queue
from typing import Any, NamedTuple

import pyarrow as pa

from ingestion.account import Counts, InputAccount
from ingestion.batches import LIMITS, Batch, Batches, Limits
from ingestion.contracts import Contracts
from ingestion.errors import LandingError
from ingestion.forgetting.suppression import Suppression
from ingestion.leases import Leases
from ingestion.raw_writer import RawWriter
from ingestion.received import Received, merged, tables_of
from ingestion.sources.pubsub import PULL_BYTES, PassingError, Policy, Subscription
from ingestion.storage import Storage

_log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.2
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
# A subscription that was there and is refused for so long is gone.
_GIVE_UP_SECONDS = 300.0
# A table is made of so many messages at once, since it costs as much for one.
_TABLE_ROWS = 2_000
_TABLE_BYTES = 4 << 20
# An answer takes a while to come from afar. The order of an ordered subscription is kept by one.
_PULLERS = 4
_ACKNOWLEDGE_TRIES = 5
_EMPTY_SECONDS = 2.0
_HELD_UP_SECONDS = 0.2
# By so much a call may end before its time.
_UNEVEN_SECONDS = 0.1


class Options(NamedTuple):
    """How to receive."""

    limits: Limits
    # of messages that are pulled and not landed yet
    budget_bytes: int
    # end when no subscription has any message for so long; None: go on until told to stop
    until_empty_seconds: float | None = None


def options(
    is_until_empty: bool, flush_seconds: float, flush_rows: int, budget_bytes: int
) -> Options:
    """Fit the limits together: what is due before the budget is used up, whatever comes."""
    limits = Limits(
        batch_bytes=min(LIMITS.batch_bytes, budget_bytes // 2),
        batch_rows=flush_rows,
        batch_seconds=flush_seconds,
        open_bytes=budget_bytes // 2,
    )
    return Options(limits, budget_bytes, _EMPTY_SECONDS if is_until_empty else None)


class _Budget:
    """Bytes that may be in memory."""

    def __init__(self, size_bytes: int) -> None:
        self._free = size_bytes
        self._changed = threading.Condition()

    def take(self, size_bytes: int, stop: threading.Event) -> bool:
        """Wait until there is any, and use some of it; False if it is time to stop."""
        with self._changed:
            while self._free <= 0 and not stop.is_set():
                self._changed.wait(_LOOK_SECONDS)
            self._free -= size_bytes
        return not stop.is_set()

    def give_back(self, size_bytes: int) -> None:
        with self._changed:
            self._free += size_bytes
            self._changed.notify_all()


class Receiver:
    """Lands what subscriptions have, until `stop` is set or they are empty."""

    def __init__(
        self,
        storage: Storage,
        contracts: Contracts,
        subscriptions: Sequence[Subscription],
        options: Options,
    ) -> None:
        """Receive into a raw layer that `raw_layer.ensure_raw` has made."""
        self._storage = storage
        self._contracts = contracts
        self._subscriptions = {one.name: one for one in subscriptions}
        self._options = options
        self._budget = _Budget(options.budget_bytes)
        self._pulled: Queue[Received] = Queue()
        self._batches = Batches(
            contracts, uuid.uuid4().hex, Suppression(storage.url), options.limits
        )
        self._list_pauses = _Pauses()
        self._leases: dict[str, Leases] = {}
        self._policies: dict[str, Policy] = {}
        # So few that all may wait for an answer at once and leave half of the budget for batches.
        self._pull_bytes = min(
            PULL_BYTES, options.budget_bytes // (2 * _PULLERS * max(1, len(subscriptions)))
        )
        self._is_flush_wanted = threading.Event()
        self._failure: Exception | None = None
        self.stop = threading.Event()
        self.landed_count = 0

    @property
    def counts(self) -> Counts:
        """What was received so far, by contract."""
        return self._batches.counts

    def run(self) -> InputAccount:
        """Receive; raises LandingError if a subscription cannot be pulled, or a last batch landed.

        Even then everything that was pulled before is landed, or it was not acknowledged.
        """
        with ExitStack() as stack:
            for name, one in self._subscriptions.items():
                policy = one.policy()
                self._policies[name] = policy
                self._leases[name] = Leases(one, policy.ack_deadline_seconds)
                stack.callback(self._leases[name].close)
                _log.info("%s: receiving", name)
                if policy.dead_letter_topic:
                    _log.info(
                        "%s: after %d deliveries Pub/Sub moves a message to %s: land that one too",
                        name, policy.delivery_attempts, policy.dead_letter_topic,
                    )  # fmt: skip
            self._writer = RawWriter(self._storage, stack.enter_context(self._storage.workspace()))
            self._acknowledger = stack.enter_context(ThreadPoolExecutor(2, "acknowledge"))
            self._land()
        if self._failure:
            raise self._failure
        return InputAccount(", ".join(self._subscriptions), self.counts)

    def _land(self) -> None:
        threads = [
            threading.Thread(target=self._pull, args=[one], name="pull", daemon=True)
            for name, one in self._subscriptions.items()
            for _ in range(1 if self._policies[name].is_ordered else _PULLERS)
        ]
        for thread in threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in threads) or not self._pulled.empty():
                for received in self._next():
                    for table in tables_of(self._contracts, received):
                        self._batches.add(table)
                if self._is_flush_wanted.is_set():
                    self._is_flush_wanted.clear()
                    self._commit(self._batches.take_all())
                else:
                    self._commit(self._batches.take_due())
            self._commit(self._batches.take_all(), is_last=True)
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()

    def _next(self) -> list[Received]:
        """Take what was pulled, until a batch is due or a while has passed; one a subscription."""
        due = self._batches.seconds_to_due()
        wait = _LOOK_SECONDS if due is None else max(0.001, min(due, _LOOK_SECONDS))
        found: dict[str, list[Received]] = defaultdict(list)
        count = size = 0
        with suppress(Empty):
            received = self._pulled.get(timeout=wait)
            while True:
                found[received.subscription_name].append(received)
                count += len(received.data)
                size += sum(map(len, received.data))
                if count >= _TABLE_ROWS or size >= _TABLE_BYTES:
                    break
                received = self._pulled.get_nowait()
        return [merged(of_one) for of_one in found.values()]

    def _pull(self, subscription: Subscription) -> None:
        """Pull until it is time to stop; a failure that does not pass stops everything."""
        try:
            for received in self._received(subscription):
                self._pulled.put(received)
        except Exception as error:  # Raised again by `run`, once what is there is landed.
            _log.error("%s: no longer receiving: %s", subscription.name, error)
            self._failure = error
            self.stop.set()

    def _received(self, subscription: Subscription) -> Iterator[Received]:
        pauses = _Pauses()
        last_message = time.monotonic()
        leases = self._leases[subscription.name]
        is_ordered = self._policies[subscription.name].is_ordered
        empty_seconds = self._options.until_empty_seconds
        while self._budget.take(self._pull_bytes, self.stop):
            size_bytes = 0
            # What follows a message of the same ordering key comes once that one is acknowledged.
            is_held_up = is_ordered and leases.are_held
            try:
                received = subscription.pull(
                    self.stop, _HELD_UP_SECONDS if is_held_up else empty_seconds, self._pull_bytes
                )
                size_bytes = sum(map(len, received.data))
            except PassingError as error:
                pauses.pause(self.stop, str(error))
                last_message = time.monotonic()
                continue
            except LandingError as error:
                if pauses.seconds_failing() > _GIVE_UP_SECONDS:
                    raise
                pauses.pause(self.stop, str(error))
                continue
            finally:
                self._budget.give_back(self._pull_bytes - size_bytes)
            pauses.end(subscription.name)
            if received.ack_id:
                last_message = time.monotonic()
                leases.hold(received.ack_id)
                yield received
            elif is_held_up:
                self._is_flush_wanted.set()
                last_message = time.monotonic()
            elif (
                empty_seconds and time.monotonic() - last_message >= empty_seconds - _UNEVEN_SECONDS
            ):
                return

    def _commit(self, batches: Iterator[Batch], *, is_last: bool = False) -> None:
        try:
            for batch in batches:
                try:
                    self._write(batch)
                except LandingError as error:
                    self._failure = error
                    self.stop.set()
                    continue
                self.landed_count += batch.rows.num_rows
                self._acknowledge_later(batch)
                self._list_pauses.end("landing")
        except OSError as error:
            # The suppression list: without it nothing may be landed, and the batch is kept.
            reason = f"cannot land: cannot read who was forgotten: {error}"
            if not is_last and not self.stop.is_set():
                self._list_pauses.pause(self.stop, reason)
                return
            self._failure = LandingError(
                f"{reason}. What was pulled was not acknowledged and will come again."
            )
        except LandingError as error:  # Of the list, too: its key is missing.
            self._failure = error
            self.stop.set()

    def _write(self, batch: Batch) -> None:
        pauses = _Pauses()
        while True:
            try:
                self._writer.write(batch)
            except (OSError, pa.ArrowException) as error:
                reason = f"cannot land {batch.rows.num_rows} messages: {error}"
                if self.stop.is_set():
                    raise LandingError(
                        f"{reason}. They were not acknowledged and will come again."
                    ) from error
                pauses.pause(self.stop, reason)
            else:
                pauses.end("landing")
                return

    def _acknowledge_later(self, batch: Batch) -> None:
        received: Any = batch.received
        self._budget.give_back(pa.compute.sum(received["size_bytes"]).as_py())
        by_subscription: dict[str, list[str]] = defaultdict(list)
        for name, ack_id in zip(
            received["subscription_name"].to_pylist(), received["ack_id"].to_pylist(), strict=True
        ):
            by_subscription[name].append(ack_id)
        for name, ack_ids in by_subscription.items():
            future = self._acknowledger.submit(self._acknowledge, name, ack_ids)
            future.add_done_callback(_raise_in_log)

    def _acknowledge(self, name: str, ack_ids: list[str]) -> None:
        pauses = _Pauses()
        for _ in range(_ACKNOWLEDGE_TRIES):
            try:
                self._subscriptions[name].acknowledge(ack_ids)
                break
            except (PassingError, LandingError) as error:
                pauses.pause(self.stop, f"cannot acknowledge {len(ack_ids)} messages: {error}")
        else:
            _log.error("%s: %d landed messages will come again, as copies", name, len(ack_ids))
        self._leases[name].release(ack_ids)


class _Pauses:
    """Waits between tries, longer and longer, and says so."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._seconds = _FIRST_PAUSE_SECONDS

    def seconds_failing(self) -> float:
        return time.monotonic() - self._since if self._since is not None else 0.0

    def pause(self, stop: threading.Event, reason: str) -> None:
        if self._since is None:
            self._since = time.monotonic()
        seconds = self._seconds * random.uniform(0.5, 1)  # noqa: S311 (so that not all come at once)
        _log.warning("%s; trying again in %.1f s", reason, seconds)
        stop.wait(seconds)
        self._seconds = min(self._seconds * 2, _LONGEST_PAUSE_SECONDS)

    def end(self, what: str) -> None:
        """Begin anew after a success."""
        if self._since is not None:
            _log.info("%s: works again after %.1f s", what, self.seconds_failing())
            self._since, self._seconds = None, _FIRST_PAUSE_SECONDS


def _raise_in_log(done: "Future[None]") -> None:
    """Tell what nobody waits for."""
    if error := done.exception():
        _log.error("acknowledging failed", exc_info=error)
