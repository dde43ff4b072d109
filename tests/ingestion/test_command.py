"""`vitrine land` and `vitrine`, as a user meets them."""

import gzip
import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.ingestion.support import VITRINE, landed, raw_row, vitrine, write


def test_the_account_says_what_became_of_every_message(raw_root: Path, tmp_path: Path) -> None:
    first = write(
        tmp_path / "a.ndjson",
        *(raw_row(message_id=str(number)) for number in range(1200)),
        raw_row(contract="vtex.sku"),
        raw_row({"base64": "/w=="}),
        raw_row(contract="no.such"),
    )
    assert vitrine(raw_root, "land", first).stdout == (
        "contract             landed  already there   dead letters\n"
        "vtex.order            1,200              0              1\n"
        "vtex.sku                  1              0              0\n"
        "(none known)              0              0              1\n"
        "Inputs: 1 landed.\n"
    )
    second = write(tmp_path / "b.ndjson", raw_row())
    result = vitrine(raw_root, "land", "--json", first, second)
    assert json.loads(result.stdout) == {
        "inputs": [
            {"path": str(first), "status": "already_there", "messages": 1203},
            {"path": str(second), "status": "landed", "messages": 1},
        ],
        "contracts": {
            "vtex.order": {"landed": 1, "already_there": 1201, "dead_letters": 0},
            "vtex.sku": {"landed": 0, "already_there": 1, "dead_letters": 0},
        },
        "landed": 1,
        "already_there": 1203,
        "dead_letters": 0,
    }
    assert result.stderr == ""


def test_a_folder_means_all_files_of_lines_below_it(raw_root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    write(folder / "b.jsonl", raw_row(message_id="b"))
    write(folder / "deep/a.ndjson.gz", gzip.compress(raw_row(message_id="a")))
    write(folder / "notes.txt", b"no messages")
    result = vitrine(raw_root, "land", "--json", folder)
    paths = [Path(one["path"]).name for one in json.loads(result.stdout)["inputs"]]
    assert paths == ["b.jsonl", "a.ndjson.gz"]
    assert [row["message_id"] for row in landed(raw_root, "vtex_orders")] == ["a", "b"]


def test_bare_payloads_are_landed_with_their_contract(raw_root: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "skus.jsonl", b'{"Id": 1}\n{"Id": 2}\n')
    assert vitrine(raw_root, "land", "--contract", "vtex.sku", path).returncode == 0
    assert sorted(row["data"] for row in landed(raw_root, "vtex_skus")) == [
        '{"Id": 1}',
        '{"Id": 2}',
    ]


def test_progress_is_shown_on_a_terminal_only(raw_root: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "a.ndjson", raw_row())
    ours, theirs = pty.openpty()
    result = subprocess.run(
        [VITRINE, "land", path],
        env=os.environ | {"VITRINE_RAW": str(raw_root)},
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=True,
    )
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "a.ndjson" in shown
    assert "100%" in shown
    assert b"%" not in result.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["--help"],
            ["land", "build", "status", "simulate", "VITRINE_RAW", "vitrine land messages"],
        ),
        (["land", "--help"], ["--contract", "--json", '"publish_time"', "Examples:", "Exit code"]),
    ],
)
def test_help_teaches_with_examples(raw_root: Path, words: list[str], told: list[str]) -> None:
    shown = vitrine(raw_root, *words).stdout
    assert [text for text in told if text not in shown] == []


def test_landing_does_not_wait_for_dbt_to_be_imported(raw_root: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "a.ndjson", raw_row())
    script = (
        "import sys; from ingestion.cli import main;"
        f"main(['land', {str(path)!r}], standalone_mode=False);"
        "sys.exit([name for name in sys.modules if name.partition('.')[0] in ('dbt', 'warehouse')])"
    )
    result = subprocess.run(
        [VITRINE.with_name("python"), "-c", script],
        env=os.environ | {"VITRINE_RAW": str(raw_root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stderr.strip() == "[]"


def test_an_unknown_command_is_refused(raw_root: Path) -> None:
    result = vitrine(raw_root, "lend")
    assert result.returncode == 2
    assert "No such command 'lend'" in result.stderr
