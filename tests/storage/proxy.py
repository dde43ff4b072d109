"""A proxy before an emulated store: the preconditions and pages that it lacks, and faults.

Neither emulator enforces everything that the real store documents: Google's emulator ignores
`ifGenerationMatch`, lists in one page and makes a bucket of nothing but its name, and S3's ignores
`If-None-Match` when copying. Here a precondition is checked and the request forwarded under one
lock, as if in one step. Pages are smaller than the real ones, so that there are some.
"""

import http.client
import json
import threading
from collections.abc import Callable
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlsplit

# What may happen to a request: before it reaches the store, or after it took effect there.
FAULTS = ["503 before", "503 after", "reset before", "reset after"]
PAGE = 100


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Request(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}


class Proxy:
    """Stands before a store at a port of this machine; `fault` says what happens to a request."""

    def __init__(self, store_port: int) -> None:
        self.fault: Callable[[Request], str | None] = lambda _: None
        self.requests: list[Request] = []
        self._store_port = store_port
        self._alone = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                proxy._handle(self)

            do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = do_HEAD = handle_any  # noqa: N815

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def faulty(self, fault: Callable[[Request], str | None]):
        self.fault = fault
        try:
            yield
        finally:
            self.fault = lambda _: None

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        body = _read_body(handler)
        request = Request(handler.command, handler.path, dict(handler.headers), body)
        self.requests.append(request)
        what = self.fault(request) or ""
        if what == "reset before":
            handler.close_connection = True
            return
        if what == "503 before":
            return _answer(handler, Answer(503, [], b"busy"))
        if what == "403":
            return _answer(handler, Answer(403, [], _FORBIDDEN))
        if what == "404":
            return _answer(handler, Answer(404, [], b""))
        answer = self._forward(request)
        if what == "reset after":
            handler.close_connection = True
            return
        return _answer(handler, Answer(503, [], b"busy") if what == "503 after" else answer)

    def _forward(self, request: Request) -> Answer:
        if "list-type" in request.query:
            return self._ask(request._replace(path=f"{request.path}&max-keys={PAGE}"))
        if request.method not in ("PUT", "POST"):
            answer = self._ask(request)
            return _page(request, answer) if request.path.startswith("/storage/v1/b/") else answer
        with self._alone:
            target = _create_only(request)
            if target is not None and self._ask(target).status == 200:
                return Answer(412, [], _TAKEN)
            answer = self._ask(request)
            if urlsplit(request.path).path == _BUCKETS and answer.status == 200:
                path = f"{_BUCKETS}/{json.loads(request.body)['name']}"
                return self._ask(request._replace(method="PATCH", path=path))
            return answer

    def _ask(self, request: Request) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self._store_port, timeout=30)
        try:
            connection.request(request.method, request.path, request.body or None, request.headers)
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()


_BUCKETS = "/storage/v1/b"
_TAKEN = (
    b"<Error><Code>PreconditionFailed</Code><Message>taken</Message>"
    b"<Condition>If-None-Match</Condition></Error>"
)
_FORBIDDEN = b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"


def _create_only(request: Request) -> Request | None:
    """Make the request that finds the object which must not be there; None if it may be."""
    if request.headers.get("If-None-Match") == "*" and "x-amz-copy-source" in request.headers:
        return Request("HEAD", request.path, {}, b"")
    if request.query.get("ifGenerationMatch") != "0":
        return None
    path = urlsplit(request.path).path
    if "/rewriteTo/" in path:
        return Request("GET", "/storage/v1/" + path.partition("/rewriteTo/")[2], {}, b"")
    assert path.startswith("/upload/"), path
    name = json.loads(request.body.split(b"\r\n\r\n", 1)[1].split(b"\r\n", 1)[0])["name"]
    return Request("GET", f"{path.removeprefix('/upload')}/{quote(name, safe='')}", {}, b"")


def _page(request: Request, answer: Answer) -> Answer:
    """Cut Google's listing into pages, as the real store does."""
    parts = [unquote(part) for part in urlsplit(request.path).path.split("/")]
    if parts[5:] != ["o"] or answer.status != 200:
        return answer
    listed = json.loads(answer.body)
    start = int(request.query.get("pageToken", 0))
    items = sorted(listed.get("items", []), key=lambda item: item["name"])
    page = {"kind": "storage#objects", "items": items[start : start + PAGE]}
    if len(items) > start + PAGE:
        page["nextPageToken"] = str(start + PAGE)
    return Answer(200, [("Content-Type", "application/json")], json.dumps(page).encode())


def _read_body(handler: BaseHTTPRequestHandler) -> bytes:
    if handler.headers.get("Transfer-Encoding", "").lower() != "chunked":
        return handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
    chunks = []
    while size := int(handler.rfile.readline().split(b";")[0], 16):
        chunks.append(handler.rfile.read(size))
        handler.rfile.readline()
    handler.rfile.readline()
    del handler.headers["Transfer-Encoding"]
    body = b"".join(chunks)
    handler.headers["Content-Length"] = str(len(body))
    return body


def _answer(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    handler.send_response(answer.status)
    for name, value in answer.headers:
        if name.lower() not in ("content-length", "transfer-encoding", "connection"):
            handler.send_header(name, value)
    length = dict(answer.headers).get("Content-Length", "0")
    handler.send_header(
        "Content-Length", length if handler.command == "HEAD" else str(len(answer.body))
    )
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(answer.body)
