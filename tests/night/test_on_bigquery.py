"""The same night on BigQuery, as far as the loopback server is it."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from tests.googlesql.api import Api
from tests.googlesql.conftest import address, api, google  # noqa: F401 (fixtures)
from tests.googlesql.shop import PROFILES, Shop
from tests.night.shop import NightShop, make_tiny_project, tiny_shop

DAY = date(2024, 5, 6)


@pytest.fixture
def shop(tmp_path: Path, api: Api, address: str) -> tuple[NightShop, Shop]:  # noqa: F811
    project = tmp_path / "project"
    make_tiny_project(project)
    shutil.copy(PROFILES, project)
    settings = {"VITRINE_BIGQUERY_ENDPOINT": address, "VITRINE_NIGHT_SOURCES": ""}
    nights = tiny_shop(tmp_path, project, **settings)
    return nights, Shop(nights.project, api)


@pytest.mark.long  # A build there costs ten of DuckDB's.
def test_a_night_on_bigquery_publishes_and_keeps_its_journal_there(
    shop: tuple[NightShop, Shop],
) -> None:
    nights, bigquery = shop
    bigquery.land("a", "b")
    expected = [
        ("land", "skipped"),
        ("build", "done"),
        ("publish", "done"),
        ("recommend", "done"),
        ("export", "skipped"),
        ("deliver", "skipped"),
    ]
    # Each step in a process, as on machines that are gone after it.
    for step, state in expected[:3]:
        summary = nights.night(DAY, "--target", "bigquery", "--only", step).summary
        assert [(one["step"], one["state"]) for one in summary["steps"]] == [(step, state)]
    nights.night(DAY, "--target", "bigquery")
    assert bigquery.orders() == ["a", "b"]
    assert not list(nights.warehouse.parent.glob("vitrine_nights/*"))
    found = bigquery.query("select step, state, figures from vitrine_validation.night_steps")
    assert sorted(row[:2] for row in found) == sorted(expected)
    (figures,) = [figures for step, _, figures in found if step == "build"]
    assert json.loads(figures)["loaded"] == 2
    assert bigquery.query(
        "select state, count(*) from vitrine_validation.night_runs group by state"
    ) == [("done", 4)]
