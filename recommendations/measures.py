"""How good recommendations are, against what was bought afterwards."""

import duckdb
import msgspec


class Measures(msgspec.Struct, frozen=True):
    """At 10, averaged over customers: each between 0 and 1.

    Attributes:
        customers: with anything to be found.
        hit_rate: of them, those with at least one of the ten bought.
        recall: part of what a customer bought that is among the ten.
        ndcg: the same with more weight for the first ranks, 1 if no list could be better.
        coverage: part of all SKUs sold before the cut that anybody is recommended.

    """

    customers: int
    hit_rate: float
    recall: float
    ndcg: float
    coverage: float


def measure(connection: duckdb.DuckDBPyConnection, recommended: str, *, new_only: bool) -> Measures:
    """Compare a relation (customer_id, sku_id, rank) with `truth`.

    With new_only, only with what the customer had not bought before the cut.
    """
    truth = "truth anti join bought using (customer_id, sku_id)" if new_only else "truth"
    found = connection.execute(
        f"""
        with wanted as (select customer_id, sku_id from {truth}),
        sizes as (select customer_id, count(*) as size from wanted group by customer_id),
        recommended as (
            select recommended.customer_id, recommended.sku_id, recommended.rank
            from {recommended} as recommended
            semi join sizes using (customer_id)
            where recommended.rank <= 10
        ),
        hits as (
            select customer_id, count(*) as hits, sum(1 / log2(rank + 1)) as gain
            from recommended semi join wanted using (customer_id, sku_id)
            group by customer_id
        ),
        bests as (
            select size, sum(1 / log2(place + 1)) as best
            from range(1, 11) as sizes(size), range(1, 11) as places(place)
            where place <= size
            group by size
        )
        select
            count(*),
            coalesce(avg(cast(hits.hits is not null as integer)), 0),
            coalesce(avg(coalesce(hits.hits, 0) / sizes.size), 0),
            coalesce(avg(coalesce(hits.gain, 0) / bests.best), 0),
            (select count(distinct sku_id) from recommended)
                / greatest((select count(distinct sku_id) from bought), 1)
        from sizes
        left join hits using (customer_id)
        inner join bests on bests.size = least(sizes.size, 10)
        """  # noqa: S608 (relations of our own)
    ).fetchone()
    assert found is not None  # noqa: S101 (an aggregate has a row)
    return Measures(*found)


def measure_together(connection: duckdb.DuckDBPyConnection, similar: str) -> tuple[int, float]:
    """Hide one SKU of each basket of `baskets` with two or more; returns baskets, and part found.

    Found is what is among the ten with the greatest sum of scores over the basket's other SKUs.
    """
    found = connection.execute(
        f"""
        with sized as (
            select *, count(*) over (partition by basket_id) as size from baskets
        ),
        split as (
            select
                basket_id,
                sku_id,
                row_number() over (
                    partition by basket_id order by md5(basket_id || sku_id)
                ) as place
            from sized where size > 1
        ),
        shown as (select basket_id, sku_id from split where place > 1),
        hidden as (select basket_id, sku_id from split where place = 1),
        guesses as (
            select basket_id, similar_sku_id as sku_id, sum(score) as score
            from shown inner join {similar} as similar_skus using (sku_id)
            group by basket_id, similar_sku_id
        ),
        ten as (
            select basket_id, sku_id from guesses anti join shown using (basket_id, sku_id)
            qualify row_number() over (partition by basket_id order by score desc, sku_id) <= 10
        )
        select
            (select count(*) from hidden),
            (select count(*) from ten semi join hidden using (basket_id, sku_id))
        """  # noqa: S608 (a relation of our own)
    ).fetchone()
    assert found is not None  # noqa: S101 (scalars have a row)
    baskets, hits = found
    return baskets, hits / max(baskets, 1)
