"""The limit of a full build: the script by hand says what the marts say, fact by fact."""

from pathlib import Path

import duckdb
import pytest

from benchmarks.by_hand.__main__ import main as run_by_hand
from benchmarks.facts import compare_facts
from tests.project.conftest import AskedHouse

# Which the simulated shop fills with nothing: nobody is sent a message.
_EMPTY = {"fct_deliveries"}


def test_the_script_by_hand_says_the_same_in_every_fact(demo: AskedHouse, tmp_path: Path) -> None:
    by_hand = tmp_path / "by_hand.duckdb"
    [(as_of,)] = demo.query("select as_of::varchar from validation.published_build")
    key = demo.folder / "vitrine_pii.key"
    run_by_hand(str(demo.folder / "raw"), str(by_hand), str(key), str(as_of))

    counts = compare_facts(demo.folder / "vitrine.duckdb", by_hand)

    facts = demo.query(
        "select table_name from duckdb_tables() where table_name like 'fct\\_%' escape '\\'"
    )
    assert set(counts) == {name for (name,) in facts} - _EMPTY
    with duckdb.connect(str(by_hand)) as connection:
        connection.execute("update fct_sales set sku_key = null where line_number = 2")
    with pytest.raises(RuntimeError, match="fct_sales: sku_key, rows of "):
        compare_facts(demo.folder / "vitrine.duckdb", by_hand)
