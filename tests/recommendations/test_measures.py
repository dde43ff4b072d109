import math
from collections.abc import Iterator

import duckdb
import pytest

from recommendations.measures import measure, measure_together

_TABLES = {
    "bought (customer_id, sku_id)": "('x', 'a'), ('x', 'c'), ('y', 'a'), ('z', 'd')",
    "truth (customer_id, sku_id)": "('x', 'a'), ('x', 'b'), ('y', 'b')",
    "recommended (customer_id, sku_id, rank)": (
        "('x', 'a', 1), ('x', 'c', 2), ('x', 'b', 3), ('y', 'c', 1), ('z', 'a', 1), ('x', 'd', 11)"
    ),
    "baskets (basket_id, sku_id)": "('1', 'a'), ('1', 'b'), ('2', 'q')",
    "similar_skus (sku_id, similar_sku_id, score)": "('a', 'b', 0.5), ('b', 'a', 0.5)",
}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as one:
        for table, rows in _TABLES.items():
            name, _, columns = table.partition(" ")
            one.execute(f"create table {name} as select * from (values {rows}) as rows{columns}")
        yield one


def test_repeats_are_measured_over_who_bought_at_all(connection: duckdb.DuckDBPyConnection) -> None:
    found = measure(connection, "recommended", new_only=False)
    best = 1 + 1 / math.log2(3)
    assert (found.customers, found.hit_rate, found.recall) == (2, 0.5, 0.5)
    assert found.ndcg == pytest.approx((1 + 1 / math.log2(4)) / best / 2)
    # a, b and c are recommended to who bought; a, c and d were sold before.
    assert found.coverage == pytest.approx(1)


def test_discovery_is_measured_over_what_was_never_bought(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    found = measure(connection, "recommended", new_only=True)
    assert (found.customers, found.hit_rate, found.recall) == (2, 0.5, 0.5)
    assert found.ndcg == pytest.approx(1 / math.log2(4) / 2)


def test_the_hidden_sku_of_a_basket_is_looked_for_among_what_goes_with_the_rest(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert measure_together(connection, "similar_skus") == (1, 1.0)
    connection.execute("delete from similar_skus")
    assert measure_together(connection, "similar_skus") == (1, 0.0)
