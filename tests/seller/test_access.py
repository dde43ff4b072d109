"""Who may use the page, from where and how often; and what is left behind of it."""

import json
import logging
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from apps.seller.audit import Audit
from ingestion.errors import LandingError
from tests.seller.support import NOW, TOKEN, Clerk, Page, Store, shop

ANA = "ana.moreira@example.com"


def test_without_a_session_nothing_is_shown(page: Page) -> None:
    stranger = Clerk(page, token=None)
    assert "Chave da loja" in stranger.get("/").words
    answer = stranger.look_up(ANA)
    assert (answer.status, answer.notice) == (401, "outside")
    whole = stranger.look_up(ANA, X_Fragment=None)
    assert (whole.status, whole.headers["Location"]) == (303, "/")
    assert page.audited == []


@pytest.mark.parametrize("token", ["wrong", "", TOKEN + "x", "é", "\udcff"])
def test_a_token_that_no_shop_has_opens_nothing(page: Page, token: str) -> None:
    stranger = Clerk(page, token=None)
    answer = stranger.come_in(token)
    assert answer.status == 401
    assert answer.headers["Set-Cookie"] is None
    assert "Esta chave não existe" in answer.words


def test_an_expired_token_opens_nothing_and_ends_what_it_opened(clerk: Clerk, page: Page) -> None:
    shown = clerk.look_up(ANA)
    page.now = NOW + timedelta(days=31)
    for answer in (clerk.look_up(ANA), clerk.update(shown)):
        assert (answer.status, answer.notice) == (401, "expired")
        assert "Ana" not in answer.text
    assert clerk.get("/").status == 401
    assert "Sua chave venceu" in clerk.get("/").words
    assert "Sua chave venceu" in Clerk(page, token=None).come_in(TOKEN).words
    assert len(page.audited) == 1


def test_a_session_ends_after_a_working_day(clerk: Clerk, page: Page) -> None:
    page.seconds += 12 * 3_600 + 1
    assert clerk.look_up(ANA).notice == "outside"


def test_whoever_leaves_has_to_come_in_again(clerk: Clerk) -> None:
    cookie = clerk.cookie
    assert clerk.post("/sair", {"csrf": clerk.csrf}).status == 303
    clerk.cookie = cookie
    assert clerk.look_up(ANA).notice == "outside"


@pytest.mark.parametrize(
    ("host", "is_secure"),
    [("127.0.0.1", False), ("localhost:8090", False), ("[::1]:80", False), ("loja.example", True)],
)
def test_the_cookie_is_for_this_host_alone_and_secure_but_on_this_machine(
    page: Page, host: str, is_secure: bool
) -> None:
    stranger = Clerk(page, token=None)
    answer = stranger.come_in(TOKEN, Host=host, Origin=f"http://{host}")
    parts = answer.headers["Set-Cookie"].split("; ")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(parts)
    assert ("Secure" in parts) == is_secure
    assert not any(part.startswith("Domain") for part in parts)
    assert TOKEN not in answer.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": None},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "none"},
    ],
)
def test_a_form_of_another_page_is_refused(
    clerk: Clerk, page: Page, headers: dict[str, str | None]
) -> None:
    answer = clerk.look_up(ANA, **headers)
    assert (answer.status, answer.notice) == (403, "forged")
    assert Clerk(page, token=None).come_in(TOKEN, **headers).status == 403
    clerk.post("/sair", {"csrf": clerk.csrf}, **headers)
    assert "Ana" in clerk.look_up(ANA).text


def test_a_form_without_what_only_the_page_knows_is_refused(clerk: Clerk, page: Page) -> None:
    other = Clerk(page)
    for csrf in ("", "x", other.csrf, "\udcff"):
        answer = clerk.post("/consulta", {"csrf": csrf, "q": ANA})
        assert (answer.status, answer.notice) == (403, "forged")
    assert page.audited == []


def test_behind_a_proxy_a_browsers_word_is_enough(clerk: Clerk) -> None:
    answer = clerk.look_up(ANA, Origin="https://loja.example", Sec_Fetch_Site="same-origin")
    assert answer.status == 200


def test_another_session_cannot_follow_a_screen(clerk: Clerk, page: Page) -> None:
    shown = clerk.look_up(ANA)
    assert Clerk(page).update(shown).status == 410


def test_each_token_may_look_up_only_so_often(store: Store, tmp_path: Path) -> None:
    slow, other = shop(rate=0.5, burst=2), shop("praia", "token-of-praia")
    with Page(tmp_path, store, slow, other) as page:
        clerk = Clerk(page)
        assert [clerk.look_up(ANA).status for _ in range(3)] == [200, 200, 429]
        assert Clerk(page).look_up(ANA).headers["Retry-After"] == "2"
        assert Clerk(page, "token-of-praia").look_up(ANA).status == 200
        page.seconds += 2
        assert clerk.look_up(ANA).status == 200
        outcomes = [one["outcome"] for one in page.audited]
        assert outcomes == ["found", "found", "limited", "limited", "found", "found"]


