"""What a person is told when Google refuses."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
import pytest

from orchestration.provisioning import refusals
from tests.provisioning.conftest import changes, run
from tests.provisioning.pubsub_server import RefusalError, serving
from tests.storage.stores import Store

DISABLED = "has not been used in project shop before or it is disabled."
GRPC = {
    "not enabled": (grpc.StatusCode.PERMISSION_DENIED, DISABLED, "SERVICE_DISABLED"),
    "no permission": (grpc.StatusCode.PERMISSION_DENIED, "User not authorized.", ""),
    "bad credentials": (grpc.StatusCode.UNAUTHENTICATED, "Invalid credentials.", ""),
}
REST = {
    "not enabled": (403, "accessNotConfigured", DISABLED),
    "no permission": (403, "forbidden", "Access Denied."),
    "bad credentials": (401, "authError", "Invalid Credentials"),
}
TOLD = {
    "not enabled": "is not enabled in project shop: run `gcloud services enable {}.googleapis.com",
    "no permission": "these credentials may not",
    "bad credentials": "no credentials that Google takes (",
}


@contextmanager
def rest_refusing(status: int, reason: str, message: str) -> Iterator[str]:
    """A BigQuery or Cloud Storage that answers every call with one error."""
    error = {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}
    body = json.dumps({"error": error}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("what", TOLD)
def test_what_pubsub_refuses_is_told(
    what: str, cloud: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: str, __: bytes) -> None:
        raise RefusalError(*GRPC[what])

    with serving(refuse) as host:
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", host)
        told = run("--project", "shop", "--plan")
    assert told.exit_code == 1
    assert TOLD[what].format("pubsub") in told.stderr


@pytest.mark.parametrize("what", TOLD)
@pytest.mark.parametrize("service", ["bigquery", "storage"])
def test_what_bigquery_and_storage_refuse_is_told(
    what: str, service: str, cloud: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rest_refusing(*REST[what]) as address:
        monkeypatch.setenv(f"{service.upper()}_EMULATOR_HOST", address)
        told = run("--project", "shop", "--plan")
    assert told.exit_code == 1
    assert TOLD[what].format(service) in told.stderr


def test_without_credentials_nothing_is_asked(
    contracts: object, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PUBSUB", "BIGQUERY", "STORAGE"):
        monkeypatch.delenv(f"{name}_EMULATOR_HOST", raising=False)
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    told = run("--project", "shop", "--plan")
    assert told.exit_code == 1
    assert "Error: no credentials that Google takes (" in told.stderr
    assert "log in with `gcloud auth application-default login`" in told.stderr


def test_a_service_that_does_not_answer_is_told(
    cloud: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(refusals.PATIENCE, "retry", None)
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", "127.0.0.1:9")
    told = run("--project", "shop", "--plan")
    assert told.exit_code == 1
    assert "topic projects/shop/topics/shop_orders: " in told.stderr


def test_after_a_refusal_the_next_run_goes_on(cloud: str, stores: dict[str, Store]) -> None:
    """What was made before the refusal stays; what was refused is made once it may be."""
    with stores["gs"].proxy.faulty(lambda asked: "403" if asked.method == "POST" else None):
        told = run("--project", cloud)
    assert told.exit_code == 1
    assert f"bucket {cloud}-vitrine: these credentials may not: " in told.stderr
    again = changes("--project", cloud)
    kept = {one["kind"] for one in again.values() if one["action"] == "keep"}
    created = {one["kind"] for one in again.values() if one["action"] == "create"}
    assert (kept, created) == ({"topic", "dataset", "table"}, {"bucket", "subscription"})
    assert run("--project", cloud, "--plan").exit_code == 0


def test_a_bucket_that_somebody_else_has_is_told(cloud: str, stores: dict[str, Store]) -> None:
    """Names of buckets are everybody's: whose it is may look like one that is not there."""
    assert run("--project", cloud).exit_code == 0
    with stores["gs"].proxy.faulty(lambda asked: "404" if asked.method == "GET" else None):
        told = run("--project", cloud)
    assert told.exit_code == 1
    assert "another project has a bucket of this name: choose one with --bucket." in told.stderr


def test_a_name_that_no_bucket_can_have_is_told(cloud: str) -> None:
    told = run("--project", cloud, "--bucket=-mine-")
    assert told.exit_code == 1
    assert "Error: bucket -mine-: Bucket names must start and end" in told.stderr
