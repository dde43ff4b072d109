"""What the feed and hooks missed: VTEX's order list against the orders that were landed."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

from ingestion.sources.vtex import landed_orders, order_list, orders
from ingestion.sources.vtex.errors import NotFoundError
from ingestion.sources.vtex.landed_orders import Landed
from ingestion.sources.vtex.order_list import ListedOrder, Window
from ingestion.sources.vtex.run import Run
from ingestion.sources.vtex.tally import Compared
from ingestion.storage import Storage

_DAY_MS = 86_400_000


def reconcile(run: Run, raw: Storage, days: int) -> None:
    """Fetch and land the orders of the last days that are missing or outdated in the raw layer.

    Of the days in which they were created, that is. Orders that were not found before are looked
    for again. Raises VtexError, SinkError, duckdb.Error.
    """
    compared = run.tally.compared = Compared()
    end = order_list.settled_now()
    start = end - days * _DAY_MS
    landed = landed_orders.read(raw, start)
    for listing in order_list.read(run.client, Window(start, end)):
        wanted = [
            order_id
            for order_id, order in listing.orders.items()
            if _is_wanted(order, landed, compared)
        ]
        run.fetch_each(orders.kind(run), wanted, None)
        if listing.unseen:
            run.tally.problem(orders.unseen(listing))
    _look_again(run)


def _is_wanted(order: ListedOrder, landed: Mapping[str, Landed], compared: Compared) -> bool:
    compared.listed += 1
    known = landed.get(order.orderId)
    if known is None:
        compared.missing += 1
    elif _is_outdated(order, known):
        compared.outdated += 1
    else:
        compared.current += 1
        return False
    return True


def _is_outdated(order: ListedOrder, known: Landed) -> bool:
    """Compare by change time where the list has it; it need not, and then the status tells."""
    if order.status != known.status:
        return True
    if order.lastChange is None:
        return False
    try:
        changed_at = datetime.fromisoformat(order.lastChange)
    except ValueError:
        return False
    changed_at = changed_at if changed_at.tzinfo else changed_at.replace(tzinfo=UTC)
    # Landing and the list may cut fractions of a second differently.
    return changed_at - known.changed_at >= timedelta(milliseconds=1)


def _look_again(run: Run) -> None:
    """Look for the orders that the feed told of and VTEX did not find."""
    missing = run.state.missing_orders()
    answers = run.attempt_all(partial(orders.get, run), missing)
    found = {
        order_id: answer
        for order_id, answer in zip(missing, answers, strict=True)
        if not isinstance(answer, Exception)
    }
    run.put([run.message(orders.CONTRACT, answer.content) for answer in found.values()])
    run.state.found(found)
    for order_id, answer in zip(missing, answers, strict=True):
        if isinstance(answer, NotFoundError):
            run.tally.problem(f"order {order_id}: the feed told of it, but VTEX has no such order")
        elif isinstance(answer, Exception):
            run.tally.problem(f"order {order_id}: {answer}")
