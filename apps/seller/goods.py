"""What a shop has to offer: SKUs with its prices and stock, and what the build would suggest."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from duckdb import DuckDBPyConnection


class Sku(NamedTuple):
    """What a SKU is, costs, and whether the shop has it."""

    sku_id: str
    product_id: str | None
    name: str | None
    brand_name: str | None
    image_url: str | None
    price_amount: Decimal | None
    list_price_amount: Decimal | None
    currency_code: str | None
    # None where nobody said how many there are.
    available_units: Decimal | None
    is_unlimited: bool
    is_active: bool

    @property
    def has_stock(self) -> bool:
        """Whether the shop has it."""
        return self.is_unlimited or (self.available_units or 0) > 0


class Advice(NamedTuple):
    """What the published build suggests to offer to a customer, or to speak of."""

    # contact (why to speak to them today), similar (to what they look at), or recommended
    kind: str
    # None where there is nothing in particular to offer.
    sku_id: str | None
    reason: str | None


def store_name(cursor: DuckDBPyConnection, store_id: str) -> str | None:
    """Give a shop's name; None for a shop that the warehouse does not know."""
    row = cursor.execute(
        "select store_name from marts.dim_stores where store_id = $store", {"store": store_id}
    ).fetchone()
    return row[0] if row else None


def skus(  # noqa: PLR0913 (what is asked for, by whom and when)
    cursor: DuckDBPyConnection,
    sku_ids: Collection[str],
    product_id: str | None,
    *,
    store_id: str,
    trade_policy_id: str,
    now: datetime,
) -> dict[str, Sku]:
    """Describe SKUs, and all of a product, as one shop sells them.

    The price is the fixed one of its trade policy, else the base price.
    """
    family = cursor.execute(
        "select sku_id from marts.dim_skus where is_current and product_id = $product",
        {"product": product_id},
    ).fetchall()
    rows = cursor.execute(
        """
        with

        skus as (

            select * from marts.dim_skus
            where is_current and sku_id in (select unnest($skus))

        ),

        prices as (

            select * from marts.fct_price_changes
            where
                is_current
                and sku_id in (select sku_id from skus)
                and price_amount is not null
                and (
                    price_type = 'base'
                    or (
                        trade_policy_id = $policy
                        and coalesce(minimum_quantity, 1) <= 1
                        and coalesce(begins_at <= $now, true)
                        and coalesce(ends_at > $now, true)
                    )
                )
            qualify
                row_number() over (
                    partition by sku_id order by price_type = 'base', price_amount, price_series_id
                ) = 1

        ),

        stock as (

            -- A list is looked into before stock is added up, a join would be afterwards.
            select * from speed.live_store_stock
            where store_id = $store and list_contains($skus, sku_id)

        ),

        documents as (

            select * from cleansed.cleansed_skus
            where is_current and sku_id in (select sku_id from skus)

        )

        select
            skus.sku_id,
            skus.product_id,
            coalesce(skus.sku_name, skus.product_name) as name,
            skus.brand_name,
            documents.image_url,
            prices.price_amount,
            prices.list_price_amount,
            prices.currency_code,
            stock.available_units,
            coalesce(stock.is_unlimited, false) as is_unlimited,
            coalesce(skus.is_active, true) as is_active
        from skus
        left join documents on skus.sku_id = documents.sku_id
        left join prices on skus.sku_id = prices.sku_id
        left join stock on skus.sku_id = stock.sku_id
        """,
        {
            "skus": list({*sku_ids, *(row[0] for row in family)}),
            "store": store_id,
            "policy": trade_policy_id,
            "now": now.replace(tzinfo=None),
        },
    ).fetchall()
    return {row[0]: Sku(*row) for row in rows}


def advice(
    cursor: DuckDBPyConnection, customer_id: str, store_id: str, viewed_sku_id: str | None
) -> list[Advice]:
    """List what the build of the day suggests: the shop's contact first, then what is the best."""
    rows = cursor.execute(
        """
        select
            'contact' as kind,
            sku_id,
            reason,
            0 as rank
        from activation.contact_suggestions
        where store_id = $store and customer_id = $customer
        union all
        select
            'similar' as kind,
            similar_sku_id as sku_id,
            null as reason,
            rank
        from activation.similar_skus
        where sku_id = $viewed
        union all
        select
            'recommended' as kind,
            sku_id,
            reason,
            rank
        from activation.product_recommendations
        where customer_id = $customer
        order by rank, kind desc
        """,
        {"store": store_id, "customer": customer_id, "viewed": viewed_sku_id},
    ).fetchall()
    return [Advice(*row[:3]) for row in rows]
