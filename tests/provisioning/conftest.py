"""An empty project on the emulators of Pub/Sub and Cloud Storage, and on the loopback BigQuery."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from orchestration.provisioning.command import provision
from tests.googlesql.conftest import address, api, google  # noqa: F401
from tests.pubsub.emulator import Emulator
from tests.storage.stores import Store

CONTRACTS = """
[[contract]]
name = "shop.order"
table = "shop_orders"

[[contract]]
name = "shop.receipt"
table = "shop_receipts"
ordered = true
"""


@pytest.fixture
def project() -> str:
    """A project of its own: emulators are shared, and have any."""
    return f"shop-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def contracts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of two contracts."""
    file = tmp_path / "contracts.toml"
    file.write_text(CONTRACTS)
    monkeypatch.setenv("VITRINE_CONTRACTS", str(file))
    return file


@pytest.fixture
def services(
    emulator: Emulator,
    address: str,  # noqa: F811
    stores: dict[str, Store],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Google's clients talk to the emulators."""
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", emulator.host)
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", address)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", stores["gs"].proxy.url)


@pytest.fixture
def cloud(services: None, contracts: Path, project: str) -> str:
    """An empty project: its name."""
    return project


def run(*words: str) -> Result:
    return CliRunner().invoke(provision, words, catch_exceptions=False)


def changes(*words: str) -> dict[str, dict[str, Any]]:
    """What is told of each resource, by its name."""
    told = json.loads(run("--json", *words).stdout)
    return {change["name"]: change for change in told["changes"]}
