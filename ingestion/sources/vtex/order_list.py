"""VTEX's order list, whole, in spite of its limits: 30 pages of 100 a query."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from ingestion.sources.vtex.client import Client
from ingestion.sources.vtex.errors import VtexError

PER_PAGE = 100
MOST_PAGES = 30
MOST_ORDERS = PER_PAGE * MOST_PAGES
# VTEX says that an order is in its index after four minutes.
SETTLED_AFTER = timedelta(minutes=10)
# How far back the list goes.
REACH = timedelta(days=730)
_READINGS = 3


class Window(NamedTuple):
    """A span of creation times, in milliseconds since 1970, both ends within."""

    start_ms: int
    end_ms: int

    def __str__(self) -> str:
        """Write it as VTEX's filter has it."""
        return f"{_iso(self.start_ms)} TO {_iso(self.end_ms)}"

    def halves(self) -> tuple["Window", "Window"]:
        """Cut it in two that share an instant.

        Whichever way VTEX compares times finer than a millisecond, none falls between them.
        """
        middle = (self.start_ms + self.end_ms) // 2
        return Window(self.start_ms, middle), Window(middle, self.end_ms)


class ListedOrder(msgspec.Struct):
    """What the list says of an order; `lastChange` is in real answers, though not documented."""

    orderId: str  # noqa: N815 (VTEX's name)
    status: str | None = None
    lastChange: str | None = None  # noqa: N815 (VTEX's name)


class Listing(NamedTuple):
    """The orders of a window, by id, and how many more VTEX says there are."""

    window: Window
    orders: dict[str, ListedOrder]
    unseen: int


class _Paging(msgspec.Struct):
    total: int


class _Page(msgspec.Struct):
    list: list[ListedOrder]
    paging: _Paging


_PAGE = msgspec.json.Decoder(_Page)


def milliseconds(instant: datetime) -> int:
    """Count from 1970 to an aware time."""
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def settled_now() -> int:
    """Say up to when the list is whole: milliseconds since 1970."""
    return milliseconds(datetime.now(UTC) - SETTLED_AFTER)


def read(
    client: Client, window: Window, is_done: Callable[[Window], bool] = lambda _: False
) -> Iterator[Listing]:
    """List all orders of a window, in windows small enough, earliest first, without those done.

    An order may be in two of them if it was created in the very millisecond they share. Where a
    millisecond has more orders than VTEX lists, the rest is counted as unseen. Raises VtexError.
    """
    pending = [window]
    while pending:
        window = pending.pop()
        if is_done(window):
            continue
        first = _page(client, window, 1)
        if first.paging.total > MOST_ORDERS and window.end_ms - window.start_ms > 1:
            pending.extend(reversed(window.halves()))
        else:
            yield _read(client, window, first)


def _read(client: Client, window: Window, page: _Page) -> Listing:
    """Read all pages of a window, again if it changed meanwhile."""
    orders: dict[str, ListedOrder] = {}
    for reading in range(_READINGS):
        page = page if reading == 0 else _page(client, window, 1)
        total = page.paging.total
        number = 1
        while page.list:
            orders |= {order.orderId: order for order in page.list}
            if number == MOST_PAGES or len(page.list) < PER_PAGE:
                break
            number += 1
            page = _page(client, window, number)
        if len(orders) >= min(total, MOST_ORDERS):
            break
    return Listing(window, orders, max(total - len(orders), 0))


def _page(client: Client, window: Window, number: int) -> _Page:
    answer = client.get(
        "/api/oms/pvt/orders",
        f_creationDate=f"creationDate:[{window}]",
        orderBy="creationDate,asc",
        page=number,
        per_page=PER_PAGE,
    )
    try:
        return _PAGE.decode(answer.content)
    except msgspec.ValidationError as error:
        raise VtexError(f"the order list has another shape than VTEX's: {error}") from error


def _iso(instant_ms: int) -> str:
    instant = datetime.fromtimestamp(instant_ms // 1000, UTC)
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{instant_ms % 1000:03}Z"
