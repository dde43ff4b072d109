"""The three kinds of raw roots: a folder, and buckets of emulated stores."""

import asyncio
import http.client
import itertools
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from gcp_storage_emulator.server import create_server
from moto.server import ThreadedMotoServer

from ingestion.storage import Storage, open_storage
from tests.storage.proxy import Proxy

_numbers = itertools.count()
_JSON = {"Content-Type": "application/json"}


@dataclass
class Store:
    """An emulated store behind its proxy."""

    scheme: str
    proxy: Proxy
    port: int

    def new_bucket(self) -> str:
        name = f"shop-{next(_numbers)}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        if self.scheme == "gs":
            connection.request("POST", "/storage/v1/b", json.dumps({"name": name}), _JSON)
        else:
            connection.request("PUT", f"/{name}")
        assert connection.getresponse().status == 200
        connection.close()
        return f"{self.scheme}://{name}"


@pytest.fixture(scope="session")
def stores() -> Iterator[dict[str, Store]]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    logging.getLogger("gcp_storage_emulator").setLevel(logging.CRITICAL)
    s3 = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    s3.start()
    gcs = create_server("127.0.0.1", 0, in_memory=True)
    gcs.start()
    ports = {"s3": s3.get_host_and_port()[1], "gs": gcs._api._httpd.server_port}
    proxies = {scheme: Proxy(port) for scheme, port in ports.items()}
    environment = {
        "AWS_ENDPOINT_URL": proxies["s3"].url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "STORAGE_EMULATOR_HOST": proxies["gs"].url,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield {scheme: Store(scheme, proxies[scheme], ports[scheme]) for scheme in ports}
    for proxy in proxies.values():
        proxy.close()
    s3.stop()
    gcs.stop()


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
