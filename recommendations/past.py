"""The shop's history cut at a day, and the models' own SQL run over what was known then."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import duckdb

from recommendations.weights import Weights
from warehouse.dbt_run import CompiledModel, DbtPlace, compile_models
from warehouse.errors import WarehouseError

# Compiled once with this "now", which is then replaced by each cut's.
_NOW = "2001-02-03 04:05:06"
_MODELS = ("agg_customer_stores", "viewed_skus", "similar_skus", "recommendation_candidates")
_RANKING, _REASONS = "recommended_skus", "product_recommendations"
MOST = 10


class Past:
    """A scratch database, beside it the published one, read only.

    `sales` in it is the published fct_sales; `marts.fct_sales` and what the models read has no row
    after the cut.
    """

    def __init__(self, published: Path, project: Path, folder: Path) -> None:
        place = DbtPlace(
            "duckdb",
            folder / "target",
            folder / "logs",
            {
                "VITRINE_BUILD": str(folder / "vitrine.duckdb"),
                "VITRINE_BUILD_PII": str(folder / "vitrine_pii.duckdb"),
            },
            is_parsed_once=True,
        )
        self._models: Mapping[str, CompiledModel] = compile_models(
            place,
            project,
            [*_MODELS, _RANKING, _REASONS],
            {
                "as_of": _NOW,
                "recommendation_lag_days": 1,
                "recommendations_per_customer": MOST,
                "recommendations_at_least": 1,
                "recommendation_new_only": False,
                "recommendation_scores": str(folder / "scores.parquet"),
            },
        )
        self.scores = folder / "scores.parquet"
        self.connection = duckdb.connect(folder / "vitrine.duckdb")
        self._run(f"attach '{_quoted(folder / 'past_pii.duckdb')}' as vitrine_pii")
        self._run(f"attach '{_quoted(published)}' as published (read_only)")
        for schema in ("marts", "aggregates", "activation", "speed", "seeds"):
            self._run(f"create schema if not exists {schema}")
        for schema in ("activation_work", "snapshots"):
            self._run(f"create schema if not exists vitrine_pii.{schema}")
        self._take("sales", "published.marts.fct_sales")
        for name in (
            "marts.dim_skus",
            "marts.fct_inventory_levels",
            "speed.known_store_warehouses",
        ):
            self._take(name, f"published.{name}")
        self._take("seeds.recommendation_exclusions", "published.seeds.recommendation_exclusions")
        self.forget_scores()

    def span(self) -> tuple[date, date]:
        """Give the first and the last day with a customer's sale; raises WarehouseError."""
        found = self.connection.execute(
            "select min(sale_date), max(sale_date) from sales where customer_id is not null"
        ).fetchone()
        if found is None or found[0] is None:
            raise WarehouseError(
                "no sale of a known customer is published. Land orders or receipts, and run "
                "`vitrine build`."
            )
        return found[0], found[1]

    def cut(self, day: date) -> None:
        """Let nothing be known of this day and what came after it."""
        limit = f"date '{day.isoformat()}'"
        self._as_of = f"{day.isoformat()} 12:00:00"
        self._run(f"create or replace view marts.fct_sales as from sales where sale_date < {limit}")
        self._run(
            "create or replace view marts.fct_storefront_events as "
            f"from published.marts.fct_storefront_events where occurred_date < {limit}"
        )
        self._make("agg_customer_stores")
        self._make("viewed_skus")

    def tell_truth(self, first: date, days: int) -> int:
        """Make `truth`: what each customer bought in these days, who had bought before the cut.

        Returns how many rows it has. `bought` is what they had bought before, `baskets` what
        anybody bought together in these days.
        """
        limits = {"first": first, "end": first + timedelta(days=days)}
        self._run(
            "create or replace table bought as "
            "select distinct customer_id, sku_id from marts.fct_sales "
            "where customer_id is not null and sku_id is not null"
        )
        self.connection.execute(
            "create or replace table truth as select distinct customer_id, sku_id from sales "
            "where sale_date >= $first and sale_date < $end and sku_id is not null "
            "and customer_id in (select customer_id from bought)",
            limits,
        )
        self.connection.execute(
            "create or replace table baskets as "
            "select distinct channel || ':' || sale_id as basket_id, sku_id from sales "
            "where sale_date >= $first and sale_date < $end and sku_id is not null",
            limits,
        )
        found = self.connection.execute("select count(*) from truth").fetchone()
        assert found is not None  # noqa: S101 (an aggregate has a row)
        return int(found[0])

    def find_similar(self, weights: Weights) -> None:
        """Make similar_skus of the cut."""
        self._weigh(weights)
        self._make("similar_skus")

    def find_candidates(self, weights: Weights) -> None:
        """Make recommendation_candidates of the cut, of the newest similar_skus."""
        self._weigh(weights)
        self._make("recommendation_candidates")
        name = self._models["recommendation_candidates"].relation
        self._run(f"create or replace table all_candidates as from {name}")

    def recommend(self, weights: Weights, *, new_only: bool) -> str:
        """Rank the newest candidates; returns the relation: customer_id, sku_id, rank."""
        self._weigh(weights)
        name = self._models["recommendation_candidates"].relation
        condition = "purchase_days = 0" if new_only else "true"
        self._run(f"create or replace table {name} as from all_candidates where {condition}")
        self._make(_RANKING)
        return self._models[_RANKING].relation

    def explain(self) -> None:
        """Make product_recommendations of the newest ranking: with reasons."""
        self._make(_REASONS)

    @property
    def similar(self) -> str:
        """The relation of similar_skus."""
        return self._models["similar_skus"].relation

    def forget_scores(self) -> None:
        """Let no model of the shop's own have said anything."""
        self.connection.execute(
            "copy (select '' as customer_id, '' as sku_id, 0.0 as score where false) "
            f"to '{_quoted(self.scores)}' (format parquet)"
        )

    def _weigh(self, weights: Weights) -> None:
        self._run(
            "create or replace table seeds.recommendation_weights "
            "(parameter varchar, parameter_value double)"
        )
        self.connection.executemany(
            "insert into seeds.recommendation_weights values (?, ?)", [*weights.items()]
        )

    def _make(self, model: str) -> None:
        compiled = self._models[model]
        sql = compiled.sql.replace(_NOW, self._as_of)
        self._run(f"create or replace table {compiled.relation} as {sql}")

    def _take(self, name: str, source: str) -> None:
        try:
            self._run(f"create or replace view {name} as from {source}")
        except duckdb.CatalogException as error:
            raise WarehouseError(
                f"the published warehouse has no {source.removeprefix('published.')}: it is of an "
                "older Vitrine. Run `vitrine build`."
            ) from error

    def _run(self, sql: str) -> None:
        self.connection.execute(sql)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
