"""Nights with outages end where nights without them end."""

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.forks import PROJECT
from tests.night.outages import Tell, pass_badly, pass_well
from tests.night.shop import NightShop, Rows, orders, tiny_shop
from tests.project.comparison import differences, rows_of
from tests.project.conftest import House

FIRST = date(2024, 5, 6)
DAYS = [FIRST + timedelta(days=number) for number in range(7)]


def _tell(shop: NightShop, day: date) -> None:
    shop.deliver_file(str(day), orders(day, "a", "b"))


def _past_its_first_night(shop: NightShop, other: Path, tell: Tell) -> NightShop:
    """Pass a first night, and make another shop of what it is then, with its key of hashes."""
    pass_well(shop, DAYS[:1], tell)
    shutil.copytree(shop.folder, other, symlinks=True)
    return replace(shop, folder=other)


def _rows(shop: NightShop) -> Rows:
    """What a tiny build says, but for when it was landed."""
    return {
        "orders": shop.query("select order_id, data from marts.fct_orders order by all"),
        "counts": shop.query("from aggregates.agg_orders"),
        "suggested": shop.query("from activation.contact_suggestions order by all"),
        "ledger": shop.query(
            "select contract, sum(landed)::int, sum(loaded)::int from validation.message_ledger"
            " group by all"
        ),
    }


def test_nights_with_outages_end_as_nights_without(tmp_path: Path, tiny_project: Path) -> None:
    calm = tiny_shop(tmp_path / "calm", tiny_project)
    shop = _past_its_first_night(calm, tmp_path / "shop", _tell)
    days = DAYS[1:4]
    pass_well(calm, days, _tell)
    pass_badly(shop, days, _tell, orders(FIRST, "broken"), most_bytes=1_000_000)
    assert len(_rows(shop)["orders"]) == 2 * len(days) + 2
    assert _rows(shop) == _rows(calm)
    # A night of which a later one is published has nothing to do any more.
    assert shop.night(days[1]).summary["state"] == "superseded"


@pytest.mark.long
def test_seven_days_of_a_store_with_outages_end_as_days_without(tmp_path: Path) -> None:
    calm = NightShop(tmp_path / "calm", _project_without_rest(tmp_path / "project"))
    told = _days_of_a_store(tmp_path)

    def tell(shop: NightShop, day: date) -> None:
        shop.deliver_file(str(day), told[day])

    shop = _past_its_first_night(calm, tmp_path / "shop", tell)
    pass_well(calm, DAYS[1:], tell)
    pass_badly(shop, DAYS[1:], tell, _bad(), most_bytes=12_000_000)
    houses = [House(one.warehouse.parent) for one in (calm, shop)]
    assert differences(*map(rows_of, houses)) == []
    assert shop.query("select count(*) > 50 from marts.fct_orders") == [(True,)]


def _project_without_rest(folder: Path) -> Path:
    """A copy of the project in which nothing rests that was recommended on the days before.

    A night that had nothing of its day recommended something else; that it did is remembered and
    has to count, but raw does not tell it.
    """
    folder.mkdir()
    for name in ("models", "macros", "seeds", "snapshots", "tests/generic"):
        shutil.copytree(PROJECT / name, folder / name)
    for path in (PROJECT / "profiles.yml", *(PROJECT / "tests").glob("*.sql")):
        shutil.copy(path, folder / path.relative_to(PROJECT))
    settings = (PROJECT / "dbt_project.yml").read_text()
    rest = "recommendation_cooldown_days: 5\n"
    assert rest in settings
    (folder / "dbt_project.yml").write_text(settings.replace(rest, rest.replace("5", "0")))
    return folder


def _days_of_a_store(folder: Path) -> dict[date, list[bytes]]:
    """A store's messages, by the day after which a night lands them."""
    house = House(folder)
    path = folder / "all.ndjson"
    house.run(
        *("simulate", "--orders", 100, "--seed", 11, "--start", FIRST, "--days", len(DAYS)),
        *("--out", path),
    )
    told: dict[date, list[bytes]] = {day: [] for day in DAYS}
    for line in path.read_bytes().splitlines(keepends=True):
        published = date.fromisoformat(msgspec.json.decode(line)["publish_time"][:10])
        told[min(max(published, DAYS[0]), DAYS[-1])].append(line)
    return told


def _bad() -> list[bytes]:
    """Two messages of one id that say different things."""
    return [
        msgspec.json.encode(
            {
                "subscription_name": "events",
                "message_id": "twice",
                "publish_time": "2024-05-06T12:00:00Z",
                "attributes": {"contract": "vtex.order_event"},
                "data": f'{{"OrderId": "{number}", "State": "handling",'
                ' "CurrentChange": "2024-05-06T12:00:00Z"}',
            }
        )
        + b"\n"
        for number in (1, 2)
    ]
