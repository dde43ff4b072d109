"""The shop on a loopback port, with faults by seed."""

import random
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from tests.vtex.shop import Answer, Shop

# Each spoils an answer in its own way; "before" it is even worked out, or after.
KINDS = ("500", "503", "429", "late", "cut", "dropped", "broken", "page", "500 before")


class Faults:
    """Spoils a share of all answers."""

    def __init__(self, share: float = 0.0, seed: int = 7, kinds: tuple[str, ...] = KINDS) -> None:
        self.share = share
        self.kinds = kinds
        self.late_seconds = 1.0
        self.happened: list[tuple[str, str]] = []
        self._rng = random.Random(seed)
        self._lock = Lock()

    def pick(self, path: str) -> str | None:
        with self._lock:
            if self._rng.random() >= self.share:
                return None
            kind = self._rng.choice(self.kinds)
            self.happened.append((kind, path))
            return kind


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _serve(self) -> None:
        server: Server = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = server.faults.pick(self.path.partition("?")[0])
        if fault == "500 before":
            answer: Answer = 500, b"", {}
        else:
            answer = server.shop.answer(self.command, self.path, self.headers, body)
        status, content, headers = answer
        if fault in ("500", "503"):
            status, content, headers = int(fault), b"<html>oops</html>", {}
        elif fault == "429":
            status, content, headers = 429, b"", {"Retry-After": "0"}
        elif fault == "late":
            time.sleep(server.faults.late_seconds)
        elif fault == "broken":
            content = content[: len(content) // 2]
        elif fault == "page":
            content = b"<!doctype html>"
        elif fault == "dropped":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        lines = [f"HTTP/1.1 {status} -", f"Content-Length: {len(content)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if fault == "cut":
            content = content[: len(content) // 2]
            self.close_connection = True
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + content)


class Server(ThreadingHTTPServer):
    """Serves a shop."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, shop: Shop) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.shop = shop
        self.faults = Faults()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: Any) -> None:
        """Say nothing of clients that hang up: they are killed."""


@contextmanager
def serving(shop: Shop) -> Iterator[Server]:
    """Serve a shop until the end of the block."""
    server = Server(shop)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
