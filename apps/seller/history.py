"""What a customer did: online until seconds ago, in carts, and what they bought."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Self

from duckdb import DuckDBPyConnection

# so much of what was done online is listed
ACTIVITIES = 300
# the last purchases that are shown
ORDERS = 5


class Activity(NamedTuple):
    """Something done online."""

    event_id: str
    occurred_at: datetime
    activity: str
    sku_id: str | None
    product_id: str | None
    name: str | None
    search_term: str | None
    # what it says of a cart, if it does
    cart_effect: str | None


class Done(NamedTuple):
    """How much a customer did online; the count tells of what came late, too."""

    event_count: int
    last_occurred_at: datetime | None

    @classmethod
    def of(cls, activities: list[Activity]) -> Self:
        """Count all that somebody did, newest first."""
        return cls(len(activities), activities[0].occurred_at if activities else None)


class CartLine(NamedTuple):
    """A SKU in the cart."""

    sku_id: str
    name: str | None
    unit_count: Decimal
    unit_price_amount: Decimal | None
    currency_code: str | None
    changed_at: datetime
    is_abandoned: bool


class Order(NamedTuple):
    """An order, or a till's receipt (its status group is so); the store is the shop that sold it.

    Of an order that is fetched it is where it is picked up.
    """

    order_id: str
    status: str | None
    status_group: str
    ordered_at: datetime
    total_amount: Decimal
    currency_code: str
    store_name: str | None

    @property
    def is_receipt(self) -> bool:
        """Whether it was sold at a till."""
        return self.status_group == "receipt"


class OrderLine(NamedTuple):
    """A line of an order, or of a receipt."""

    order_id: str
    name: str | None
    # None at a till, which counts fuel in thousandths
    unit_count: Decimal | None


class Visit(NamedTuple):
    """The last sale that a shop had a part in."""

    sale_date: date
    store_name: str | None


def activity(cursor: DuckDBPyConnection, customer_id: str) -> list[Activity]:
    """List what a customer did online, newest first.

    Visits are not shown; `live_customer_activity` would tell them, and cost twice as much.
    """
    rows = cursor.execute(
        """
        with

        events as (

            select * from speed.live_customer_events
            where customer_id = $customer
            order by occurred_at desc, event_id desc
            limit $rows

        )

        select
            events.event_id,
            events.occurred_at,
            events.activity,
            events.sku_id,
            coalesce(events.product_id, skus.product_id) as product_id,
            coalesce(skus.sku_name, skus.product_name, products.product_name) as name,
            events.search_term,
            events.cart_effect
        from events
        left join marts.dim_skus as skus on events.sku_id = skus.sku_id and skus.is_current
        left join speed.known_products as products on events.product_id = products.product_id
        order by events.occurred_at desc, events.event_id desc
        """,
        {"customer": customer_id, "rows": ACTIVITIES},
    ).fetchall()
    return [Activity(*row) for row in rows]


def done_so_far(cursor: DuckDBPyConnection, customer_id: str) -> Done:
    """Tell how much a customer did online: cheaper than to list it."""
    row = cursor.execute(
        """
        select
            count(*) as event_count,
            max(occurred_at) as last_occurred_at
        from speed.live_customer_events
        where customer_id = $customer
        """,
        {"customer": customer_id},
    ).fetchone()
    return Done(*row) if row else Done(0, None)


def last_store_visit(cursor: DuckDBPyConnection, customer_id: str) -> Visit | None:
    """Give the last sale that a shop had a part in."""
    row = cursor.execute(
        """
        select
            sales.sale_date,
            stores.store_name
        from marts.fct_sales as sales
        left join marts.dim_stores as stores on sales.store_id = stores.store_id
        where sales.customer_id = $customer and sales.store_id is not null
        order by sales.sale_date desc, sales.sale_id desc
        limit 1
        """,
        {"customer": customer_id},
    ).fetchone()
    return Visit(*row) if row else None


def cart(cursor: DuckDBPyConnection, customer_id: str) -> list[CartLine]:
    """List what is in a customer's cart, what was last put there first."""
    rows = cursor.execute(
        """
        select
            sku_id,
            sku_name,
            unit_count,
            unit_price_amount,
            currency_code,
            last_changed_at,
            is_abandoned
        from speed.live_customer_carts
        where customer_id = $customer and unit_count > 0
        order by last_changed_at desc, sku_id
        """,
        {"customer": customer_id},
    ).fetchall()
    return [CartLine(*row) for row in rows]


def orders(cursor: DuckDBPyConnection, customer_id: str) -> list[Order]:
    """List a customer's last orders, newest first; a sale's copies are left out."""
    rows = cursor.execute(
        """
        select
            orders.order_id,
            orders.status,
            orders.status_group,
            orders.ordered_at,
            orders.total_amount,
            orders.currency_code,
            stores.store_name
        from speed.live_orders as orders
        left join marts.dim_stores as stores on orders.store_id = stores.store_id
        where orders.customer_id = $customer and orders.is_counted
        order by orders.ordered_at desc, orders.order_id
        limit $rows
        """,
        {"customer": customer_id, "rows": ORDERS},
    ).fetchall()
    return [Order(*row) for row in rows]


def receipts(cursor: DuckDBPyConnection, customer_id: str) -> list[Order]:
    """List a customer's last receipts, newest first."""
    rows = cursor.execute(
        """
        select
            receipts.receipt_id,
            null as status,
            'receipt' as status_group,
            receipts.sold_at,
            receipts.total_amount,
            receipts.currency_code,
            coalesce(stores.store_name, receipts.store_id) as store_name
        from marts.fct_receipts as receipts
        left join marts.dim_stores as stores on receipts.store_id = stores.store_id
        where receipts.customer_id = $customer
        order by receipts.sold_at desc, receipts.receipt_id
        limit $rows
        """,
        {"customer": customer_id, "rows": ORDERS},
    ).fetchall()
    return [Order(*row) for row in rows]


def receipt_lines(cursor: DuckDBPyConnection, receipt_ids: Collection[str]) -> list[OrderLine]:
    """List the lines of receipts."""
    rows = cursor.execute(
        """
        select
            items.receipt_id,
            coalesce(skus.sku_name, skus.product_name) as name,
            null as unit_count
        from marts.fct_receipt_items as items
        left join marts.dim_skus as skus on items.sku_key = skus.sku_key
        where items.receipt_id in (select unnest($receipts))
        order by items.receipt_id, items.line_number
        """,
        {"receipts": list(receipt_ids)},
    ).fetchall()
    return [OrderLine(*row) for row in rows]


def order_lines(cursor: DuckDBPyConnection, order_ids: Collection[str]) -> list[OrderLine]:
    """List the lines of orders; an order that is newer than the published build has none yet."""
    rows = cursor.execute(
        """
        select
            items.order_id,
            coalesce(skus.sku_name, skus.product_name) as name,
            items.unit_count
        from marts.fct_order_items as items
        left join marts.dim_skus as skus on items.sku_key = skus.sku_key
        where items.order_id in (select unnest($orders))
        order by items.order_id, items.line_number
        """,
        {"orders": list(order_ids)},
    ).fetchall()
    return [OrderLine(*row) for row in rows]


def bought_skus(cursor: DuckDBPyConnection, customer_id: str, since: date) -> set[str]:
    """List what a customer bought, online or in a shop, from a local day on."""
    rows = cursor.execute(
        """
        select distinct sku_id
        from marts.fct_sales
        where customer_id = $customer and sale_date >= $since
        """,
        {"customer": customer_id, "since": since},
    ).fetchall()
    return {row[0] for row in rows}
