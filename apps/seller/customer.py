"""What a screen shows of one customer, put together from the warehouse's answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby

from duckdb import DuckDBPyConnection

from apps.seller import queries
from apps.seller.config import Config, Shop
from apps.seller.queries import Activity, CartLine, Order, OrderLine, Person, Sku, Visit, Wish

_TIMELINE = 40
# Somebody who did something within so many minutes is online.
_ONLINE_MINUTES = 5


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
    seen_online_at: datetime | None
    is_online: bool
    store_visit: Visit | None
    timeline: list[Moment]
    # What was looked at last, and its other sizes that the shop has.
    product: Sku | None
    siblings: list[Sku]
    cart: list[tuple[CartLine, Sku | None]]
    orders: list[tuple[Order, list[OrderLine]]]
    suggestions: list[tuple[Wish, Sku]]

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


def read(
    cursor: DuckDBPyConnection, customer_id: str, shop: Shop, config: Config, now: datetime
) -> Customer | None:
    """Read a screen (`now` is UTC); None for somebody unknown, or who may not be looked up."""
    person = queries.person(cursor, customer_id)
    if person is None or not may_be_looked_up(person, config):
        return None
    done = queries.activity(cursor, customer_id)
    orders = queries.orders(cursor, customer_id)
    cart = queries.cart(cursor, customer_id)
    wishes = queries.wishes(cursor, customer_id, store_id=shop.store_id, now=now)
    looked_at = next((one for one in done if one.sku_id or one.product_id), None)
    family = _family(cursor, looked_at, shop)
    wanted = {*family, *(line.sku_id for line in cart), *(wish.sku_id for wish in wishes)}
    skus = queries.skus(
        cursor, wanted, store_id=shop.store_id, trade_policy_id=shop.trade_policy_id, now=now
    )
    shown = [skus[one] for one in family if one in skus]
    product = shown[0] if shown else None
    lines = queries.order_lines(cursor, [order.order_id for order in orders])
    online = [order.ordered_at for order in orders if order.store_name is None]
    seen_at = max([*online, *(one.occurred_at for one in done[:1])], default=None)
    since = now.replace(tzinfo=None) - timedelta(hours=config.timeline_hours)
    online_since = now.replace(tzinfo=None) - timedelta(minutes=_ONLINE_MINUTES)
    return Customer(
        person=person,
        seen_online_at=seen_at,
        is_online=bool(done) and done[0].occurred_at >= online_since,
        store_visit=queries.last_store_visit(cursor, customer_id),
        timeline=_moments([one for one in done if one.occurred_at >= since])[:_TIMELINE],
        product=product,
        siblings=[sku for sku in shown[1:] if has_stock(sku)],
        cart=[(line, skus.get(line.sku_id)) for line in cart],
        orders=[
            (order, [line for line in lines if line.order_id == order.order_id]) for order in orders
        ],
        suggestions=[
            (wish, skus[wish.sku_id])
            for wish in wishes
            if wish.sku_id in skus and not (product and wish.sku_id == product.sku_id)
        ],
    )


def has_stock(sku: Sku) -> bool:
    """Tell whether the shop has a SKU."""
    return sku.is_unlimited or (sku.available_units or 0) > 0


def _family(cursor: DuckDBPyConnection, looked_at: Activity | None, shop: Shop) -> list[str]:
    """List the SKU that was looked at, and its product's others after it."""
    if looked_at is None:
        return []
    others = []
    if looked_at.product_id:
        others = queries.product_skus(cursor, looked_at.product_id, shop.store_id)
    if looked_at.sku_id is None:
        return others
    return [looked_at.sku_id, *(one for one in others if one != looked_at.sku_id)]


def _moments(done: list[Activity]) -> list[Moment]:
    """Fold what was done several times on end."""
    moments = []
    for _, group in groupby(done, lambda one: (one.activity, one.name, one.search_term)):
        same = list(group)
        moments.append(Moment(same[-1].event_id, same[0], len(same)))
    return moments
