"""Killed at any instant, forgetting loses nothing, and the next run completes it."""

import json
import random
import shutil
import time
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from ingestion import contracts
from ingestion.compaction import Compaction
from ingestion.forgetting.searching import Search
from ingestion.raw_layer import ensure_raw
from ingestion.storage import open_storage
from tests.compaction.views import view_sql
from tests.forget.mortal import forget, run_counted, run_mortal
from tests.forget.people import ANA, RUI, address, client, message, order
from tests.ingestion.support import land
from tests.project.conftest import House, write_messages

_TABLES = ("vtex_orders", "vtex_clients", "vtex_addresses", "dead_letters")
_MESSAGES = [
    message("1", "vtex.order", order()),
    message("2", "vtex.order", order("v2-01", userProfileId=RUI[0].value, document="", phone=None)),
    message("3", "vtex.client", client()),
    message("4", "vtex.address", address()),
    message("5", "no.such", order("v3-01")),
    message("6", "vtex.order", "ana.souza@example.com"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A raw layer, compacted in part, with copies in what is compacted and what is not."""
    folder = tmp_path / "whole"
    root = folder / "raw"
    folder.mkdir()
    ensure_raw(root)
    assert land(root, write_messages(tmp_path / "a.ndjson", _MESSAGES)).status == "landed"
    known = contracts.load()
    compaction = Compaction(open_storage(root), timedelta(hours=-2), timedelta(0))
    for contract in (known.by_name["vtex.order"], known.by_name["vtex.client"]):
        assert compaction.compact(contract, lambda _: None).error is None
    assert land(root, write_messages(tmp_path / "b.ndjson", _MESSAGES[:3])).status == "landed"
    return folder


def _rows(folder: Path) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        return [
            row
            for table in _TABLES
            for row in connection.execute(
                "select message_id, data::varchar, landed_at, attributes"
                f" from ({view_sql(connection, folder / 'raw', table)}) order by all"
            ).fetchall()
        ]


def _found_in(folder: Path) -> list[Path]:
    search = Search(ANA)
    return [path for path in folder.rglob("*") if path.is_file() and search.search(path).is_found]


def _die_at_steps(folder: Path, stride: int) -> None:
    shutil.copytree(folder, counted := folder.with_name("counted"))
    steps = run_counted(counted)
    expected = _rows(counted)
    assert _found_in(counted) == []
    assert [row[0] for row in expected] == [row[0] for row in _rows(folder)]
    for step in range(0, steps, stride):
        copy = folder.with_name(f"dead-{step}")
        shutil.copytree(folder, copy)
        # The key is drawn: pseudonyms are to be the same.
        shutil.copy(counted / "vitrine_suppression.key", copy)
        last = run_mortal(copy, step)
        # A kill before the first step leaves no note, and nothing has begun.
        audit = forget(copy)
        assert audit.proof.found_in == [], last
        assert _rows(copy) == expected, f"died before step {step}, {last}"
        assert _found_in(copy) == [], last
        assert not (copy / ".vitrine-forgetting.json").exists()
        shutil.rmtree(copy)


def test_dying_at_some_steps_is_completed_by_the_next_run(folder: Path) -> None:
    _die_at_steps(folder, stride=47)


@pytest.mark.long
def test_dying_at_any_step_is_completed_by_the_next_run(folder: Path) -> None:
    _die_at_steps(folder, stride=1)


@pytest.mark.long
def test_a_warehouse_survives_kills_at_random_instants(tmp_path: Path) -> None:
    house = House(tmp_path)
    chance = random.Random(5)
    path = write_messages(house.folder / "messages.ndjson", _MESSAGES)
    house.run("land", path)
    house.run("build", "--quiet")
    names = house.folder / "names"
    names.write_text("\n".join(one.value for one in ANA))
    for _ in range(6):
        process = house.start("forget", "--identifier-file", names, "--yes")
        time.sleep(chance.uniform(0, 25))
        process.kill()
        process.wait()
        # Whatever happened, somebody can read what is published.
        assert house.query("select count(*) from marts.fct_orders")[0][0] == 2
    names_again = json.loads(house.run("forget", "--identifier-file", names, "--yes", "--json"))
    assert names_again["audit"]["proof"]["found_in"] == []
    names.unlink()
    path.unlink()
    assert _found_in(house.folder) == []
