"""Snapshots keep what builds found, from build to build, by the builds' own time."""

import pytest

from tests.project.conftest import House, write_messages
from tests.project.histories import first_night, second_night, stock
from tests.project.nights import FIRST, SECOND, Nights


def _positions(house: House) -> list[tuple[object, ...]]:
    return house.query(
        "select available_units::int, valid_from::date::text, valid_to::date::text"
        " from pii.snapshots.stock_positions where sku_id = '70' order by valid_from"
    )


def _states(house: House) -> list[tuple[object, ...]]:
    return house.query(
        "select is_running, valid_from::date::text, valid_to::date::text"
        " from pii.snapshots.promotion_states where promotion_id = 'p' order by valid_from"
    )


def _assert_two_versions(house: House) -> None:
    assert _positions(house) == [(9, "2024-05-10", "2024-06-10"), (4, "2024-06-10", None)]
    assert _states(house) == [(True, "2024-05-10", "2024-06-10"), (False, "2024-06-10", None)]


def test_two_builds_of_different_times_give_two_versions_and_a_rerun_none(nights: Nights) -> None:
    _assert_two_versions(nights.house)


@pytest.mark.long
def test_a_rerun_mends_what_it_had_said_and_an_earlier_time_changes_nothing(house: House) -> None:
    def build(as_of: str, *messages: dict[str, object]) -> None:
        house.run("land", write_messages(house.folder / "some.ndjson", list(messages)))
        house.run("build", "--quiet", "--as-of", as_of)

    build(FIRST, *first_night())
    build(SECOND, *second_night())
    _assert_two_versions(house)
    build(FIRST)
    _assert_two_versions(house)
    build(SECOND, stock("2024-06-02T12:00:00Z", 3))
    assert _positions(house) == [(9, "2024-05-10", "2024-06-10"), (3, "2024-06-10", None)]
