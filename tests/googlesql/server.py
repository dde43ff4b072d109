"""BigQuery on a free loopback port."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.googlesql.api import Api, ApiError, Request

_PREFIX = "/bigquery/v2"
_UPLOAD = "/upload" + _PREFIX


@contextmanager
def serving(api: Api) -> Iterator[str]:
    """Serve until the block ends; gives the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api))
    server.daemon_threads = True
    # It asks so often (seconds) whether it is to end.
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(api: Api) -> type[BaseHTTPRequestHandler]:
    uploads: dict[str, Any] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # An answer in one piece, at once: a second piece waits until the first is acknowledged.
        wbufsize = -1
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            address = urlsplit(self.path)
            parameters = dict(parse_qsl(address.query))
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                if address.path.startswith(_UPLOAD):
                    self._upload(address.path.removeprefix(_UPLOAD), parameters, body)
                else:
                    given = json.loads(body) if body else {}
                    path = address.path.removeprefix(_PREFIX)
                    self._send(200, api.answer(self.command, path, Request(parameters, given)))
            except ApiError as error:
                self._send(error.status, error.content)
            except Exception as error:  # What this server does wrong must not look like a hang.
                message = f"{type(error).__name__}: {error}"
                content = ApiError(501, "notImplemented", message).content
                self._send(501, content)
                raise

        def _upload(self, path: str, parameters: dict[str, str], body: bytes) -> None:
            """Take a file in two steps, what to do with it and the file, or in one of two parts."""
            if parameters.get("uploadType") == "multipart":
                mark = self.headers.get_param("boundary", "").encode()  # type: ignore[union-attr]
                _, told, file, _ = body.split(b"--" + mark)
                parts = [
                    part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for part in (told, file)
                ]
                request = Request(parameters, json.loads(parts[0]), parts[1])
                self._send(200, api.answer("POST", path, request))
            elif self.command == "POST":
                name = str(len(uploads))
                uploads[name] = (path, json.loads(body))
                host, port = self.server.server_address[:2]
                location = f"http://{host!s}:{port}{_UPLOAD}/{name}"
                self._send(200, {}, {"Location": location})
            else:
                path, given = uploads.pop(path.strip("/"))
                self._send(200, api.answer("POST", path, Request(parameters, given, body)))

        def _send(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
            encoded = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(encoded)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(encoded)
            self.wfile.flush()

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 (http.server's)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing: dbt's own log has every call."""

    return Handler
