"""The three kinds of raw roots: a folder, and buckets of emulated stores."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ingestion.storage import Storage, open_storage
from tests.storage.stores import Store


@pytest.fixture(params=["gs", "s3"])
def store(request: pytest.FixtureRequest, stores: dict[str, Store]) -> Store:
    return stores[request.param]


# What is the same code for every store; the other one's turn is in the long tests.
in_one_store = pytest.mark.parametrize(
    "store", ["gs", pytest.param("s3", marks=pytest.mark.long)], indirect=True
)


@pytest.fixture
def bucket(store: Store) -> str:
    """A raw root in a new bucket."""
    return f"{store.new_bucket()}/raw"


@pytest.fixture(params=["folder", "gs", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return open_storage(tmp_path / "raw")
    stores: dict[str, Store] = request.getfixturevalue("stores")
    return open_storage(f"{stores[request.param].new_bucket()}/some/raw")


@pytest.fixture
def few_contracts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three tables for all that the tests land: each new bucket is to be given its tables."""
    file = tmp_path / "contracts.toml"
    known = {"vtex.order": "vtex_orders", "vtex.sku": "vtex_skus"}
    file.write_text(
        "".join(
            f'[[contract]]\nname = "{name}"\ntable = "{table}"\n' for name, table in known.items()
        )
    )
    monkeypatch.setenv("VITRINE_CONTRACTS", str(file))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The libraries' waits between two attempts, a fiftieth as long."""

    class Hasty:
        def __getattr__(self, name: str) -> Any:
            return getattr(asyncio, name)

        @staticmethod
        async def sleep(seconds: float) -> None:
            await asyncio.sleep(seconds / 50)

    for module in ("gcsfs.retry", "s3fs.core", "aiobotocore.endpoint"):
        monkeypatch.setattr(f"{module}.asyncio", Hasty())
