"""A project that is no more than what a contract adds to, for `make new-contract` to write into."""

import os
import shutil
from pathlib import Path

from click.testing import CliRunner, Result

from scaffold.__main__ import main

_PROJECT = Path(__file__).parents[1]
_FILES = ("macros/staged_contracts.sql", "models/staging/_sources.yml", "seeds/known_fields.csv")
MODEL = "stg_marketing__surveys"
# A column of each type that a field can have, one of them personal.
SURVEY = (
    "marketing.survey",
    *("--id", "pesquisa.id", "--key", "pesquisa", "--fields"),
    "store_id:id:pesquisa.loja score:integer:pesquisa.nota spent_amount:price:pesquisa.valor"
    " is_happy:boolean:pesquisa.feliz visit_date:date:pesquisa.visita told_at:time"
    " answers:array:pesquisa.respostas device:object respondent_name:text:pesquisa.nome:personal"
    " waited_minutes:number weight:multiplier bags:quantity",
)


def project(folder: Path, *others: str) -> Path:
    """Copy what every contract is in, its file of contracts beside it, and other files."""
    for name in (*_FILES, *others):
        for path in _PROJECT.glob(name):
            copy = folder / path.relative_to(_PROJECT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    shutil.copy(_PROJECT / "ingestion/contracts.toml", folder)
    return folder


def new_contract(folder: Path, *words: str) -> Result:
    """Run what `make new-contract` runs, in that project."""
    return CliRunner(env=environment(folder)).invoke(main, words)


def environment(folder: Path) -> dict[str, str]:
    """Give the environment of a command that works there."""
    return os.environ | {
        "DBT_PROJECT_DIR": str(folder),
        "VITRINE_CONTRACTS": str(folder / "contracts.toml"),
    }


def texts(folder: Path) -> dict[str, str]:
    """Read all of it, by path."""
    return {
        os.path.relpath(path, folder): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
