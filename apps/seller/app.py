"""The page's endpoints: a clerk comes in, looks somebody up, and the screen keeps itself new."""

import asyncio
import hashlib
import logging
import time
import traceback
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from apps.seller import customer, goods, history, people, words
from apps.seller.access import (
    COOKIE,
    Access,
    Session,
    View,
    has_csrf,
    is_from_this_page,
    set_cookie,
)
from apps.seller.audit import Audit, Entry, Outcome
from apps.seller.config import Config
from apps.seller.customer import Customer
from apps.seller.identifiers import Candidate, candidates
from apps.seller.people import Match
from apps.seller.reader import Data, Reader, UnavailableError
from ingestion.gateway import bodies
from ingestion.gateway.config import Limits
from ingestion.gateway.limits import Budget

# Of a server of this page: its forms are short, and a shop has few screens.
LIMITS = Limits(body_bytes=4 << 10, body_seconds=5, connections=500, waiting_bytes=1 << 20)
_HERE = Path(__file__).parent
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FRAGMENT = "x-fragment"

_log = logging.getLogger(__name__)


def create_app(
    config: Config,
    data: Data,
    audit: Audit,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    clock: Callable[[], float] = time.monotonic,
) -> Starlette:
    """Make the application over data that are being followed.

    `now` is the time, in UTC; `clock`, in seconds, is what sessions and limits go by.
    """
    page = _Page(config, Reader(data), audit, Access(config, now, clock), now)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        page.reader.stop()

    app = Starlette(
        lifespan=lifespan,
        routes=[
            Route("/", page.show),
            Route("/entrar", page.come_in, methods=["POST"]),
            Route("/sair", page.leave, methods=["POST"]),
            Route("/consulta", page.look_up, methods=["POST"]),
            # Whoever asks again for what a form answered begins anew.
            Route("/entrar", _begin_anew),
            Route("/consulta", _begin_anew),
            Route("/agora", page.update, methods=["POST"]),
            Route("/static/{name}", page.give_file),
            Route("/health", _be_alive),
        ],
    )
    app.router.redirect_slashes = False
    app.add_middleware(_Guarded, config=config)
    return app


