"""`make new-contract`: what it writes, and what it refuses.

That the models are right is tests/googlesql/test_new_contract.py's to say, and that messages of
them are accounted for tests/project/test_late_shops.py's.
"""

from difflib import unified_diff
from pathlib import Path

import pytest
import yaml

from ingestion.contracts import load
from tests.scaffolded import MODEL, SURVEY, new_contract, project, texts


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which the contract is."""
    folder = project(tmp_path_factory.mktemp("shop") / "project")
    result = new_contract(folder, *SURVEY)
    assert result.exit_code == 0, result.output
    for said in ("lands in marketing_surveys", f"{MODEL}_unit_tests.yml", "vitrine try marketing"):
        assert said in result.output
    return folder


def test_landing_knows_a_new_contract(shop: Path) -> None:
    known = load(shop / "contracts.toml")
    found = known.by_name["marketing.survey"]
    assert (found.table, found.event_time) == ("marketing_surveys", ("$.timestamp",))
    assert known.of_payload(b'{"pesquisa": {"id": 7}}') == "marketing.survey"


def test_a_new_contract_changes_nothing_that_was_there(shop: Path, tmp_path: Path) -> None:
    before, after = texts(project(tmp_path / "before")), texts(shop)
    new = {f"models/staging/marketing/{MODEL}{end}" for end in (".sql", ".yml", "_unit_tests.yml")}
    assert set(after) - set(before) == new
    for name, text in before.items():
        changes = unified_diff(text.splitlines(), after[name].splitlines(), n=0)
        assert [line for line in list(changes)[2:] if line.startswith("-")] == []


def test_personal_data_stays_in_the_schema_for_it(shop: Path) -> None:
    files = texts(shop / "models/staging/marketing")
    assert 'config(schema="pii", tags=["pii"]' in files[f"{MODEL}.sql"]
    columns = yaml.safe_load(files[f"{MODEL}.yml"])["models"][0]["columns"]
    assert [one["name"] for one in columns if "policy_tags" in one] == ["respondent_name"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (SURVEY, "exists already"),
        (["survey"], "write system.entity"),
        (["Marketing.survey"], "write system.entity"),
        (["marketing.first.survey"], "write system.entity"),
        (["e_mail.survey"], "write system.entity"),
        (["marketing.poll", "--plural", "surveys"], "marketing.survey has the raw table"),
        (["marketing.poll", "--plural", "Polls"], "write PLURAL=surveys"),
        (["marketing.poll", "--key", "cupom"], "the key 'cupom' tells messages of pos.receipt"),
        (["dead.letter"], "set PLURAL"),
        (["marketing.poll", "--id", "$.id"], "no path in a document"),
        (["marketing.poll", "--fields", "score"], "write name:type"),
        (["marketing.poll", "--fields", "score:integer:a:private"], "write name:type"),
        (["marketing.poll", "--fields", "score:float"], "write one of id, text"),
        (["marketing.poll", "--fields", "Score:integer"], "'Score' is no column"),
        (["marketing.poll", "--fields", "poll_id:id:other"], "poll_id is a column already"),
        (["marketing.poll", "--fields", "data:text"], "data is a column already"),
        (["marketing.poll", "--fields", "order:text"], "order is a word of SQL"),
        (["marketing.poll", "--fields", "happy:boolean"], "begin with is_ or has_"),
        (["marketing.poll", "--fields", "visit:date"], "end with _date"),
        (["marketing.poll", "--fields", "visited:time"], "end with _at"),
        (["marketing.poll", "--fields", "a_id:id:id.a"], "one within the other"),
        (["marketing.poll", "--fields", "a_id:id:b b_id:id:b"], "one within the other"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do_and_nothing_is_written(
    shop: Path, words: list[str], said: str
) -> None:
    before = texts(shop)
    result = new_contract(shop, *words)
    assert (result.exit_code, said in result.output) == (1, True), result.output
    assert texts(shop) == before


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("models/staging/marketing/stg_marketing__polls.yml", "", "polls.yml exists"),
        ("models/staging/_sources.yml", "version: 2\nsources: []\n", "add the contract by hand"),
        ("macros/staged_contracts.sql", "", "add the contract by hand"),
        ("contracts.toml", "[[contract]]\n", "not a file of contracts"),
    ],
)
def test_a_project_that_is_otherwise_is_left_as_it_is(
    tmp_path: Path, file: str, text: str, said: str
) -> None:
    folder = project(tmp_path / "project")
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_text(text)
    before = texts(folder)
    result = new_contract(folder, "marketing.poll")
    assert (result.exit_code, said in result.output) == (1, True), result.output
    assert texts(folder) == before


def test_a_project_without_its_files_is_told(tmp_path: Path) -> None:
    folder = project(tmp_path / "project")
    (folder / "seeds/known_fields.csv").unlink()
    result = new_contract(folder, "marketing.poll")
    assert (result.exit_code, "known_fields.csv: No such file" in result.output) == (1, True)
