"""What the blend is measured against: what sells most, and the library `implicit`."""

import importlib.util
import warnings

import duckdb

_POPULAR_DAYS = 28


def has_implicit() -> bool:
    """Say whether the library is there (the extra `recommendations`)."""
    return importlib.util.find_spec("implicit") is not None


def popular(connection: duckdb.DuckDBPyConnection, *, new_only: bool) -> str:
    """Recommend to all what most customers bought in the last 28 days; returns the relation."""
    unless_bought = "anti join bought using (customer_id, sku_id)" if new_only else ""
    connection.execute(
        f"""
        create or replace table rival as
        with popular as (
            select sku_id, count(distinct customer_id) as buyers from marts.fct_sales
            where sale_date > (select max(sale_date) from marts.fct_sales) - {_POPULAR_DAYS}
            and customer_id is not null and sku_id is not null
            group by sku_id order by buyers desc, sku_id limit 500
        ),
        customers as (select distinct customer_id from truth),
        offers as (select customer_id, sku_id, buyers from customers, popular)
        select customer_id, sku_id,
            row_number() over (partition by customer_id order by buyers desc, sku_id) as rank
        from offers {unless_bought}
        qualify rank <= 10
        """  # noqa: S608 (text of our own)
    )
    return "rival"


class Implicit:
    """One of the library's models, fitted to the units that each customer bought of each SKU."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, method: str) -> None:
        import numpy as np  # noqa: PLC0415 (an optional library brings it)
        from implicit.als import AlternatingLeastSquares  # noqa: PLC0415 (an optional library)
        from implicit.nearest_neighbours import BM25Recommender  # noqa: PLC0415
        from scipy.sparse import csr_matrix  # noqa: PLC0415

        self._connection = connection
        found = connection.execute(
            """
            select customer_id, sku_id, cast(sum(greatest(unit_count, 0)) as double) as units
            from marts.fct_sales where customer_id is not null and sku_id is not null
            group by customer_id, sku_id having units > 0 order by customer_id, sku_id
            """
        ).fetchnumpy()
        self._customers, rows = np.unique(found["customer_id"].astype(str), return_inverse=True)
        self._skus, columns = np.unique(found["sku_id"].astype(str), return_inverse=True)
        self._units = csr_matrix((found["units"].astype(np.float32), (rows, columns)))
        with warnings.catch_warnings():
            # Of what it does with what it is given.
            warnings.simplefilter("ignore")
            self._model = (
                AlternatingLeastSquares(random_state=1) if method == "als" else BM25Recommender()
            )
            self._model.fit(self._units, show_progress=False)

    def recommend(self, *, new_only: bool) -> str:
        """Recommend ten to each customer; returns the relation."""
        import numpy as np  # noqa: PLC0415 (an optional library brings it)
        import pyarrow as pa  # noqa: PLC0415 (as late as numpy)

        numbers = np.arange(len(self._customers))
        most = min(10, len(self._skus))
        skus, scores = self._model.recommend(
            numbers, self._units, N=most, filter_already_liked_items=new_only
        )
        kept = (skus.ravel() >= 0) & (scores.ravel() > np.finfo(np.float32).min)
        table = pa.table(
            {
                "customer_id": np.repeat(self._customers, most)[kept],
                "sku_id": self._skus[skus.ravel()][kept],
                "rank": np.tile(np.arange(1, most + 1), len(numbers))[kept],
            }
        )
        self._connection.register("offers", table)
        self._connection.execute("create or replace table rival as from offers")
        self._connection.unregister("offers")
        return "rival"