class _Page:
    """What the endpoints share."""

    def __init__(
        self,
        config: Config,
        reader: Reader,
        audit: Audit,
        access: Access,
        now: Callable[[], datetime],
    ) -> None:
        self._config = config
        self.reader = reader
        self._audit = audit
        self._access = access
        self._now = now
        self._budget = Budget(LIMITS.waiting_bytes)
        self._files = {path.name: path.read_bytes() for path in (_HERE / "static").iterdir()}
        version = hashlib.sha256(b"".join(self._files[name] for name in sorted(self._files)))
        self._templates = _templates(config, version.hexdigest()[:12])

    async def show(self, request: Request) -> Response:
        """Show the field to look somebody up, or the door."""
        session = self._access.session(request)
        if session is None:
            return self._door()
        if self._access.has_expired(session.shop):
            return self._door("Sua chave venceu. Peça outra a quem cuida da loja.", 401)
        return await self._search_page(session)

    async def come_in(self, request: Request) -> Response:
        """Let in whoever has a token that is good."""
        form = await self._form(request)
        if not is_from_this_page(request):
            return self._door("Abra a página de novo e tente outra vez.", 403)
        shop = self._access.holder(form.get("token", "").strip())
        if shop is None:
            _log.warning("refused: a token that no shop has")
            return self._door("Esta chave não existe. Confira e tente de novo.", 401)
        if self._access.has_expired(shop):
            _log.warning("refused: the token of %s has expired", shop.name)
            return self._door("Sua chave venceu. Peça outra a quem cuida da loja.", 401)
        self._access.close(request)
        response = RedirectResponse("/", 303)
        set_cookie(response, request, self._access.open(shop))
        return response

    async def leave(self, request: Request) -> Response:
        """End the session."""
        session, form = self._access.session(request), await self._form(request)
        if session and self._is_genuine(request, session, form):
            self._access.close(request)
        response = RedirectResponse("/", 303)
        response.delete_cookie(COOKIE)
        return response

    async def look_up(self, request: Request) -> Response:
        """Find a customer by what was typed, note that it was done, and show them."""
        form = await self._form(request)
        session = self._access.session(request)
        if refusal := self._refusal(request, session, form):
            return refusal
        assert session is not None  # noqa: S101 - or it would have been refused
        answer = await self._look_up(session, form.get("q", ""))
        if _FRAGMENT in request.headers:
            return answer
        return await self._search_page(session, bytes(answer.body).decode(), answer.status_code)

    async def update(self, request: Request) -> Response:
        """Show again the customer that a screen shows; nothing (204) where nothing has changed."""
        form = await self._form(request)
        session = self._access.session(request)
        if refusal := self._refusal(request, session, form):
            return refusal
        assert session is not None  # noqa: S101 - or it would have been refused
        return await self._update(session, form)

    async def give_file(self, request: Request) -> Response:
        """Give the style, the script or the icon; their addresses change with them."""
        name = request.path_params["name"]
        if name not in self._files:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        headers = {
            "cache-control": "public, max-age=31536000, immutable",
            "content-type": _TYPES[Path(name).suffix],
        }
        return Response(self._files[name], headers=headers)

    async def _look_up(self, session: Session, text: str) -> HTMLResponse:
        found = candidates(text)
        kind = found[0].kind if found else None
        if seconds := self._access.seconds_to_wait(session):
            await self._note(session, kind, "limited")
            return self._slow_down(seconds)
        try:
            match = await self._find(found)
            is_person = match is not None and not match.is_shared
            shown = await self._read(session, match.customer_id) if match and is_person else None
        except UnavailableError as error:
            await self._note(session, kind, "failed")
            return self._unavailable(error)
        if match is None or match.is_shared:
            outcome: Outcome = "shared" if match else "unknown"
            await self._note(session, match.kind if match else kind, outcome)
            return self._notice(outcome)
        outcome = "found" if shown else "no_consent"
        await self._note(session, match.kind, outcome, match.customer_id)
        if shown is None:
            return self._notice(outcome)
        handle, view = self._access.show(session, match.customer_id)
        return HTMLResponse(self._customer(shown, handle, view))

    async def _find(self, found: Sequence[Candidate]) -> Match | None:
        if not found:
            return None
        return await self.reader.ask(lambda cursor: people.find_customer(cursor, found))

    async def _update(self, session: Session, form: dict[str, str]) -> Response:
        if seconds := self._access.seconds_to_wait(session, is_update=True):
            return self._slow_down(seconds)
        handle = form.get("view", "")
        view = self._access.shown(session, handle)
        try:
            if view and await self._is_known(view, form.get("version", "")):
                return Response(status_code=HTTPStatus.NO_CONTENT)
            shown = view and await self._read(session, view.customer_id)
        except UnavailableError as error:
            return self._unavailable(error)
        if not view or not shown:
            return self._notice("over", HTTPStatus.GONE)
        html = self._customer(shown, handle, view)
        if view.version == form.get("version"):
            return Response(status_code=HTTPStatus.NO_CONTENT)
        return HTMLResponse(html)

    async def _is_known(self, view: View, version: str) -> bool:
        """Tell whether a screen need not be read anew."""
        if version != view.version or not self._access.is_fresh(view):
            return False
        customer_id = view.customer_id
        done = await self.reader.ask(lambda cursor: history.done_so_far(cursor, customer_id))
        return done == view.done

    async def _read(self, session: Session, customer_id: str) -> Customer | None:
        return await customer.read(
            self.reader, customer_id, session.shop, self._config, self._now()
        )

    async def _note(
        self, session: Session, kind: str | None, outcome: Outcome, customer_id: str | None = None
    ) -> None:
        """Add a look-up to the audit; what cannot be noted is not shown."""
        shop = session.shop
        entry = Entry(self._now(), shop.name, shop.store_id, kind, outcome, customer_id)
        await asyncio.to_thread(self._audit.add, entry)

    async def _form(self, request: Request) -> dict[str, str]:
        """Read a form; raises Refusal if it is too long or too slow."""
        with self._budget.share() as share:
            body = await bodies.read(request, LIMITS.body_bytes, LIMITS, share)
        fields = parse_qs(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=20)
        return {name: values[-1] for name, values in fields.items()}

    def _refusal(
        self, request: Request, session: Session | None, form: dict[str, str]
    ) -> Response | None:
        """Say why a request with a form is refused, if it is."""
        is_expired = session is not None and self._access.has_expired(session.shop)
        if session is None or is_expired:
            if _FRAGMENT in request.headers:
                return self._notice("expired" if is_expired else "outside", 401)
            return RedirectResponse("/", 303)
        if not self._is_genuine(request, session, form):
            return self._notice("forged", HTTPStatus.FORBIDDEN)
        return None

    def _is_genuine(self, request: Request, session: Session, form: dict[str, str]) -> bool:
        return is_from_this_page(request) and has_csrf(session, form.get("csrf", ""))

    async def _search_page(self, session: Session, result: str = "", status: int = 200) -> Response:
        store_id = session.shop.store_id
        try:
            name = await self.reader.ask(lambda cursor: goods.store_name(cursor, store_id))
        except UnavailableError as error:
            name = None
            if not result:
                answer = self._unavailable(error)
                result, status = bytes(answer.body).decode(), answer.status_code
        return self._html(
            "search.html",
            status,
            store_name=name or store_id,
            csrf=session.csrf,
            result=result,
        )

    def _customer(self, shown: Customer, handle: str, view: View) -> str:
        """Render a customer's screen, with its version, and note that it is shown."""
        template = self._templates.get_template("customer.html")
        html = template.render(customer=shown, view=handle, now=self._now())
        version = hashlib.sha256(html.encode()).hexdigest()[:16]
        self._access.has_shown(view, version, shown.done)
        return html.replace('data-version=""', f'data-version="{version}"', 1)

    def _door(self, message: str = "", status: int = 200) -> HTMLResponse:
        return self._html("login.html", status, message=message)

    def _slow_down(self, seconds: float) -> HTMLResponse:
        answer = self._notice("limited", HTTPStatus.TOO_MANY_REQUESTS, seconds=ceil(seconds))
        answer.headers["retry-after"] = str(ceil(seconds))
        return answer

    def _unavailable(self, error: UnavailableError) -> HTMLResponse:
        # Its message is not logged: DuckDB's can quote values.
        _log.error("no answer from the warehouse: %s", type(error.__cause__).__name__)
        return self._notice("unavailable", HTTPStatus.SERVICE_UNAVAILABLE)

    def _notice(self, what: str, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401
        return self._html("notice.html", status, what=what, **values)

    def _html(self, name: str, status: int, **values: Any) -> HTMLResponse:  # noqa: ANN401
        return HTMLResponse(self._templates.get_template(name).render(values), status)


async def _begin_anew(_request: Request) -> Response:
    return RedirectResponse("/", 303)


async def _be_alive(_request: Request) -> Response:
    """Say that the process answers."""
    return JSONResponse({"status": "alive"})


def _templates(config: Config, version: str) -> Environment:
    """Read the templates; all that is filled in is escaped."""
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    zone = config.zone
    environment.filters.update(
        activity=words.activity,
        ago=lambda time, now: words.ago(time, now, zone),
        clock=lambda time: words.clock(time, zone),
        day=lambda time, now: words.day(time, now, zone),
        money=words.money,
        picture=lambda url: url and config.shown_image(words.picture(url)),
        status=words.status,
        units=words.units,
    )
    environment.globals["version"] = version
    return environment


class _Guarded:
    """Adds what browsers must know to every answer, and says nothing personal when one fails."""

    def __init__(self, app: ASGIApp, config: Config) -> None:
        self._app = app
        self._headers = {
            "content-security-policy": "; ".join(
                [
                    "default-src 'none'",
                    "script-src 'self'",
                    "style-src 'self'",
                    "connect-src 'self'",
                    f"img-src 'self' {' '.join(config.image_origins)}",
                    "form-action 'self'",
                    "base-uri 'none'",
                    "frame-ancestors 'none'",
                ]
            ),
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=()",
            # Not no-referrer: browsers would then not say where a form comes from.
            "referrer-policy": "same-origin",
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def guarding(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        try:
            await self._app(scope, receive, guarding)
        except Exception as error:
            # Where it failed, without a word of what it was about.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            name = type(error).__name__
            _log.error("failed: %s in %s, line %s", name, Path(frame.filename).name, frame.lineno)
            if has_begun:
                return
            response = Response("A página falhou.", 500, media_type="text/plain; charset=utf-8")
            await response(scope, receive, guarding)
