"""Subqueries that are asked once: what is moved, what stays, and that the rows are the same."""

import pytest

from tests.googlesql.once import with_subqueries_once
from tests.googlesql.reference import Catalog, GoogleSql, SqlError

_NUMBERS = "with numbers as (select x from given)"
_MOVED = {
    "an IN": "select x from numbers where x in (select n.x from numbers as n where n.x > 1)",
    "a NOT IN": "select x from numbers where x not in (select nullif(x, 1) from numbers)",
    "a value": "select x, (select max(x) from numbers) as greatest_x from numbers",
    "one of no rows": "select x, (select n.x from numbers as n where false) as x_2 from numbers",
    "one in another": (
        "select x from numbers where x in"
        " (select x from numbers where x < (select avg(n.x) from numbers as n))"
    ),
    "one in another WITH": (
        "select * from (with few as (select x from numbers limit 3)"
        " select x from few where exists (select 1 from few)) as some_numbers"
    ),
}
_STAYING = {
    "a correlated one": (
        "select x from numbers where exists (select 1 from numbers as n where n.x = numbers.x + 1)"
    ),
    "one that orders an array": "select array(select x from numbers order by x desc) as numbers",
}


@pytest.fixture(scope="module")
def catalog(google: GoogleSql) -> Catalog:
    numbers = google.evaluate("select x from unnest([1, 2, 3]) as x", Catalog())
    return Catalog({"given": numbers})


@pytest.mark.parametrize("query", [*_MOVED.values(), *_STAYING.values()])
def test_a_query_with_its_subqueries_moved_has_the_same_rows(
    google: GoogleSql, catalog: Catalog, query: str
) -> None:
    sql = f"{_NUMBERS} {query}"
    moved = with_subqueries_once(sql, google.parse(sql)[0].query)
    assert (moved is not None) == (query in _MOVED.values())
    as_written = google.evaluate(sql.replace("(select", "(/**/ select"), catalog)
    assert google.evaluate(moved or sql, catalog).rows == as_written.rows
    assert google.evaluate(sql, catalog) == as_written


def test_what_a_recursion_reads_each_time_is_kept(google: GoogleSql, catalog: Catalog) -> None:
    sql = (
        "with recursive steps as (select max(x) - 1 as step from given),"
        " reached as (select 1 as x union all"
        " select x + step from reached cross join steps where x < 7) select x from reached"
    )
    moved = with_subqueries_once(sql, google.parse(sql)[0].query)
    assert moved is not None
    assert moved.count("`steps`") > 1
    assert len(google.evaluate(moved, catalog).rows) == 4


def test_a_subquery_that_needs_the_outer_row_is_asked_for_each(
    google: GoogleSql, catalog: Catalog
) -> None:
    """The names do not tell that it is a correlated one: moved, it is refused."""
    outer = "(select x as y from numbers) as outer_numbers"
    sql = f"{_NUMBERS} select y from {outer} where y in (select x + y - y from numbers)"
    moved = with_subqueries_once(sql, google.parse(sql)[0].query)
    assert moved is not None
    with pytest.raises(SqlError):
        google.evaluate(moved, catalog)
    assert len(google.evaluate(sql, catalog).rows) == 3


def test_a_query_is_judged_as_it_was_written(google: GoogleSql, catalog: Catalog) -> None:
    sql = f"{_NUMBERS} select x from numbers where x in (select 'one', 1 from numbers)"
    with pytest.raises(SqlError, match=r"at \[1:\d+\]"):
        google.evaluate(sql, catalog)
