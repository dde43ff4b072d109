"""`make slim`: what a branch changed is built, over what is published, which is only read."""

import json
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest
from tiny_shop import Shop

from tests import slim
from tests.forks import PROJECT

_VIEW = """
{{ config(schema="speed", materialized="view") }}

select * from {{ published(ref("fct_orders")) }}
"""


def _commit(project: Path) -> None:
    """Make the project a repository, whose branch main has it."""
    (project / ".gitignore").write_text("target/\nlogs/\n")
    who = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    for words in (
        ["init", "--quiet", "--initial-branch", "main"],
        ["add", "."],
        [*who, "commit", "--quiet", "--message", "main"],
    ):
        subprocess.run(["git", *words], cwd=project, check=True)  # noqa: S607 - the user's git


def _built(folder: Path) -> dict[str, str]:
    found = json.loads((folder / "target/run_results.json").read_text())["results"]
    return {one["unique_id"].split(".", 2)[2].split(".")[0]: one["status"] for one in found}


def test_only_what_changed_and_hangs_on_it_is_built_and_all_else_is_read(shop: Shop) -> None:
    shop.land('{"orderId": "1"}', '{"orderId": "2"}')
    shutil.copy(PROJECT / "macros/published.sql", shop.project / "macros")
    view = shop.project / "models/live_orders.sql"
    view.write_text(_VIEW)
    shop.build_well()
    _commit(shop.project)
    before = shop.files()
    view.write_text(f"{_VIEW}-- changed\n")
    model = shop.project / "models/agg_orders.sql"
    model.write_text(model.read_text().replace("count(*)", "count(*) + 40"))
    assert slim.slim(shop.project, "main") == 0
    folder = shop.project / "target/slim"
    assert _built(folder) == {
        "agg_orders": "success",
        "reconciliation": "success",
        "live_orders": "success",
    }
    with duckdb.connect(folder / "slim.duckdb", read_only=True) as connection:
        tables = connection.execute("select table_name from duckdb_tables() order by all")
        assert tables.fetchall() == [("agg_orders",), ("reconciliation",)]
        found = connection.execute("select actual from validation.reconciliation").fetchall()
        # Its own view is of the orders that are published, which it must name as they are attached.
        connection.execute(f"attach '{shop.warehouse.link.resolve()}' as published (read_only)")
        live = connection.execute("select count(*) from speed.live_orders").fetchall()
        as_of = connection.execute("select as_of from aggregates.agg_orders").fetchall()
    # The orders are those that are published, as of then; and what is published stays as it was.
    assert (found, live) == ([(42,)], [(2,)])
    assert as_of == shop.query("select as_of from validation.published_build")
    assert shop.query("select actual from validation.reconciliation") == [(2,)]
    assert shop.files() == before


def test_what_is_missing_is_told(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _commit(shop.project)
    words = ["slim", "--project-dir", str(shop.project), "--base"]
    for base, said in (("no-such-branch", "make slim BASE=main"), ("main", "nothing is published")):
        monkeypatch.setattr("sys.argv", [*words, base])
        assert slim.main() == 1
        assert said in capsys.readouterr().err
