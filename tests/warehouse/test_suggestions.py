"""`vitrine suggestions`, over what a build has published."""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from warehouse.suggestions_command import suggestions
from warehouse.versions import Warehouse, next_build_id

_TABLES = """
    create schema marts;
    create schema activation;
    create table marts.dim_stores (store_id text, store_name text);
    create table marts.dim_skus (sku_id text, sku_name text, product_name text, is_current bool);
    create table activation.contact_suggestions (
        store_id text, customer_id text, sku_id text, campaign_id text, reason_code text,
        reason text, priority bigint, run_date date
    );
    insert into marts.dim_stores values ('a', 'Centro'), ('b', 'Praia'), ('c', 'Serra');
    insert into marts.dim_skus values
        ('1', 'Vestido', 'V', true), ('1', 'Saia', 'S', false), ('2', null, 'Bermuda', true);
"""
_ROWS = """
    insert into activation.contact_suggestions values
        ('b', 'p2', '2', null, 'price_fell', 'Caiu.', 2, '2024-05-10'),
        ('b', 'p1', '1', null, 'abandoned_cart', 'Deixou.', 1, '2024-05-10'),
        ('a', 'p3', null, 'c1', 'campaign_target', 'Participa.', 1, '2024-05-10')
"""


@pytest.fixture
def published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A published file with shops and SKUs, in which nobody is suggested yet."""
    warehouse = Warehouse(tmp_path / "vitrine.duckdb")
    monkeypatch.setenv("VITRINE_WAREHOUSE", str(warehouse.link))
    version = warehouse.version(next_build_id(None))
    warehouse.link.symlink_to(version.name)
    with duckdb.connect(version) as connection:
        connection.execute(_TABLES)
        yield connection


def _run(*words: str) -> Result:
    return CliRunner().invoke(suggestions, words)


def test_the_busiest_shops_list_is_shown_by_priority_without_saying_who(
    published: duckdb.DuckDBPyConnection,
) -> None:
    published.execute(_ROWS)
    published.close()
    shown = _run()
    assert shown.exit_code == 0
    assert shown.output.splitlines() == [
        "To contact on 2024-05-10 from Praia (b):",
        "",
        "priority  reason          offer    why",
        "1         abandoned_cart  Vestido  Deixou.",
        "2         price_fell      Bermuda  Caiu.",
        "",
        "3 in 2 shops; --store ID shows another.",
    ]
    assert "… and 1 more" in _run("--top", "1").output
    assert "Participa." in _run("--store", "a").output
    assert "Nobody is to be contacted" in _run("--store", "c").output


def test_json_has_all_shops_and_who_it_is_by_the_customers_surrogate_id(
    published: duckdb.DuckDBPyConnection,
) -> None:
    published.execute(_ROWS)
    published.close()
    found = json.loads(_run("--json").output)
    assert [(one["store_id"], one["priority"], one["customer_id"]) for one in found] == [
        ("a", 1, "p3"),
        ("b", 1, "p1"),
        ("b", 2, "p2"),
    ]
    assert json.loads(_run("--json", "--store", "c").output) == []


def test_what_cannot_be_shown_is_said_in_a_sentence(
    published: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published.execute("drop table activation.contact_suggestions")
    published.close()
    unknown = _run("--store", "nowhere")
    assert (unknown.exit_code, unknown.output) == (
        1,
        "Error: there is no shop 'nowhere'; marts.dim_stores lists them all.\n",
    )
    old = _run()
    assert (old.exit_code, "knows no suggestions" in old.output) == (1, True)
    monkeypatch.setenv("VITRINE_WAREHOUSE", str(tmp_path / "nothing.duckdb"))
    nothing = _run()
    assert (nothing.exit_code, "run `vitrine build`" in nothing.output) == (1, True)
