"""`vitrine try`: what would become of a payload."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from warehouse.trial_command import try_

ADDRESS = {"id": "a1", "city": "Recife", "state": "PE"}


def test_payloads_load_or_are_rejected_with_a_reason(tmp_path: Path) -> None:
    folder = tmp_path / "addresses"
    folder.mkdir()
    (folder / "1.json").write_text(json.dumps(ADDRESS, indent=2))
    (folder / "2.json").write_text("{}")
    (folder / "3.json").write_bytes(b"\xff")
    several = tmp_path / "several.json"
    several.write_text(json.dumps([ADDRESS | {"id": "a2"}, 7]))
    result = CliRunner().invoke(
        try_, ["--json", "--each", f"vtex.address={folder}", f"vtex.address={several}"]
    )
    assert result.exit_code == 0, result.output
    found = [(one["payload"], one["verdict"], one["reason"]) for one in json.loads(result.output)]
    assert found == [
        (f"{folder}/1.json", "loads", None),
        (f"{folder}/2.json", "rejected", "missing id"),
        (f"{folder}/3.json", "rejected", "not UTF-8"),
        (f"{several}[0]", "loads", None),
        (f"{several}[1]", "rejected", "not a JSON object"),
    ]


@pytest.mark.parametrize(
    ("payload", "exit_code", "said"),
    [
        ("order.json", 2, "give CONTRACT=PATH"),
        ("no.such=order.json", 2, "vtex.order_event"),
        ("vtex.order=missing.json", 1, "missing.json: No such file or directory"),
        ("vtex.order=.", 1, "no file in this folder ends with .json"),
    ],
)
def test_what_cannot_be_tried_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, payload: str, exit_code: int, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(try_, [payload])
    assert (result.exit_code, said in result.output) == (exit_code, True), result.output
