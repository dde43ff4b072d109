"""Any permutation, duplication and re-batching of a message set gives the same rows.

Many random shops share a build: their ids differ, so none touches another's rows.
"""

import os
import random
import shutil
from pathlib import Path

import pytest

from tests.project.comparison import differences, rows_of
from tests.project.conftest import House, write_messages
from tests.project.shops import Shop

_AS_OF = "2024-06-01T00:00:00Z"


def _check(house: House, tmp_path: Path, cases: int, parts: int, is_refreshed: bool) -> None:
    seed = int(os.environ.get("VITRINE_TEST_SEED", "0")) or random.SystemRandom().randrange(
        1, 10**9
    )
    print(f"VITRINE_TEST_SEED={seed}")
    chance = random.Random(seed)
    messages = [message for number in range(cases) for message in Shop(number, seed).messages()]

    house.run("land", write_messages(house.folder / "all.ndjson", messages))
    house.run("build", "--quiet", "--as-of", _AS_OF)
    expected = rows_of(house)
    assert len(expected["marts.fct_orders"]) >= cases, "the shops ordered something"
    assert house.query("select count(*) from marts.dim_skus where not is_current") != [(0,)], (
        "SKUs changed"
    )
    assert house.query("select count(*) from marts.dim_customers where not is_current") != [(0,)], (
        "clients changed"
    )

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

    if is_refreshed:
        other.run("build", "--quiet", "--as-of", _AS_OF, "--full-refresh")
        assert differences(expected, rows_of(other)) == []


def test_ten_shops_in_three_shuffled_parts(house: House, tmp_path: Path) -> None:
    _check(house, tmp_path, cases=10, parts=3, is_refreshed=False)


@pytest.mark.long
def test_fifty_shops_in_eight_shuffled_parts_and_after_a_full_refresh(
    house: House, tmp_path: Path
) -> None:
    _check(house, tmp_path, cases=50, parts=8, is_refreshed=True)