def test_updates_have_a_limit_of_their_own(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.seller.access._UPDATES_BURST", 2)
    with Page(tmp_path, store, shop(burst=1)) as page:
        clerk = Clerk(page)
        shown = clerk.look_up(ANA)
        assert [clerk.update(shown).status for _ in range(3)] == [204, 204, 429]


def test_what_a_shop_sees_is_its_own_stock(store: Store, tmp_path: Path) -> None:
    store.stock("101", 7, "praia")
    with Page(tmp_path, store, shop("praia", store_id="praia")) as page:
        clerk = Clerk(page)
        assert "Maré · Praia" in clerk.get("/").words
        assert "7 nesta loja" in clerk.look_up(ANA).words


def test_every_lookup_is_audited_without_what_was_typed(clerk: Clerk, page: Page) -> None:
    for text in (ANA, "111.444.777-35", "(79) 98888-7777", "nada"):
        clerk.look_up(text)
    assert page.audited == [
        {"at": "2026-05-14T17:40:00Z", "who": "centro", "store_id": "centro", "kind": kind,
         "outcome": outcome, "customer_id": customer_id}
        for kind, outcome, customer_id in (
            ("email", "found", "ana"),
            ("document", "no_consent", "rui"),
            ("phone", "unknown", None),
            (None, "unknown", None),
        )
    ]  # fmt: skip


def test_the_audit_is_its_owners_alone_and_only_added_to(page: Page, clerk: Clerk) -> None:
    clerk.look_up(ANA)
    first = page.audit_path.read_text()
    page.audit_path.chmod(0o644)
    clerk.look_up(ANA)
    assert page.audit_path.read_text().startswith(first)
    assert stat.S_IMODE(page.audit_path.stat().st_mode) == 0o600
    page.audit_path.rename(page.audit_path.with_suffix(".1"))
    clerk.look_up(ANA)
    assert len(page.audited) == 1


def test_what_cannot_be_audited_is_not_shown(page: Page, clerk: Clerk) -> None:
    page.audit_path.unlink()
    page.audit_path.mkdir()
    answer = clerk.look_up(ANA)
    assert answer.status == 500
    assert "Ana" not in answer.text


def test_an_audit_that_cannot_be_written_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(LandingError, match="Nobody is looked up unaudited"):
        Audit(tmp_path)


def test_nothing_personal_is_in_urls_or_logs(
    clerk: Clerk, page: Page, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = clerk.look_up(ANA)
    clerk.update(shown)
    for text in ("529.982.247-25", "(79) 99999-0001", "1470001112223-01"):
        clerk.look_up(text)
    Clerk(page, token=None).come_in("not-a-token")
    logged = caplog.text
    for secret in ("moreira", "52998224725", "529.982", "99999", "1470001112223", "not-a-token"):
        assert secret not in logged, secret
    assert "Moreira" not in clerk.get(f"/?q={ANA}").text
    assert ANA not in shown.text
    assert json.dumps(page.audited).find("moreira") == -1


@pytest.mark.parametrize("path", ["/", "/static/seller.js", "/nowhere", "/health"])
def test_every_answer_tells_the_browser_what_it_may_do(clerk: Clerk, path: str) -> None:
    headers = clerk.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    is_file = path.startswith("/static")
    assert ("immutable" in headers["Cache-Control"]) == is_file
    assert ("no-store" in headers["Cache-Control"]) != is_file


def test_pages_hold_no_script_and_no_style_of_their_own(clerk: Clerk) -> None:
    for text in (clerk.get("/").text, clerk.look_up(ANA).text):
        assert "style=" not in text
        assert "<style" not in text
        assert " on" not in text.replace(" online", "").replace(" only", "")
        assert text.count("<script") == text.count('<script src="/static/')


def test_a_form_that_is_too_long_is_refused(clerk: Clerk) -> None:
    assert clerk.look_up("x" * 5_000).status == 413


def test_only_the_pages_own_files_are_given(clerk: Clerk) -> None:
    assert clerk.get("/static/..%2fapp.py").status == 404
    assert clerk.get("/static/app.py").status == 404


def test_what_a_form_answered_is_not_asked_for_again(clerk: Clerk) -> None:
    for path in ("/entrar", "/consulta"):
        answer = clerk.get(path)
        assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert clerk.get("/agora").status == 405
