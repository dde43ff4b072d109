"""A pull that was killed again and again gives the warehouse of an undisturbed one."""

import shutil
from pathlib import Path

import pytest

from tests.project.comparison import Rows, differences, rows_of
from tests.project.conftest import House
from tests.vtex.server import serving
from tests.vtex.shop import Shop, simulated_orders, stock
from tests.vtex.support import pull
from tests.vtex.test_kills import drain, kill_again_and_again, lost_in

AS_OF = ("--as-of", "2099-01-01T00:00:00Z")


def pull_everything(folder: Path, kills: int) -> None:
    shop = stock(Shop(simulated_orders()))
    shop.most_told = 2
    with serving(shop) as server:
        assert pull(server, folder, "orders").returncode == 0
        kill_again_and_again(server, folder, kills)
        drain(server, folder)
        assert lost_in(server, folder) == []
        assert pull(server, folder, "all").returncode == 0


def marts_of(house: House) -> Rows:
    """What BI reads, but for what is dated by when it was read.

    An order's steps are those of the versions that were read: some, not all. A price document has
    no time of its own.
    """
    rows = rows_of(house)
    names = house.query("select column_name from (describe marts.fct_orders)")
    dated = ("paid_at", "handled_at", "minutes_to_")
    kept = ", ".join(f'"{name}"' for (name,) in names if not str(name).startswith(dated))
    rows["marts.fct_orders"] = house.query(f"select {kept} from marts.fct_orders order by all")
    rows["marts.fct_price_changes"] = house.query(
        "select sku_id, price_type, price_amount from marts.fct_price_changes order by all"
    )
    return {name: each for name, each in rows.items() if name.startswith(("marts", "aggregates"))}


@pytest.mark.long
def test_every_mart_is_that_of_an_undisturbed_pull(tmp_path: Path) -> None:
    quiet, killed = House(tmp_path / "quiet"), House(tmp_path / "killed")
    quiet.folder.mkdir()
    # They share the key of keyed hashes.
    quiet.run("build", "--quiet", *AS_OF)
    shutil.copytree(quiet.folder, killed.folder, symlinks=True)
    for house, kills in ((quiet, 0), (killed, 20)):
        pull_everything(house.folder, kills)
        house.run("build", "--quiet", *AS_OF)
    expected = marts_of(quiet)
    assert len(expected["marts.fct_orders"]) == len(simulated_orders())
    assert differences(expected, marts_of(killed)) == []
