"""Who reads the warehouse is said in YAML, and is what their code reads."""

import re
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).parents[1]
EXPOSURES = yaml.safe_load((PROJECT / "models/exposures.yml").read_text())["exposures"]
MODELS = {path.stem for path in (PROJECT / "models").rglob("*.sql")}
_CODE = {".py", ".html", ".yaml"}


def text_of(place: str) -> str:
    path = PROJECT / place
    assert path.exists(), place
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return "\n".join(file.read_text() for file in files if file.suffix in _CODE)


@pytest.mark.parametrize("exposure", EXPOSURES, ids=lambda one: one["name"])
def test_an_exposure_depends_on_what_its_code_names(exposure: dict[str, object]) -> None:
    assert exposure["owner"]["name"]
    text = "\n".join(map(text_of, exposure["config"]["meta"]["code"]))
    # What is in backticks is spoken of.
    named = {model for model in MODELS if re.search(rf"(?<!`)\b{model}\b", text)}
    depends_on = [re.fullmatch(r"ref\('(\w+)'\)", one)[1] for one in exposure["depends_on"]]
    assert sorted(named) == depends_on


def test_whoever_reads_personal_data_is_known() -> None:
    readers = [one["name"] for one in EXPOSURES if "ref('customer_contacts')" in one["depends_on"]]
    assert readers == ["sellers_page", "messages_to_customers"]
