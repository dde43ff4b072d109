"""Who may use the page: tokens bound to shops, and the sessions that they open."""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from apps.seller.config import Config, Shop
from apps.seller.history import Done
from ingestion.gateway.limits import Bucket
from ingestion.tokens import holder_of, is_loopback

COOKIE = "vitrine_seller"
# A working day; whoever opens the shop comes in anew.
_SESSION_SECONDS = 12 * 3_600
# For so long a customer stays on a screen that may have been left.
VIEW_SECONDS = 600
_VIEWS = 20
# What the customer does is looked for each time; the cart, orders and stock not as often.
_FRESH_SECONDS = 10
# Of all open pages of a token together: each asks every two seconds.
_UPDATES_RATE, _UPDATES_BURST = 20.0, 60


@dataclass
class View:
    """A customer on a screen."""

    customer_id: str
    ends_at: float
    # What was shown last, what the customer had done by then, and when that was.
    version: str = ""
    done: Done | None = None
    read_at: float = 0.0


@dataclass
class Session:
    """A browser that was let in."""

    shop: Shop
    ends_at: float
    # What every form of this session must send back.
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    # Customers on its screens, by handles that say nothing.
    views: dict[str, View] = field(default_factory=dict)


class Access:
    """Tokens, sessions and how often each token may ask. Sessions live as long as the process."""

    def __init__(
        self,
        config: Config,
        now: Callable[[], datetime],
        clock: Callable[[], float],
    ) -> None:
        """`now` decides whether a token has expired; `clock` is of sessions and rates."""
        self._holders = [
            (bytes.fromhex(one), shop) for shop in config.shop for one in shop.token_sha256
        ]
        self._lookups = {shop.name: Bucket(shop.rate, shop.burst, clock) for shop in config.shop}
        self._updates = {
            shop.name: Bucket(_UPDATES_RATE, _UPDATES_BURST, clock) for shop in config.shop
        }
        self._sessions: dict[str, Session] = {}
        self._now = now
        self._clock = clock

    def holder(self, token: str) -> Shop | None:
        """Find whose token it is, expired or not."""
        return holder_of(token, self._holders)

    def has_expired(self, shop: Shop) -> bool:
        """Tell whether a token is no longer good."""
        return self._now() >= shop.expires_at

    def open(self, shop: Shop) -> str:
        """Begin a session; gives what its cookie says."""
        now = self._clock()
        self._sessions = {key: one for key, one in self._sessions.items() if one.ends_at > now}
        key = secrets.token_urlsafe(32)
        self._sessions[key] = Session(shop, now + _SESSION_SECONDS)
        return key

    def session(self, request: Request) -> Session | None:
        """Find the session of a request, whose token may have expired since."""
        session = self._sessions.get(request.cookies.get(COOKIE, ""))
        return session if session and session.ends_at > self._clock() else None

    def close(self, request: Request) -> None:
        """End the session of a request."""
        self._sessions.pop(request.cookies.get(COOKIE, ""), None)

    def seconds_to_wait(self, session: Session, *, is_update: bool = False) -> float:
        """Count a look-up (or a page that asks for what is new); tells how long it must wait."""
        bucket = (self._updates if is_update else self._lookups)[session.shop.name]
        seconds = bucket.seconds_to_wait()
        if not seconds:
            bucket.take(1)
        return seconds

    def show(self, session: Session, customer_id: str) -> tuple[str, View]:
        """Remember whom a screen shows; gives the handle by which it asks for what is new."""
        handle = secrets.token_urlsafe(12)
        view = session.views[handle] = View(customer_id, self._clock() + VIEW_SECONDS)
        while len(session.views) > _VIEWS:
            del session.views[next(iter(session.views))]
        return handle, view

    def shown(self, session: Session, handle: str) -> View | None:
        """Tell whom a screen shows, unless it has done so for too long."""
        view = session.views.get(handle)
        return view if view and view.ends_at > self._clock() else None

    def has_shown(self, view: View, version: str, done: Done) -> None:
        """Note what a screen shows now."""
        view.version, view.done, view.read_at = version, done, self._clock()

    def is_fresh(self, view: View) -> bool:
        """Tell whether all of a screen was read just now."""
        return self._clock() - view.read_at < _FRESH_SECONDS


def is_from_this_page(request: Request) -> bool:
    """Tell whether a form was sent by a page of ours: browsers say so, and pages cannot forge it.

    Sec-Fetch-Site needs TLS or this machine; the origin must else name the host that was asked.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc == request.headers.get("host")


def has_csrf(session: Session, given: str) -> bool:
    """Tell whether a form bears what only the session's own pages know."""
    return hmac.compare_digest(session.csrf.encode(), given.encode(errors="surrogatepass"))


def set_cookie(response: Response, request: Request, key: str) -> None:
    """Hand out a session, for this host alone; over plain HTTP only on this machine."""
    response.set_cookie(
        COOKIE,
        key,
        secure=not is_loopback(request.url.hostname or ""),
        httponly=True,
        samesite="strict",
    )
