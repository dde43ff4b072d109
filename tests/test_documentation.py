"""What the documents promise is there."""

import re
from pathlib import Path

import pytest
import yaml

from ingestion.contracts import load

PROJECT = Path(__file__).parents[1]
READMES = [PROJECT / "README.md", PROJECT / "README.pt-BR.md"]


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_every_make_target_of_a_readme_exists(readme: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z][a-z-]*)", readme.read_text(), re.MULTILINE))
    assert {"demo", "test"} <= named
    assert named <= targets


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_every_link_of_a_readme_leads_to_a_file(readme: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", readme.read_text())
    assert links
    assert [link for link in links if not (PROJECT / link).exists()] == []


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_every_mart_is_in_a_readme(readme: Path) -> None:
    text = readme.read_text()
    folders = [PROJECT / "models" / name for name in ("marts", "aggregates")]
    models = [path.stem for folder in folders for path in folder.glob("*.sql")]
    assert models
    assert [model for model in models if model not in text] == []


def test_the_workflows_pin_their_actions_and_name_what_exists() -> None:
    texts = [path.read_text() for path in (PROJECT / ".github/workflows").glob("*.yml")]
    assert texts
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    for text in texts:
        for job in yaml.safe_load(text)["jobs"].values():
            actions = [step["uses"] for step in job["steps"] if "uses" in step]
            commands = " ".join(step.get("run", "") for step in job["steps"])
            assert [one for one in actions if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", one)] == []
            assert set(re.findall(r"make ([a-z-]+)", commands)) <= targets
            assert ".ci/run" in commands or "make slim" in commands


def _models() -> dict[str, dict[str, object]]:
    found = {}
    for path in (PROJECT / "models").rglob("*.yml"):
        for model in (yaml.safe_load(path.read_text()) or {}).get("models", []):
            assert path.stem == model["name"], f"{path} describes {model['name']}"
            found[model["name"]] = model
    return found


def test_every_model_and_column_is_described_and_says_its_grain() -> None:
    described = _models()
    names = {path.stem for path in (PROJECT / "models").rglob("*.sql")}
    assert names == set(described)
    for name, model in described.items():
        assert "One row per" in model["description"].strip().splitlines()[-1], name
        assert all(column.get("description") for column in model["columns"]), name


def test_every_model_tests_its_key_or_its_row_count() -> None:
    untested = [
        name
        for name, model in _models().items()
        # Views over landed files: a copy of a message is a row, and copies are no mistake.
        if not name.startswith("newest_")
        if not {"is_key", "has_row_count_of"}
        & {key for test in model.get("data_tests", []) for key in test}
    ]
    assert untested == []


def test_every_macro_has_a_file_of_its_own() -> None:
    for path in (PROJECT / "macros").glob("*.sql"):
        text = path.read_text()
        names = re.findall(r"{% macro (?:default__|duckdb__|bigquery__)?(\w+)\(", text)
        assert set(names) == {path.stem}, path


def test_every_contract_of_landing_has_a_table_and_every_staged_one_a_source() -> None:
    tables = set(load().tables)
    sources = yaml.safe_load((PROJECT / "models/staging/_sources.yml").read_text())["sources"]
    staged = {table["name"] for source in sources for table in source["tables"]}
    assert staged <= tables
