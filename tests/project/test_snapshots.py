"""Snapshots keep what builds found, from build to build, by the builds' own time."""

import json

import pytest

from tests.project.conftest import House, write_messages

_FIRST, _SECOND = "2024-05-10T12:00:00Z", "2024-06-10T12:00:00Z"


def _message(contract: str, published: str, document: dict[str, object]) -> dict[str, object]:
    return {
        "subscription_name": "projects/shop/subscriptions/all",
        "message_id": f"{contract} {published}",
        "publish_time": published,
        "attributes": {"contract": contract},
        "data": json.dumps(document),
    }


def _stock(published: str, units: int) -> dict[str, object]:
    balance = [{"warehouseId": "1_1", "totalQuantity": units, "reservedQuantity": 0}]
    return _message("vtex.inventory", published, {"skuId": "70", "balance": balance})


def _promotion(published: str) -> dict[str, object]:
    dates = {"beginDateUtc": "2024-05-01T03:00:00Z", "endDateUtc": "2024-06-01T03:00:00Z"}
    promotion = {"idCalculatorConfiguration": "p", "isActive": True, "lastModified": published}
    return _message("vtex.promotion", published, promotion | dates)


def _land(house: House, name: str, *messages: dict[str, object]) -> None:
    house.run("land", write_messages(house.folder / f"{name}.ndjson", list(messages)))


def _positions(house: House) -> list[tuple[object, ...]]:
    return house.query(
        "select available_units::int, valid_from::date::text, valid_to::date::text"
        " from pii.snapshots.stock_positions order by valid_from"
    )


def _states(house: House) -> list[tuple[object, ...]]:
    return house.query(
        "select is_running, valid_from::date::text, valid_to::date::text"
        " from pii.snapshots.promotion_states order by valid_from"
    )


def _two_builds(house: House) -> None:
    _land(house, "first", _stock("2024-05-01T12:00:00Z", 9), _promotion("2024-04-30T12:00:00Z"))
    house.run("build", "--quiet", "--as-of", _FIRST)
    _land(house, "second", _stock("2024-06-01T12:00:00Z", 4))
    house.run("build", "--quiet", "--as-of", _SECOND)


def _assert_two_versions(house: House) -> None:
    assert _positions(house) == [(9, "2024-05-10", "2024-06-10"), (4, "2024-06-10", None)]
    assert _states(house) == [(True, "2024-05-10", "2024-06-10"), (False, "2024-06-10", None)]


def test_two_builds_of_different_times_give_two_versions_and_a_rerun_none(house: House) -> None:
    _two_builds(house)
    _assert_two_versions(house)
    house.run("build", "--quiet", "--as-of", _SECOND)
    _assert_two_versions(house)


@pytest.mark.long
def test_a_rerun_mends_what_it_had_said_and_an_earlier_time_changes_nothing(house: House) -> None:
    _two_builds(house)
    house.run("build", "--quiet", "--as-of", _FIRST)
    _assert_two_versions(house)
    _land(house, "third", _stock("2024-06-02T12:00:00Z", 3))
    house.run("build", "--quiet", "--as-of", _SECOND)
    assert _positions(house) == [(9, "2024-05-10", "2024-06-10"), (3, "2024-06-10", None)]
