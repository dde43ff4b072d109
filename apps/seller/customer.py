"""What a screen shows of one customer, put together from the warehouse's answers."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from apps.seller import queries
from apps.seller.config import Config, Shop
from apps.seller.queries import Activity, CartLine, Done, Order, OrderLine, Person, Sku, Visit
from apps.seller.reader import Reader

_TIMELINE = 40
# Somebody who did something within so many minutes is online.
_ONLINE_MINUTES = 5
_SIBLINGS = 8
_SUGGESTIONS = 6
# What was wanted, and not bought, within so many days is suggested.
_WANTED_DAYS = 30
_WANTING = ("productView", "productClick", "addToCart")


@dataclass(frozen=True)
class Moment:
    """Something done online, so many times on end."""

    # that of its first event, so that it stays the same while it is done again
    event_id: str
    what: Activity
    count: int


@dataclass(frozen=True)
class Wish:
    """A SKU that was wanted and not bought, and that the shop has."""

    sku: Sku
    view_count: int
    is_in_cart: bool


@dataclass(frozen=True)
class Customer:
    """All of a screen."""

    person: Person
    # How much they did online until now.
    done: Done
    seen_online_at: datetime | None
    is_online: bool
    store_visit: Visit | None
    timeline: list[Moment]
    # What was looked at last, and its other sizes that the shop has.
    product: Sku | None
    siblings: list[Sku]
    cart: list[tuple[CartLine, Sku | None]]
    # Orders and receipts, the newest first.
    purchases: list[tuple[Order, list[OrderLine]]]
    suggestions: list[Wish]

    @property
    def cart_total(self) -> tuple[Decimal, str | None] | None:
        """What the cart costs, if each price is known and all are in one currency."""
        lines = [line for line, _ in self.cart]
        amounts = [
            line.unit_count * line.unit_price_amount
            for line in lines
            if line.unit_price_amount is not None
        ]
        currencies = {line.currency_code for line in lines}
        if len(amounts) < len(lines) or len(currencies) != 1:
            return None
        return sum(amounts, Decimal()), currencies.pop()


def may_be_looked_up(person: Person, config: Config) -> bool:
    """Tell whether somebody may be looked up by consent."""
    return config.look_up == "everybody" or person.accepts_messages


async def read(
    reader: Reader, customer_id: str, shop: Shop, config: Config, now: datetime
) -> Customer | None:
    """Read a screen (`now` is UTC); None for somebody unknown, or who may not be looked up.

    Raises UnavailableError.
    """
    person = await reader.ask(lambda cursor: queries.person(cursor, customer_id))
    if person is None or not may_be_looked_up(person, config):
        return None
    now = now.replace(tzinfo=None)
    wanted_since = now - timedelta(days=_WANTED_DAYS)
    online, bought = await reader.ask_both(
        lambda cursor: _read_online(cursor, customer_id, shop, wanted_since, now),
        lambda cursor: _read_bought(cursor, customer_id, wanted_since.date()),
    )
    done, cart, skus, looked_at = online.done, online.cart, online.skus, online.looked_at
    family = _family(looked_at, skus)
    product = family[0] if family else None
    ordered = [order.ordered_at for order in bought.orders if order.store_name is None]
    timeline_since = now - timedelta(hours=config.timeline_hours)
    return Customer(
        person=person,
        done=Done(done[0].event_count, done[0].occurred_at) if done else Done(0, None),
        seen_online_at=max([*ordered, *(one.occurred_at for one in done[:1])], default=None),
        is_online=bool(done) and done[0].occurred_at >= now - timedelta(minutes=_ONLINE_MINUTES),
        store_visit=bought.store_visit,
        timeline=_moments([one for one in done if one.occurred_at >= timeline_since])[:_TIMELINE],
        product=product,
        siblings=[sku for sku in family[1:] if sku.is_active and sku.has_stock][:_SIBLINGS],
        cart=[(line, skus.get(line.sku_id)) for line in cart],
        purchases=bought.purchases,
        suggestions=[
            wish
            for wish in _wishes(online.recent, cart, skus, bought.sku_ids)
            if product is None or wish.sku.sku_id != product.sku_id
        ][:_SUGGESTIONS],
    )


class _Online(NamedTuple):
    """What was done online, and the SKUs that it was about."""

    done: list[Activity]
    # of these, what may tell a wish
    recent: list[Activity]
    looked_at: Activity | None
    cart: list[CartLine]
    skus: dict[str, Sku]


class _Bought(NamedTuple):
    """What was bought, online and in shops."""

    orders: list[Order]
    purchases: list[tuple[Order, list[OrderLine]]]
    store_visit: Visit | None
    # of late
    sku_ids: set[str]


def _read_online(
    cursor: DuckDBPyConnection, customer_id: str, shop: Shop, wanted_since: datetime, now: datetime
) -> _Online:
    done = queries.activity(cursor, customer_id)
    # The dearest question, which most visitors need not be asked about.
    cart = queries.cart(cursor, customer_id) if done and done[0].cart_event_count else []
    recent = [one for one in done if one.occurred_at >= wanted_since]
    looked_at = next((one for one in done if one.sku_id or one.product_id), None)
    skus = queries.skus(
        cursor,
        {one.sku_id for one in [*recent, *cart, looked_at] if one and one.sku_id},
        looked_at.product_id if looked_at else None,
        store_id=shop.store_id,
        trade_policy_id=shop.trade_policy_id,
        now=now,
    )
    return _Online(done, recent, looked_at, cart, skus)


def _read_bought(cursor: DuckDBPyConnection, customer_id: str, since: date) -> _Bought:
    orders = queries.orders(cursor, customer_id)
    purchases = sorted(
        [*orders, *queries.receipts(cursor, customer_id)],
        key=lambda order: order.ordered_at,
        reverse=True,
    )[: queries.ORDERS]
    return _Bought(
        orders,
        _with_lines(cursor, purchases),
        queries.last_store_visit(cursor, customer_id),
        queries.bought_skus(cursor, customer_id, since),
    )


def _with_lines(
    cursor: DuckDBPyConnection, purchases: list[Order]
) -> list[tuple[Order, list[OrderLine]]]:
    """Give purchases with their lines; a purchase may be newer than the build that knows these."""
    receipts = [one.order_id for one in purchases if one.is_receipt]
    of_tills = queries.receipt_lines(cursor, receipts) if receipts else []
    orders = [one.order_id for one in purchases if not one.is_receipt]
    of_web = queries.order_lines(cursor, orders) if orders else []
    return [
        (
            one,
            [
                line
                for line in (of_tills if one.is_receipt else of_web)
                if line.order_id == one.order_id
            ],
        )
        for one in purchases
    ]


def _family(looked_at: Activity | None, skus: dict[str, Sku]) -> list[Sku]:
    """List the SKU that was looked at, and its product's others, those first that there is most of.

    Where only a product is known, it is the first of these.
    """
    if looked_at is None:
        return []
    chosen = skus.get(looked_at.sku_id or "")
    others = [
        sku
        for sku in skus.values()
        if sku.product_id and sku.product_id == looked_at.product_id and sku != chosen
    ]
    others.sort(key=lambda sku: (not sku.is_unlimited, -(sku.available_units or 0), sku.sku_id))
    return [chosen, *others] if chosen else others


def _wishes(
    recent: list[Activity], cart: list[CartLine], skus: dict[str, Sku], bought: set[str]
) -> list[Wish]:
    """List what was viewed or is in the cart, was not bought, and is in stock: the cart first.

    Of one product only what was wanted most.
    """
    ordered = {one.sku_id for one in recent if one.activity == "orderPlaced" and one.sku_id}
    in_cart = [line.sku_id for line in cart]
    views = [one.sku_id for one in recent if one.activity in _WANTING and one.sku_id]
    counts = Counter(views)
    best: dict[str, Wish] = {}
    # Each once: the cart's, and then by the time when they were wanted last.
    for sku_id in dict.fromkeys([*in_cart, *views]):
        sku = skus.get(sku_id)
        if sku is None or not sku.has_stock or sku_id in bought | ordered:
            continue
        wish = Wish(sku, counts[sku_id], sku_id in in_cart)
        known = best.setdefault(sku.product_id or sku_id, wish)
        if not known.is_in_cart and wish.view_count > known.view_count:
            best[sku.product_id or sku_id] = wish
    return list(best.values())


def _moments(done: list[Activity]) -> list[Moment]:
    """Fold what was done several times on end."""
    moments = []
    for _, group in groupby(done, lambda one: (one.activity, one.name, one.search_term)):
        same = list(group)
        moments.append(Moment(same[-1].event_id, same[0], len(same)))
    return moments
