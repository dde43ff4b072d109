"""docs/tutorial.md is true."""

import resource
from pathlib import Path

import pytest

from tests.project.conftest import AskedHouse
from tests.project.tutorial import PAGE, clone, follow, is_as_shown

_SECONDS = 600


def test_a_newcomer_gets_from_a_clone_to_an_answer_of_their_own(demo: AskedHouse) -> None:
    assert demo.query("select count(*) > 800 from marts.fct_orders") == [(True,)]


@pytest.mark.long
def test_all_of_the_tutorial_takes_ten_minutes_of_one_core_at_most(tmp_path: Path) -> None:
    folder = clone(tmp_path / "vitrine")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    follow(folder, PAGE.read_text())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"CPU seconds: {took:.0f}")
    assert took < _SECONDS


@pytest.mark.parametrize(
    ("printed", "shown", "is_right"),
    [
        ("a  1\n", "a  1\n", True),
        ("a  2\n", "a  1\n", False),
        ("x\nb \x1b[32mPASS\x1b[0m c 3\ny\n", "…\nb PASS c …\n…\n", True),
        ("x\nb FAIL c 3\ny\n", "…\nb PASS c …\n…\n", False),
        ("(a)\n", "…b…\n", False),
    ],
)
def test_what_is_shown_is_compared(printed: str, shown: str, is_right: bool) -> None:
    assert is_as_shown(printed, shown) is is_right
