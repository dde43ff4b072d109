"""A gateway in a process of its own, and those who talk to it."""

import http.client
import json
import os
import re
import resource
import socket
import subprocess
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl

from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator

from tests.forks import Command

_LISTENING = re.compile(r"listening on http://127\.0\.0\.1:(\d+)")
_START_SECONDS = 60
_STOP_SECONDS = 30

JSON = {"Content-Type": "application/json"}
# Of Twilio's account.
TWILIO_TOKEN = "token-of-twilio"  # noqa: S105 (of no account)
NDJSON = {"Content-Type": "application/x-ndjson"}


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def token(name: str) -> str:
    """The token of a test's source."""
    return f"token-of-{name}"


def bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(name)}"}


def source(name: str, **settings: Any) -> str:
    """An entry of the gateway's file."""
    settings = {"token_sha256": [sha256(token(name).encode()).hexdigest()]} | settings
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    return "\n".join(["[[source]]", f'name = "{name}"', *lines, ""])


def signature(url: str, form: str | bytes, token: str = TWILIO_TOKEN) -> str:
    """What Twilio signs a request with, whatever is in it."""
    text = form.decode(errors="replace") if isinstance(form, bytes) else form
    fields = ImmutableMultiDict(parse_qsl(text, keep_blank_values=True))
    computed: str = RequestValidator(token).compute_signature(url, fields)
    return computed


def sign(request: Any) -> Any:
    """Sign a request that `requests` is about to send."""
    request.headers["X-Twilio-Signature"] = signature(request.url, request.body or "")
    return request


def limits(**settings: float) -> str:
    return "\n".join(["[limits]", *(f"{key} = {value}" for key, value in settings.items()), ""])


class Gateway:
    """`vitrine serve`, or an odd server, on a free port; leave the context to end it."""

    def __init__(
        self,
        folder: Path,
        *config: str,
        odd: str | None = None,
        words: tuple[str, ...] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.raw_root = folder / "raw"
        file = folder / "gateway.toml"
        file.write_text("\n".join(config))
        # Not a file, which a full disk would keep from growing.
        pipe = folder / "log"
        pipe.unlink(missing_ok=True)
        os.mkfifo(pipe)
        self.log: list[str] = []
        self.port = 0
        self._is_listening = Event()
        self._reader = Thread(target=self._read, args=(pipe,))
        self._reader.start()
        words = ("--port", "0", *words)
        settings = (
            os.environ
            | {"VITRINE_RAW": str(self.raw_root), "VITRINE_GATEWAY_CONFIG": str(file)}
            | {"TWILIO_AUTH_TOKEN": TWILIO_TOKEN}
            | dict(environment or {})
        )
        self.process: Command | subprocess.Popen[bytes]
        if odd is None:
            self.process = Command(["serve", *words], settings, Path(os.devnull), pipe)
        else:
            command = [sys.executable, "-m", "tests.gateway.odd_servers", odd, *words]
            with pipe.open("wb") as log:
                self.process = subprocess.Popen(command, env=settings, stderr=log)
        if not self._is_listening.wait(_START_SECONDS) or not self.port:
            self.process.kill()
            raise AssertionError("".join(self.log))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self._ended()

    def _read(self, pipe: Path) -> None:
        with pipe.open() as lines:
            for line in lines:
                self.log.append(line)
                if found := _LISTENING.search(line):
                    self.port = int(found[1])
                    self._is_listening.set()
        self._is_listening.set()

    def _ended(self) -> int:
        code = self.process.wait(_STOP_SECONDS)
        self._reader.join()
        return code

    def terminate(self) -> int:
        """Ask it to stop; its exit code."""
        self.process.terminate()
        return self._ended()

    def limit_file_size(self, size_bytes: int) -> None:
        """Let it write no file longer than this, as a full disk would."""
        _, most = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (size_bytes, most))

    def peak_memory_bytes(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found
        return int(found[1]) * 1024

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), 20)

    def request(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.request("GET", path, headers=headers)

    def post(
        self,
        path: str,
        body: bytes | str | dict[str, Any] | list[Any],
        name: str = "till",
        headers: Mapping[str, str] = JSON,
    ) -> Answer:
        """Post as a source; what is not text or bytes is made JSON."""
        content = body if isinstance(body, bytes | str) else json.dumps(body)
        content = content.encode() if isinstance(content, str) else content
        return self.request("POST", path, content, bearer(name) | dict(headers))
