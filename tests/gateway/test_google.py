"""Pushes that Google signs: who signed, for whom, and until when."""

import base64
import datetime
import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from tests.gateway.support import JSON, Gateway, limits, source

ACCOUNT = "push@shop.example"
AUDIENCE = "https://gateway.example/push"
BODY = b'{"message": {"messageId": "1", "publishTime": "2024-05-01T12:00:00Z"}}'


class Signer:
    """One who signs tokens as Google does, with a key and its certificate."""

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        self._key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signer")])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder(name, name, self._key.public_key(), 1)
            .not_valid_before(now)
            .not_valid_after(now + datetime.timedelta(days=1))
            .sign(self._key, hashes.SHA256())
        )
        self.certificate = certificate.public_bytes(serialization.Encoding.PEM).decode()

    def sign(self, **claims: Any) -> str:
        now = int(time.time())
        known = {
            "iss": "https://accounts.google.com",
            "aud": AUDIENCE,
            "email": ACCOUNT,
            "email_verified": True,
            "iat": now,
            "exp": now + 60,
        }
        head = {"alg": "RS256", "kid": self.key_id, "typ": "JWT"}
        parts = [_encode(json.dumps(part).encode()) for part in (head, known | claims)]
        signature = self._key.sign(".".join(parts).encode(), padding.PKCS1v15(), hashes.SHA256())
        return ".".join([*parts, _encode(signature)])


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


GOOGLE = Signer("google")
STRANGER = Signer("google")


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    class Certificates(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({GOOGLE.key_id: GOOGLE.certificate}).encode())

    with ThreadingHTTPServer(("127.0.0.1", 0), Certificates) as server:
        Thread(target=server.serve_forever).start()
        yield from _gateway(tmp_path_factory.mktemp("google"), server.server_port)
        server.shutdown()


def _gateway(folder: Path, certificates_port: int) -> Iterator[Gateway]:
    with Gateway(
        folder,
        f'google_certificates = "http://127.0.0.1:{certificates_port}/certs"',
        limits(commit_seconds=0.01),
        source(
            "pubsub", token_sha256=[], push=True,
            google_service_account=ACCOUNT, google_audience=AUDIENCE,
        ),
    ) as gateway:  # fmt: skip
        yield gateway


def push(gateway: Gateway, token: str, path: str = "/push") -> int:
    headers = JSON | {"Authorization": f"Bearer {token}"}
    return gateway.request("POST", path, BODY, headers).status


def test_a_push_that_google_signed_for_us_is_taken(pushed: Gateway) -> None:
    assert push(pushed, GOOGLE.sign()) == 204


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://elsewhere.example"},
        {"email": "someone@shop.example"},
        {"email_verified": False},
        {"iss": "https://accounts.example"},
        {"iat": int(time.time()) - 7_200, "exp": int(time.time()) - 3_600},
    ],
)
def test_a_push_signed_for_others_or_once_upon_a_time_is_not(
    pushed: Gateway, claims: dict[str, Any]
) -> None:
    assert push(pushed, GOOGLE.sign(**claims)) == 401


def test_a_push_that_another_signed_is_not(pushed: Gateway) -> None:
    assert push(pushed, STRANGER.sign()) == 401
    head, claims, signature = GOOGLE.sign().split(".")
    other = "A" if signature[0] != "A" else "B"
    assert push(pushed, ".".join([head, claims, other + signature[1:]])) == 401
    unsigned = _encode(b'{"alg": "none", "kid": "google"}')
    assert push(pushed, f"{unsigned}.{claims}.") == 401


def test_who_may_push_may_do_no_more(pushed: Gateway) -> None:
    assert push(pushed, GOOGLE.sign(), "/events/pos.receipt") == 403


def test_while_google_cannot_be_asked_a_push_is_asked_to_come_again(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as closed:
        port = closed.server_port
    for gateway in _gateway(tmp_path / "a", port):
        assert push(gateway, GOOGLE.sign()) == 503
