"""The runner of models' unit tests puts their fixtures where dbt puts them."""

import re

import pytest
from dbt.compilation import InjectedCTE, inject_ctes_into_sql

from tests import models

_FIXTURES = [
    InjectedCTE(id="a", sql=" __dbt__cte__a as (\nselect 1 as x -- with a\n)"),
    InjectedCTE(id="b", sql=" __dbt__cte__b as (\nselect 'with' as x\n)"),
]


def without_spaces(sql: str) -> str:
    return re.sub(r"\s+", "", sql)


@pytest.mark.parametrize(
    "sql",
    [
        "with\n\nmine as (select * from __dbt__cte__a)\n\nselect * from mine",
        "\n\n  WITH mine as (with inner_ as (select 1) select * from inner_) select * from mine",
        "-- Said first, with a with.\n\n-- And more.\nwith mine as (select 1) select * from mine",
        "with recursive mine as (select * from __dbt__cte__b) select * from mine",
        "select * from __dbt__cte__a",
        "select * from (with mine as (select 1) select * from mine)",
        "/* a block */ with mine as (select 1) select * from mine",
    ],
)
def test_fixtures_stand_where_dbt_puts_them(sql: str) -> None:
    assert without_spaces(models._with_ctes(sql, _FIXTURES)) == without_spaces(
        inject_ctes_into_sql(sql, _FIXTURES)
    )
    assert models._with_ctes(sql, []) == sql
