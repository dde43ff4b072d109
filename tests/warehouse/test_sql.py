"""`vitrine sql`: questions to what is published, and answers for people and programs."""

import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from warehouse.sql_command import sql
from warehouse.versions import Warehouse, next_build_id

_ROWS = """
    select * from (values
        (1, 'São João', 1234567890123456789012345678.100000000::numeric(38, 9), true,
            timestamp '2024-05-01 12:00:00', [1.50, 2]),
        (20, null, 0, false, null, null)
    ) as answers(number, name, amount, is_open, sold_at, parts)
"""


@pytest.fixture(autouse=True)
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    found = Warehouse(tmp_path / "vitrine.duckdb")
    build_id = next_build_id(None)
    with duckdb.connect(found.version(build_id)) as connection:
        connection.execute(f"create schema marts; create table marts.answers as {_ROWS}")
    found.link.symlink_to(found.version(build_id).name)
    monkeypatch.setenv("VITRINE_WAREHOUSE", str(found.link))
    return found


def ask(*words: str, given: str | None = None) -> Result:
    return CliRunner().invoke(sql, words, input=given)


def test_an_answer_is_a_table_with_numbers_to_the_right() -> None:
    result = ask("from marts.answers order by number")
    assert (result.exit_code, result.output.splitlines()) == (
        0,
        [
            "number  name                              amount  is_open  sold_at              parts",
            "     1  São João  1234567890123456789012345678.1  true     2024-05-01 12:00:00"
            "  [1.50,2.00]",
            "    20                                         0  false",
        ],
    )


def test_programs_get_csv_or_json_to_the_last_digit() -> None:
    question = "select number, name, amount, sold_at from marts.answers order by number"
    assert ask("--csv", given=question).output == (
        "number,name,amount,sold_at\n"
        "1,São João,1234567890123456789012345678.1,2024-05-01 12:00:00\n"
        "20,,0,\n"
    )
    printed = ask("--json", question).output
    assert '"amount":1234567890123456789012345678.1' in printed
    assert json.loads(printed)[1] == {"number": 20, "name": None, "amount": 0, "sold_at": None}


def test_no_rows_are_an_answer() -> None:
    question = "select number, name from marts.answers where false"
    assert ask(question).output == "number  name\n"
    assert ask("--csv", question).output == "number,name\n"
    assert ask("--json", question).output == "[]\n"


def test_another_file_may_be_asked(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "dev.duckdb") as connection:
        connection.execute("create table mine as select 7 as seven")
    assert ask("--file", str(tmp_path / "dev.duckdb"), "from mine").output == "seven\n    7\n"


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        (["selec 1"], 1, "syntax error"),
        (["from marts.answer"], 1, "Did you mean"),
        (["drop table marts.answers"], 1, "read-only"),
        (["create table marts.more as select 1"], 1, "read-only"),
        (["--", "-- nothing"], 1, "there is no question"),
        ([""], 1, "there is no question"),
        (["--csv", "--json", "select 1"], 2, "not both"),
        (["--file", "no.duckdb", "select 1"], 2, "does not exist"),
    ],
)
def test_what_cannot_be_answered_is_told(words: list[str], exit_code: int, said: str) -> None:
    result = ask(*words)
    assert (result.exit_code, said in result.output) == (exit_code, True), result.output


def test_nothing_published_is_told(warehouse: Warehouse) -> None:
    warehouse.link.unlink()
    result = ask("select 1")
    assert (result.exit_code, "Run `vitrine build`" in result.output) == (1, True)
