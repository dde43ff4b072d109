"""Feed v3: read events, land them with their orders, and only then commit them.

A kill at any instant loses nothing: what is not committed is shown again after the feed's
visibility timeout. What was landed and not committed is landed twice, which the warehouse counts.
"""

import logging
import sqlite3
import time
from functools import partial

import msgspec

from ingestion.sinks import Outgoing, SinkError
from ingestion.sources.vtex import orders
from ingestion.sources.vtex.client import Answer
from ingestion.sources.vtex.errors import NotFoundError, RefusedError, UnavailableError, VtexError
from ingestion.sources.vtex.run import Run, batches, elements_of

CONTRACT = "vtex.order_event"
_LOG = logging.getLogger(__name__)
_PATH = "/api/orders/feed"
_MOST_EVENTS = 10
# A round ends well within the visibility timeout (30 s unless configured): commits that come later
# may be of no effect. A lot takes a request to be read, one an event, and one to be committed.
_LOTS_OF_A_ROUND = 20
_REQUESTS_OF_A_LOT = _MOST_EVENTS + 2
_SECONDS_OF_A_ROUND = 15.0
_SECONDS_OF_READING = 5.0
# An order that was not found so often is left to the reconciliation.
_TRIES = 5


class NoFeedError(VtexError):
    """No feed is configured for this key."""


class _Event(msgspec.Struct):
    handle: str = ""
    orderId: str = ""  # noqa: N815 (VTEX's name)


_EVENT = msgspec.json.Decoder(_Event)


def pull(run: Run, poll_seconds: float | None) -> None:
    """Land what the feed has, until it is empty or, if it is to be polled, until `run.stop` is set.

    Who polls waits out whatever may pass: VTEX or the sink being down. Raises RefusedError,
    NoFeedError; VtexError and SinkError if not polling.
    """
    while not run.stop.is_set():
        try:
            found = _round(run)
        except (RefusedError, NoFeedError):
            raise
        except (VtexError, SinkError, sqlite3.Error) as error:
            if poll_seconds is None:
                raise
            _LOG.warning("%s; going on in %g s", error, poll_seconds)
            found = 0
        if not found:
            if poll_seconds is None:
                return
            run.stop.wait(poll_seconds)


def _round(run: Run) -> int:
    """Read, land and commit some lots of events; returns how many events there were."""
    events = _read(run)
    items = [_event(event) for event in events]
    order_ids = list(dict.fromkeys(item.orderId for item in items if item.orderId))
    answers = run.attempt_all(partial(orders.get, run), order_ids)
    messages: list[Outgoing] = []
    missing: set[str] = set()
    failed: set[str] = set()
    for order_id, answer in zip(order_ids, answers, strict=True):
        if isinstance(answer, Answer):
            messages.append(run.message(orders.CONTRACT, answer.content))
        else:
            _LOG.warning("order %s: %s", order_id, answer)
            run.tally.of(orders.CONTRACT).failed += 1
            (missing if isinstance(answer, NotFoundError) else failed).add(order_id)
    # Events of an order that could not be had are left alone: they come again.
    told = [
        (event, item)
        for event, item in zip(events, items, strict=True)
        if item.orderId not in failed
    ]
    messages.extend(run.message(CONTRACT, event) for event, _ in told)
    run.put(messages)
    run.state.found(set(order_ids) - missing - failed)
    waiting = {order_id for order_id in missing if not _is_given_up(run, order_id)}
    _commit(run, [item.handle for _, item in told if item.handle and item.orderId not in waiting])
    return len(events)


def _read(run: Run) -> list[bytes]:
    events: list[bytes] = []
    end = time.monotonic() + _SECONDS_OF_READING
    affordable = int(run.rate * _SECONDS_OF_A_ROUND / _REQUESTS_OF_A_LOT)
    for _ in range(min(max(affordable, 1), _LOTS_OF_A_ROUND)):
        try:
            answer = run.client.get(_PATH, maxlot=_MOST_EVENTS)
        except NotFoundError as error:
            raise NoFeedError(
                "no feed is configured for this key (404): configure it by POST "
                "/api/orders/feed/config with this very key, or use hooks (`vitrine serve`)"
            ) from error
        except UnavailableError:
            if events:
                break  # What was read is shown again only after a while.
            raise
        lot = elements_of(answer.content)
        events.extend(lot)
        if not lot or run.stop.is_set() or time.monotonic() > end:
            break
    return events


def _event(event: bytes) -> _Event:
    """Read what matters of an event; of another shape, it is landed as it is."""
    try:
        return _EVENT.decode(event)
    except msgspec.DecodeError:
        _LOG.warning("an item of the feed has another shape than VTEX's")
        return _Event()


def _is_given_up(run: Run, order_id: str) -> bool:
    """Count that an order was not found; True if its events are to be committed nevertheless."""
    if run.state.count_missing(order_id) < _TRIES:
        return False
    run.tally.problem(
        f"order {order_id}: not found {_TRIES} times; its events are landed and committed, and "
        "`vitrine pull vtex reconcile` will look for it again"
    )
    return True


def _commit(run: Run, handles: list[str]) -> None:
    """Commit events that are landed. What cannot be committed comes again, and is landed again."""
    lots = list(batches(handles, _MOST_EVENTS))
    answers = run.attempt_all(lambda lot: run.client.post(_PATH, {"handles": lot}), lots)
    for lot, answer in zip(lots, answers, strict=True):
        if answer is not None:
            run.tally.problem(f"{len(lot)} events are landed, but not committed: {answer}")
