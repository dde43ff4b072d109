"""Every alarm of the page has its row, and a test that provokes it, which exists."""

import ast
import re
from pathlib import Path

import yaml

PROJECT = Path(__file__).parents[1]
_PAGE = (PROJECT / "docs" / "alarms.md").read_text()
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def _rows() -> list[list[str]]:
    found = []
    for section in _PAGE.split("| alarm |")[1:]:
        lines = section.splitlines()[2:]
        for line in lines[: lines.index("")]:
            found.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return found


def test_every_alarm_says_what_it_means_what_to_do_and_which_test_provokes_it() -> None:
    rows = _rows()
    assert len(rows) > 25
    assert [row for row in rows if len(row) != 4 or not all(row)] == []
    assert [row[0] for row in rows if not _TEST.search(row[3])] == []
    assert len({row[0] for row in rows}) == len(rows)


def test_every_test_that_the_page_names_exists() -> None:
    named = set(_TEST.findall(_PAGE))
    missing = []
    for file, name in sorted(named):
        tree = ast.parse((PROJECT / file).read_text())
        functions = {
            node.name
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        if name not in functions:
            missing.append(f"{file}::{name}")
    assert missing == []


def test_every_sentence_that_the_page_quotes_is_one_that_the_code_says() -> None:
    code = "".join(
        " ".join(
            node.value
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
        for folder in ("ingestion", "warehouse", "delivery", "apps")
        for path in sorted((PROJECT / folder).rglob("*.py"))
    )
    states = ("vitrine ", "wrong type of", "missing ", "assert_", "failed", "journal")
    quoted = {
        one
        for row in _rows()
        for one in re.findall(r"`([^`]+)`", row[0])
        if not one.startswith(states)
    }
    said = {one: max(re.split(r"\bN\b|\bX\b|\d", one), key=len).strip() for one in quoted}
    assert [one for one, part in said.items() if part not in code] == []


def test_every_kind_of_audit_of_ours_is_in_the_pages() -> None:
    pages = _PAGE + (PROJECT / "docs" / "operations.md").read_text()
    ours = {path.stem for path in (PROJECT / "tests").glob("assert_*.sql")}
    assert {"assert_ledger_balances", "assert_reconciliation_holds"} <= ours
    assert sorted(name for name in ours if name not in pages) == []


def test_the_sources_that_the_page_speaks_of_are_watched_for_freshness() -> None:
    sources = yaml.safe_load((PROJECT / "models/staging/_sources.yml").read_text())["sources"]
    assert all(source["config"]["freshness"]["error_after"] for source in sources)
    assert "dbt source freshness" in (PROJECT / "docs" / "operations.md").read_text()
