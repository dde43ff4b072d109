"""Who is let in, from where, and what pages' browsers are told."""

import re
import uuid

import pytest

from tests.gateway.conftest import PAGE
from tests.gateway.support import JSON, Gateway, bearer, token
from tests.gateway.test_messages import landed_with

EVENT = '{"event": "pageView"}'


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer"},
        {"Authorization": f"Basic {token('till')}"},
        {"Authorization": "Bearer a.b.c"},
        {"Authorization": "Bearer é"},
        {"X-Vitrine-Token": token("till") + "x"},
    ],
)
def test_without_a_token_of_a_source_nobody_is_let_in(
    gateway: Gateway, headers: dict[str, str]
) -> None:
    mark = uuid.uuid4().hex
    body = f'{{"cupom": "{mark}"}}'.encode()
    encoded = {name: value.encode("latin-1") for name, value in (JSON | headers).items()}
    answer = gateway.request("POST", "/events", body, encoded)  # type: ignore[arg-type]
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert gateway.request("POST", "/push", body, JSON).status == 401
    assert landed_with(gateway, mark) == []


def test_a_token_is_taken_from_either_header(gateway: Gateway) -> None:
    for headers in (bearer("till"), {"X-Vitrine-Token": token("till")}):
        answer = gateway.request("POST", "/events", b'{"cupom": {}}', JSON | headers)
        assert answer.status == 200


def test_a_token_in_the_query_is_for_pages_alone(gateway: Gateway) -> None:
    path = f"/events/storefront.event?key={token('till')}"
    assert gateway.request("POST", path, EVENT, JSON).status == 401


@pytest.mark.parametrize(
    ("origin", "status"),
    [(PAGE, 200), ("https://elsewhere.example", 403), ("null", 403), (None, 403)],
)
def test_a_page_posts_from_its_own_origin_alone(
    gateway: Gateway, origin: str | None, status: int
) -> None:
    path = f"/events/storefront.event?key={token('page')}"
    headers = {"Content-Type": "text/plain;charset=UTF-8"} | ({"Origin": origin} if origin else {})
    answer = gateway.request("POST", path, EVENT, headers)
    assert answer.status == status
    allowed = answer.headers["Access-Control-Allow-Origin"]
    assert allowed == (PAGE if origin == PAGE else None)


def test_a_page_without_a_session_gets_one_that_lasts(gateway: Gateway) -> None:
    mark = uuid.uuid4().hex
    path = f"/events?key={token('page')}"
    headers = {"Origin": PAGE, "Content-Type": "text/plain"}
    body = f'{{"event": "{mark}"}}'.encode()
    cookie = gateway.request("POST", path, body, headers).headers["Set-Cookie"]
    assert {"HttpOnly", "Secure", "SameSite=none"} <= set(cookie.split("; "))
    session = re.match("vitrine_session=([0-9a-f]{32});", cookie)
    assert session
    gateway.request("POST", path, body, headers | {"Cookie": session[0] + " other=1"})
    found = landed_with(gateway, mark)
    assert len(found) == 2
    assert all(f'"sessionId":"{session[1]}"' in row["data"] for _, row in found)


def test_a_page_that_says_its_session_gets_no_cookie(gateway: Gateway) -> None:
    headers = JSON | {"Origin": PAGE}
    answer = gateway.post("/events", {"event": "a", "sessionId": "s"}, "page", headers)
    assert answer.status == 200
    assert "Set-Cookie" not in answer.headers


def test_a_made_up_session_is_not_believed(gateway: Gateway) -> None:
    mark = uuid.uuid4().hex
    headers = JSON | {"Origin": PAGE, "Cookie": "vitrine_session=<script>"}
    assert gateway.post("/events", {"event": mark}, "page", headers).status == 200
    assert "<script>" not in str(landed_with(gateway, mark))


@pytest.mark.parametrize(("origin", "is_allowed"), [(PAGE, True), ("https://x.example", False)])
def test_browsers_are_told_which_pages_may_post(
    gateway: Gateway, origin: str, is_allowed: bool
) -> None:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }
    answer = gateway.request("OPTIONS", "/events", headers=headers)
    assert (answer.status == 200) == is_allowed
    assert (answer.headers["Access-Control-Allow-Origin"] == PAGE) == is_allowed


def test_metrics_are_for_those_who_may_read_them(gateway: Gateway) -> None:
    assert gateway.get("/metrics").status == 401
    assert gateway.get("/metrics", bearer("hook")).status == 403
    assert gateway.get("/metrics", bearer("till")).status == 200


def test_metrics_count_requests_and_messages(gateway: Gateway) -> None:
    names = [
        'vitrine_gateway_messages_total{contract="vtex.brand"}',
        'vitrine_gateway_requests_total{endpoint="/events/{contract}",status="200"}',
        'vitrine_gateway_requests_total{endpoint="/events/{contract}",status="400"}',
        'vitrine_gateway_put_seconds_count{kept="true"}',
    ]

    def figures() -> list[float]:
        text = gateway.get("/metrics", bearer("till")).body.decode()
        found = dict(line.rsplit(" ", 1) for line in text.splitlines() if line[0] != "#")
        return [float(found.get(name, 0)) for name in names]

    before = figures()
    gateway.post("/events/vtex.brand", [{"id": 1}, {"id": 2}])
    gateway.post("/events/vtex.brand", "no JSON")
    assert [round(now - then) for now, then in zip(figures(), before, strict=True)] == [2, 1, 1, 1]


def test_nothing_secret_or_personal_is_logged(gateway: Gateway) -> None:
    mark = uuid.uuid4().hex
    gateway.post("/events", {"cupom": mark})
    gateway.post(f"/events?key={mark}", {"cupom": mark})
    gateway.post("/events", f'{{"{mark}": nonsense', headers=JSON | {"X-Vitrine-Token": mark})
    log = "".join(gateway.log)
    assert mark not in log
    assert token("till") not in log


def test_a_gateway_is_alive_and_ready(gateway: Gateway) -> None:
    assert gateway.get("/health").json == {"status": "alive"}
    assert gateway.get("/ready").json == {"status": "ready"}
