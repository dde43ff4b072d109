"""`vitrine serve`, as a user meets it."""

import os
import subprocess
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest

from ingestion import contracts
from ingestion.errors import LandingError
from ingestion.gateway.config import load
from tests import forks
from tests.gateway.support import JSON, Gateway, limits, source


def serve(
    folder: Path, *words: str, config: str | None = None
) -> "subprocess.CompletedProcess[str]":
    file = folder / "gateway.toml"
    if config is not None:
        file.write_text(config)
    return forks.run(
        ["serve", *words],
        os.environ | {"VITRINE_RAW": str(folder / "raw"), "VITRINE_GATEWAY_CONFIG": str(file)},
    )


def test_help_teaches_with_examples(tmp_path: Path) -> None:
    shown = serve(tmp_path, "--help").stdout
    told = ["/hooks/vtex", "VITRINE_GATEWAY_CONFIG", "--new-token", "curl localhost", "--insecure"]
    assert [text for text in told if text not in shown] == []


def test_a_new_token_is_shown_once_and_only_its_hash_is_for_the_file(tmp_path: Path) -> None:
    result = serve(tmp_path, "--new-token", "till-1")
    assert result.returncode == 0
    (entry,) = tomllib.loads(result.stdout)["source"]
    token = result.stderr.split()[-1]
    assert entry["token_sha256"] == [sha256(token.encode()).hexdigest()]
    assert token not in result.stdout
    with Gateway(tmp_path / "a", result.stdout) as gateway:
        for sent, status in ((token, 200), (token[:-1], 401)):
            headers = JSON | {"X-Vitrine-Token": sent}
            answer = gateway.request("POST", "/events", b'{"cupom": {}}', headers)
            assert answer.status == status


def test_without_a_file_of_settings_nothing_is_served(tmp_path: Path) -> None:
    result = serve(tmp_path)
    assert result.returncode == 1
    assert "--new-token NAME" in result.stderr
    assert "Traceback" not in result.stderr


def test_insecure_is_for_this_machine_alone(tmp_path: Path) -> None:
    result = serve(tmp_path, "--insecure", "--host", "0.0.0.0")  # noqa: S104 (refused)
    assert result.returncode == 1
    assert "--insecure" in result.stderr
    with Gateway(tmp_path / "a", words=("--insecure",)) as gateway:
        assert gateway.request("POST", "/events", b'{"cupom": {}}', JSON).status == 200
        assert gateway.get("/metrics").status == 200


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("", "names no [[source]]"),
        ("[[source", "not a file of settings"),
        ("[limits]\nbody_bytes = 0\n" + source("a", contracts=["*"]), "body_bytes"),
        ("[limits]\nbytes = 1\n" + source("a", contracts=["*"]), "bytes"),
        (source("a", contracts=["no.such"]), "unknown contract 'no.such'"),
        (source("a"), "may do nothing"),
        (source("a", contracts=["*"], token_sha256=["secret"]), "token_sha256"),
        (source("a", contracts=["*"], token_sha256=[]), "has no token"),
        (source("a", contracts=["*"]) + source("a", push=True), "share"),
        (source("a", contracts=["*"], origins=["*"]), "origins"),
        (source("a", push=True, google_audience="b"), "go together"),
    ],
)
def test_a_file_of_settings_that_does_not_hold_is_explained(
    tmp_path: Path, config: str, told: str
) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(config)
    with pytest.raises(LandingError) as raised:
        load(file, contracts.load())
    assert told in raised.value.message
    assert str(file) in raised.value.message


def test_what_does_not_hold_ends_the_command(tmp_path: Path) -> None:
    result = serve(tmp_path, config=source("a"))
    assert result.returncode == 1
    assert "may do nothing" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_port_that_is_taken_is_explained(tmp_path: Path) -> None:
    config = source("till", contracts=["*"])
    with Gateway(tmp_path / "a", limits(), config) as gateway:
        result = serve(tmp_path, "--port", str(gateway.port), config=config)
    assert result.returncode == 1
    assert "--port" in result.stderr
    assert "Traceback" not in result.stderr


def test_what_is_no_sink_is_explained(tmp_path: Path) -> None:
    config = source("till", contracts=["*"])
    result = serve(tmp_path, "--port", "0", "--sink", "kafka:x", config=config)
    assert result.returncode != 0
    assert "pubsub:projects" in result.stderr
    assert "Traceback" not in result.stderr
