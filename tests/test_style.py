"""What the linter's rules share changes nothing that they find."""

import pytest
from sqlfluff.core import FluffConfig, Linter
from sqlfluff.core.parser import BaseSegment
from sqlfluff.utils.reflow.sequence import ReflowSequence

from tests import style

_UNTIDY = """SELECT  a,b ,  c as  d
   from orders AS o
  left join   sales s on o.order_id=s.sale_id
 where   a in (1,2 ,3)
  and b = 'a text that makes the line longer than any line may be, whatever it says, and on it goes'
group by
1,
   2
"""
_UNTIDY_QUERIES = """with first as (select distinct(o.a), Sum(b) from orders o, sales o group by 1),
unused as (
  select 1 as x union select case when y then 1 else null end from (select * from lines) as l)
Select f.a b, c, (select max(z) from other where other.a = f.a) as q from first as f
  JOIN stores using (a) left join stores as s2 on s2.a = f.a where f.a <> NULL and
    list_filter(c, x -> x > 1) is not null ;
"""


def found(sql: str) -> list[tuple[str, int, int, str]]:
    config = FluffConfig(overrides={"dialect": "duckdb", "max_line_length": 80})
    violations = Linter(config=config).lint_string(sql).get_violations()
    return [(one.rule_code(), one.line_no, one.line_pos, one.desc()) for one in violations]


@pytest.mark.parametrize("sql", [_UNTIDY, _UNTIDY_QUERIES])
def test_rules_that_share_what_they_ask_find_what_they_find_alone(
    monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    alone = found(sql)
    made = []
    of_root = ReflowSequence.from_root

    def counted(root_segment: BaseSegment, config: FluffConfig) -> ReflowSequence:
        made.append(root_segment)
        return of_root(root_segment, config)

    monkeypatch.setattr(style, "_of_root", counted)
    for owner, name, shared in style.SHARED:
        monkeypatch.setattr(owner, name, shared)
    assert found(sql) == alone
    assert len(made) == 1
    if sql is _UNTIDY:
        assert {"LT01", "LT02", "LT05"} <= {rule for rule, *_ in alone}
    if sql is _UNTIDY_QUERIES:
        assert {"AL04", "RF02", "ST03", "AM01"} <= {rule for rule, *_ in alone}
