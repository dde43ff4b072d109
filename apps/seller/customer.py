"""What a screen shows of one customer, put together from the warehouse's answers."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from apps.seller import goods, history, people
from apps.seller.config import Config, Shop
from apps.seller.goods import Advice, Sku
from apps.seller.history import Activity, CartLine, Done, Order, OrderLine, Visit
from apps.seller.people import Person
from apps.seller.reader import Reader
from apps.seller.suggestions import Suggestion, suggest

_TIMELINE = 40
# Somebody who did something within so many minutes is online.
_ONLINE_MINUTES = 5
_SIBLINGS = 8
# What was wanted, and not bought, within so many days is suggested.
_WANTED_DAYS = 30


@dataclass(frozen=True)
class Moment:
    """Something done online, so many times on end."""

    # that of its first event, so that it stays the same while it is done again
    event_id: str
    what: Activity
    count: int


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
    # Why the build suggests that the shop speaks to them today; None if it does not.
    contact_reason: str | None
    suggestions: list[Suggestion]

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
    person = await reader.ask(lambda cursor: people.person(cursor, customer_id))
    if person is None or not may_be_looked_up(person, config):
        return None
    now = now.replace(tzinfo=None)
    wanted_since = now - timedelta(days=_WANTED_DAYS)
    online, bought = await reader.ask_both(
        lambda cursor: _read_online(cursor, customer_id, shop, wanted_since, now),
        lambda cursor: _read_bought(cursor, customer_id, wanted_since.date()),
    )
    done, cart, skus, looked_at = online.done, online.cart, online.skus, online.looked_at
    advice, seen_at = online.advice, online.done.last_occurred_at
    family = _family(looked_at, skus)
    product = family[0] if family else None
    ordered = [order.ordered_at for order in bought.orders if order.store_name is None]
    timeline_since = now - timedelta(hours=config.timeline_hours)
    return Customer(
        person=person,
        done=done,
        seen_online_at=max([*ordered, *([seen_at] if seen_at else [])], default=None),
        is_online=seen_at is not None and seen_at >= now - timedelta(minutes=_ONLINE_MINUTES),
        store_visit=bought.store_visit,
        timeline=_moments([one for one in online.activities if one.occurred_at >= timeline_since])[
            :_TIMELINE
        ],
        product=product,
        siblings=[sku for sku in family[1:] if sku.is_active and sku.has_stock][:_SIBLINGS],
        cart=[(line, skus.get(line.sku_id)) for line in cart],
        purchases=bought.purchases,
        contact_reason=next((one.reason for one in advice if one.kind == "contact"), None),
        suggestions=suggest(online.recent, cart, advice, skus, bought.sku_ids, product),
    )


class _Online(NamedTuple):
    """What was done online, what is advised, and the SKUs that these are about."""

    done: Done
    # the newest of it
    activities: list[Activity]
    # of these, what may tell a wish
    recent: list[Activity]
    looked_at: Activity | None
    cart: list[CartLine]
    advice: list[Advice]
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
    activities = history.activity(cursor, customer_id)
    is_all = len(activities) < history.ACTIVITIES
    # To count in the same question would cost more than to ask again of the few who did so much.
    done = Done.of(activities) if is_all else history.done_so_far(cursor, customer_id)
    # The dearest question, which most visitors need not be asked about.
    may_have_cart = not is_all or any(one.cart_effect for one in activities)
    cart = history.cart(cursor, customer_id) if may_have_cart else []
    recent = [one for one in activities if one.occurred_at >= wanted_since]
    looked_at = next((one for one in activities if one.sku_id or one.product_id), None)
    advice = goods.advice(
        cursor, customer_id, shop.store_id, looked_at.sku_id if looked_at else None
    )
    skus = goods.skus(
        cursor,
        {one.sku_id for one in [*recent, *cart, *advice, looked_at] if one and one.sku_id},
        looked_at.product_id if looked_at else None,
        store_id=shop.store_id,
        trade_policy_id=shop.trade_policy_id,
        now=now,
    )
    return _Online(done, activities, recent, looked_at, cart, advice, skus)


def _read_bought(cursor: DuckDBPyConnection, customer_id: str, since: date) -> _Bought:
    orders = history.orders(cursor, customer_id)
    purchases = sorted(
        [*orders, *history.receipts(cursor, customer_id)],
        key=lambda order: order.ordered_at,
        reverse=True,
    )[: history.ORDERS]
    return _Bought(
        orders,
        _with_lines(cursor, purchases),
        history.last_store_visit(cursor, customer_id),
        history.bought_skus(cursor, customer_id, since),
    )


def _with_lines(
    cursor: DuckDBPyConnection, purchases: list[Order]
) -> list[tuple[Order, list[OrderLine]]]:
    """Give purchases with their lines; a purchase may be newer than the build that knows these."""
    receipts = [one.order_id for one in purchases if one.is_receipt]
    of_tills = history.receipt_lines(cursor, receipts) if receipts else []
    orders = [one.order_id for one in purchases if not one.is_receipt]
    of_web = history.order_lines(cursor, orders) if orders else []
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


def _moments(done: list[Activity]) -> list[Moment]:
    """Fold what was done several times on end."""
    moments = []
    for _, group in groupby(done, lambda one: (one.activity, one.name, one.search_term)):
        same = list(group)
        moments.append(Moment(same[-1].event_id, same[0], len(same)))
    return moments
