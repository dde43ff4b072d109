"""Emulated stores of buckets, each behind a proxy that can be told to fail."""

import http.client
import itertools
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

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


@contextmanager
def emulated_stores() -> Iterator[dict[str, Store]]:
    """Start both, and tell the clients where they are."""
    # Slow to import, and few tests need them.
    from gcp_storage_emulator.server import create_server  # noqa: PLC0415
    from moto.server import ThreadedMotoServer  # noqa: PLC0415

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
