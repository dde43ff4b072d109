"""A Twilio on this machine: its API of messages, with what goes wrong on the way to one."""

import base64
import json
import secrets
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ACCOUNT = "AC" + "0" * 32
TOKEN = "a-secret"  # noqa: S105 (of no account)
_PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"

# What may happen to a request. Only of `ok`, `slow`, `failed_late` and `lost` is a message taken.
FAULTS = ("busy", "failed", "failed_late", "lost", "dropped", "slow")


@dataclass
class Message:
    sid: str
    to: str
    sender: str
    body: str
    callback: str
    taken_at: datetime


@dataclass
class Twilio:
    """`faults` says what happens to the next requests; then all of them are answered."""

    faults: deque[str] = field(default_factory=deque)
    # of requests to list messages
    list_faults: deque[str] = field(default_factory=deque)
    # by recipient: the code with which a message is refused
    refused: dict[str, int] = field(default_factory=dict)
    slow_seconds: float = 0.05
    # how long a message is in no list after it was taken
    lag_seconds: float = 0.0
    messages: list[Message] = field(default_factory=list)
    requests: Counter[str] = field(default_factory=Counter)
    # asked, if there is one, before each message is taken
    watch: Callable[[str], None] | None = None

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def recipients(self) -> Counter[str]:
        return Counter(message.to for message in self.messages)

    def fault(self, faults: deque[str]) -> str:
        with self._lock:
            return faults.popleft() if faults else "ok"

    def take(self, form: dict[str, str]) -> Message:
        if self.watch:
            self.watch(form["To"])
        message = Message(
            f"SM{secrets.token_hex(16)}",
            form["To"],
            form.get("From") or form["MessagingServiceSid"],
            form["Body"],
            form.get("StatusCallback", ""),
            datetime.now(UTC),
        )
        with self._lock:
            self.messages.append(message)
        return message

    def page(self, query: dict[str, str]) -> dict[str, Any]:
        """A page of what was sent to somebody, the newest first."""
        now = datetime.now(UTC)
        found = [
            one
            for one in reversed(self.messages)
            if one.to == query.get("To", one.to)
            and (now - one.taken_at).total_seconds() >= self.lag_seconds
        ]
        size, page = int(query.get("PageSize", 50)), int(query.get("Page", 0))
        some = found[page * size : (page + 1) * size]
        to = query["To"].replace("+", "%2B").replace(":", "%3A")
        is_last = len(found) <= (page + 1) * size
        following = None if is_last else f"{_PATH}?To={to}&PageSize={size}&Page={page + 1}"
        return {
            "messages": [_told(one) for one in some],
            "page": page,
            "page_size": size,
            "uri": _PATH,
            "first_page_uri": _PATH,
            "next_page_uri": following,
            "previous_page_uri": None,
        }


def _told(message: Message) -> dict[str, Any]:
    taken_at = format_datetime(message.taken_at)
    return {
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": taken_at,
        "date_sent": None,
        "date_updated": taken_at,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": message.sender,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": "queued",
        "subresource_uris": {},
        "to": message.to,
        "uri": f"{_PATH.removesuffix('.json')}/{message.sid}.json",
    }


def _handler(twilio: Twilio) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            form = self._form(self.rfile.read(int(self.headers["Content-Length"])).decode())
            twilio.requests["create"] += 1
            if not self._is_let_in():
                return
            fault = twilio.fault(twilio.faults)
            if fault in ("busy", "failed"):
                self._refuse(429 if fault == "busy" else 500, 20429)
                return
            if fault == "dropped":
                self.close_connection = True
                return
            if fault == "slow":
                time.sleep(twilio.slow_seconds)
            if code := twilio.refused.get(form["To"]):
                self._refuse(400, code)
                return
            message = twilio.take(form)
            if fault == "failed_late":
                self._refuse(503, 20503)
            elif fault == "lost":
                self.close_connection = True
            else:
                self._answer(201, _told(message))

        def do_GET(self) -> None:
            twilio.requests["list"] += 1
            if not self._is_let_in():
                return
            fault = twilio.fault(twilio.list_faults)
            if fault == "ok":
                self._answer(200, twilio.page(self._form(urlsplit(self.path).query)))
            else:
                self._refuse(429 if fault == "busy" else 500, 20500)

        def _is_let_in(self) -> bool:
            expected = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
            is_known = self.headers["Authorization"] == f"Basic {expected}"
            if urlsplit(self.path).path != _PATH:
                self._refuse(404, 20404)
            elif not is_known:
                self._refuse(401, 20003)
            else:
                return True
            return False

        def _refuse(self, status: int, code: int) -> None:
            # Twilio's own messages name the number.
            told = {"code": code, "message": "The 'To' number +5511 is not valid", "status": status}
            self._answer(status, told)

        def _answer(self, status: int, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @staticmethod
        def _form(text: str) -> dict[str, str]:
            return {name: values[-1] for name, values in parse_qs(text).items()}

        def handle(self) -> None:
            try:
                super().handle()
            except (ConnectionResetError, BrokenPipeError):
                return  # The client was killed.

        def log_message(self, *_: object) -> None:
            return

    return Handler
