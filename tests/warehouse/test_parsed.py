"""What dbt parsed is kept for every warehouse of a project, until a file says something else."""

import dataclasses
import os
import shutil

import pytest
from tiny_shop import Shop

from warehouse.parsed import _fingerprint
from warehouse.versions import Warehouse

# What dbt logs when it parses everything.
PARSED = "Unable to do partial parsing"


def kept(shop: Shop) -> list[str]:
    return [path.name for path in (shop.project / "target" / "parsed").glob("*.msgpack")]


def test_another_warehouse_at_another_time_parses_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.land("a")
    shop.build_well("--as-of", "2024-03-01")
    before = kept(shop)
    link = shop.warehouse.folder.with_name("elsewhere") / "other.duckdb"
    other = dataclasses.replace(shop, warehouse=Warehouse(link))
    monkeypatch.setenv("VITRINE_WAREHOUSE", str(link))
    report = other.build_well("--as-of", "2024-04-01")
    assert kept(shop) == before
    assert len(before) == 1
    assert PARSED not in (other.warehouse.workspace.logs / "dbt.log").read_text()
    assert not (other.warehouse.workspace.target / "partial_parse.msgpack").exists()
    assert other.query("select as_of from aggregates.agg_orders") == [
        (report.build.as_of.replace(tzinfo=None),)
    ]


def test_a_macro_that_changed_is_parsed_again(shop: Shop) -> None:
    shop.land("a")
    shop.build_well()
    before = kept(shop)
    path = shop.project / "macros" / "raw_orders.sql"
    path.write_text(path.read_text() + "\n-- another word")
    shop.build_well()
    assert kept(shop) != before
    assert len(kept(shop)) == 1
    assert PARSED in (shop.warehouse.workspace.logs / "dbt.log").read_text()


def test_a_model_that_is_new_or_gone_is_noticed(shop: Shop) -> None:
    shop.land("a")
    shop.build_well()
    path = shop.project / "models" / "fct_new.sql"
    path.write_text("{{ config(schema='marts', materialized='table') }} select 1 as one")
    assert shop.build_well().tables["marts.fct_new"] == 1
    path.unlink()
    assert "marts.fct_new" not in shop.build_well().tables


def test_a_variable_that_yaml_names_counts(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    (shop.project / "models" / "new.yml").write_text(
        "models: [{name: agg_orders, config: "
        "{enabled: \"{{ env_var('HAS_AGG', 'true') == 'true' }}\"}}]"
    )
    shop.land("a")
    assert "aggregates.agg_orders" in shop.build_well().tables
    monkeypatch.setenv("HAS_AGG", "false")
    assert "a node named 'agg_orders' which is disabled" in shop.build("--quiet").stderr


def test_what_was_parsed_is_of_a_databases_name_wherever_it_lies(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for path in ("a/vitrine.duckdb", "b/vitrine.duckdb", "b/dev.duckdb"):
        monkeypatch.setenv("VITRINE_BUILD", path)
        found.append(_fingerprint(shop.project))
    assert found[0] == found[1] != found[2]


def test_what_cannot_be_parsed_is_told_as_ever(shop: Shop) -> None:
    shop.land("a")
    before = kept(shop)
    (shop.project / "models" / "new.sql").write_text("select * from {{ ref('nothing') }}")
    result = shop.build("--quiet")
    assert result.exit_code == 1
    assert "depends on a node named 'nothing' which was not found" in result.stderr
    assert kept(shop) == before


def test_a_project_that_may_only_be_read_is_parsed_each_time(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root, as whom tests may run, may write anywhere.
    monkeypatch.setattr("warehouse.parsed.os.access", lambda _, mode: mode != os.W_OK)
    shutil.rmtree(shop.project / "target", ignore_errors=True)
    shop.land("a")
    shop.build_well()
    assert not (shop.project / "target").exists()
