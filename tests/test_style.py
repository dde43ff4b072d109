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


def found() -> list[tuple[str, int, int]]:
    config = FluffConfig(overrides={"dialect": "duckdb", "max_line_length": 80})
    lines = Linter(config=config).lint_string(_UNTIDY)
    return [(one.rule_code(), one.line_no, one.line_pos) for one in lines.get_violations()]


def test_rules_that_share_a_sequence_find_what_they_find_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alone = found()
    made = []
    of_root = ReflowSequence.from_root

    def counted(root_segment: BaseSegment, config: FluffConfig) -> ReflowSequence:
        made.append(root_segment)
        return of_root(root_segment, config)

    monkeypatch.setattr(style, "_of_root", counted)
    monkeypatch.setattr(ReflowSequence, "from_root", style._from_root)
    assert found() == alone
    assert {"LT01", "LT02", "LT05"} <= {rule for rule, *_ in alone}
    assert len(made) == 1
