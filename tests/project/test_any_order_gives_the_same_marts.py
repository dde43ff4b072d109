"""Any permutation, duplication and re-batching of a message set gives the same rows.

Many random shops share a build: their ids differ, so none touches another's rows.
"""

import random
import shutil
from pathlib import Path

import pytest

from tests.project.comparison import differences, rows_of
from tests.project.conftest import House, write_messages
from tests.project.nights import OF_SHOPS, SHOPS, seed
from tests.project.shops import Shop

_AS_OF = "2024-06-01T00:00:00Z"


def _assert_something_happened(house: House, shops: int) -> None:
    def count(table: str, name: str, condition: str = "true") -> int:
        of_shops = f"regexp_matches({name}, '{OF_SHOPS}')"
        return house.query(
            f"select count(*)::int from marts.{table} where {of_shops} and {condition}"
        )[0][0]

    assert count("fct_orders", "order_id") >= shops, "the shops ordered something"
    assert count("fct_receipts", "receipt_id") >= shops, "the tills sold something"
    assert count("dim_skus", "sku_id", "not is_current"), "SKUs changed"
    assert count("dim_customers", "customer_id", "not is_current"), "clients changed"


def _check(house: House, tmp_path: Path, cases: int, parts: int) -> None:
    drawn = seed()
    chance = random.Random(drawn)
    messages = [message for number in range(cases) for message in Shop(number, drawn).messages()]

    house.run("land", write_messages(house.folder / "all.ndjson", messages))
    house.run("build", "--quiet", "--as-of", _AS_OF)
    expected = rows_of(house)
    _assert_something_happened(house, cases)

    # The other one keeps nothing of this but the key of keyed hashes: its messages land elsewhere,
    # and its first build is a full refresh.
    other = House(tmp_path / "other")
    ignored = shutil.ignore_patterns("other", "raw")
    shutil.copytree(house.folder, other.folder, symlinks=True, ignore=ignored)
    delivered = messages + chance.sample(messages, len(messages) // 4)
    chance.shuffle(delivered)
    cuts = sorted(chance.sample(range(1, len(delivered)), parts - 1))
    for number, (first, last) in enumerate(zip([0, *cuts], [*cuts, len(delivered)], strict=True)):
        other.run(
            "land", write_messages(other.folder / f"part-{number}.ndjson", delivered[first:last])
        )
        anew = [] if number else ["--full-refresh"]
        other.run("build", "--quiet", "--as-of", _AS_OF, *anew)
        [(landed,)] = other.query("select sum(landed)::int from validation.message_ledger")
        assert landed <= last
    assert differences(expected, rows_of(other)) == []

    other.run("build", "--quiet", "--as-of", _AS_OF, "--full-refresh")
    assert differences(expected, rows_of(other)) == []


def test_ten_shops_in_two_nights_are_what_they_are_in_one_landing(
    anew: House, differences_anew: list[str]
) -> None:
    _assert_something_happened(anew, SHOPS)
    assert differences_anew == []


@pytest.mark.long
def test_fifty_shops_in_eight_shuffled_parts_and_after_a_full_refresh(
    house: House, tmp_path: Path
) -> None:
    _check(house, tmp_path, cases=50, parts=8)
