"""Orders: one by one, and all of a period (backfill)."""

from datetime import timedelta
from functools import partial
from urllib.parse import quote

import msgspec

from ingestion.sources.vtex import order_list
from ingestion.sources.vtex.client import Answer
from ingestion.sources.vtex.errors import VtexError
from ingestion.sources.vtex.order_list import Window
from ingestion.sources.vtex.run import Kind, Run

CONTRACT = "vtex.order"
# A long backfill may be interrupted for a while; one that never becomes whole begins anew.
_RESUMABLE_FOR = timedelta(days=7)


class _Order(msgspec.Struct):
    orderId: str  # noqa: N815 (VTEX's name)


_ORDER = msgspec.json.Decoder(_Order)


def get(run: Run, order_id: str) -> Answer:
    """Get an order as it is now. Raises VtexError, also if the answer is no order."""
    answer = run.client.get(f"/api/oms/pvt/orders/{quote(order_id, safe='')}")
    try:
        _ORDER.decode(answer.content)
    except msgspec.DecodeError as error:
        raise VtexError(f"order {order_id}: the answer is no order: {error}") from error
    return answer


def kind(run: Run) -> Kind:
    """Say what orders are to `fetch_each`."""
    return Kind(CONTRACT, partial(get, run))


def backfill(run: Run, start_ms: int, until_ms: int | None) -> None:
    """Land every order created in a period (milliseconds since 1970), as it is now.

    Until now where `until_ms` is None. An interrupted or incomplete one goes on where it was.
    Raises VtexError, SinkError.
    """
    settled = order_list.settled_now()
    end_ms = min(until_ms or settled, settled)
    if start_ms > end_ms:
        return
    job = run.state.begin(f"orders {start_ms}-{until_ms or ''}", end_ms, _RESUMABLE_FOR)
    period = Window(start_ms, job.until_ms)
    is_whole = True
    for listing in order_list.read(run.client, period, lambda window: job.is_done(str(window))):
        failed = run.fetch_each(kind(run), listing.orders, job)
        if listing.unseen:
            run.tally.of(CONTRACT).failed += listing.unseen
            run.tally.problem(unseen(listing))
        if failed or listing.unseen:
            is_whole = False
        else:
            job.mark([str(listing.window)])
    if is_whole:
        job.finish()


def unseen(listing: order_list.Listing) -> str:
    """Say that a window has orders which VTEX does not list."""
    seen = len(listing.orders)
    return (
        f"of {seen + listing.unseen:,} orders created in {listing.window} VTEX lists {seen:,}: "
        "the others can only be had by the feed"
    )
