"""The page in a real browser: what a clerk does all day, and what can come between."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.browser import Browser, require_chromium
from tests.seller.support import NOW, TOKEN, Page, Store

# Where the pictures of docs/seller.md are put, if they are to be made anew.
_PICTURES = os.environ.get("VITRINE_TEST_PICTURES")
_SHOWN = "document.getElementById('customer')"
_NOTICE = "document.querySelector('[data-notice={}]')"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    require_chromium()
    with Browser(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture
def browser(chromium: Browser, page: Page) -> Iterator[Browser]:
    """A browser that has come in, with the keyboard alone; nothing on the way is complained of."""
    chromium.urls.clear()
    chromium.complaints.clear()
    chromium.call("Network.clearBrowserCookies")
    chromium.resize(1280, 800)
    chromium.open(page.url)
    assert chromium.focus == "token"
    chromium.type(TOKEN)
    chromium.press("Enter")
    chromium.wait_for("document.readyState === 'complete' && document.activeElement.id === 'q'")
    yield chromium
    assert chromium.complaints == []
    assert not any("?" in url and "/static/" not in url and "vteximg" not in url
                   for url in chromium.urls)  # fmt: skip


def look_up(browser: Browser, text: str) -> None:
    browser.type(text)
    browser.press("Enter")


def picture(browser: Browser, name: str) -> None:
    if _PICTURES:
        browser.value("document.getAnimations().forEach((one) => one.cancel())")
        browser.picture(Path(_PICTURES) / f"seller-{name}.png")


def test_a_clerk_comes_in_scans_and_sees_the_customer(browser: Browser, page: Page) -> None:
    assert browser.focus == "q"
    look_up(browser, "529.982.247-25")
    browser.wait_for(_SHOWN)
    words = browser.text.replace("\u00a0", " ")
    told = ("Ana Moreira", "R$ 329,90", "3 nesta loja", "vestido linho", "deixou no carrinho")
    assert [text for text in told if text not in words] == []
    assert browser.value("document.getElementById('told').textContent") == "Encontrado: Ana Moreira"
    # The field is ready for the next one, and says nothing of this one; nor does the address.
    assert browser.focus == "q"
    assert browser.value("document.getElementById('q').value") == ""
    assert browser.value("location.href") == page.url
    browser.wait_for("[...document.images].every((one) => one.complete && one.naturalWidth)")
    picture(browser, "desktop")


def test_what_is_done_online_appears_by_itself(browser: Browser, store: Store) -> None:
    look_up(browser, "ana.moreira@example.com")
    browser.wait_for(_SHOWN)
    browser.value("window.kept = document.querySelector('#timeline li:last-child')")
    store.event("ana", "internalSiteSearchView", 0, search_term="chapéu de palha")
    store.event("ana", "productView", 0, sku_id="301", event_id="newest")
    seconds = browser.wait_for("document.getElementById('m-newest')", 10)
    assert seconds < 5
    assert "chapéu de palha" in browser.text
    first = "document.querySelector('#timeline li').innerText"
    assert "Bolsa Palha Trançada" in browser.value(first)
    assert "Bolsa" in browser.value("document.querySelector('.product').innerText")
    # What was there stays what it was: a screen reader is told of the new alone.
    assert browser.value("window.kept.isConnected")
    assert browser.value("document.querySelector('#timeline[aria-live=polite]') !== null")
    assert browser.focus == "q"


def test_somebody_unknown_can_be_typed_again(browser: Browser) -> None:
    look_up(browser, "ninguem@example.com")
    browser.wait_for(_NOTICE.format("unknown"))
    assert "Não encontramos esta pessoa" in browser.text
    # What was typed is there to be mended, and gives way to what is typed or scanned next.
    assert browser.value("document.getElementById('q').value") == "ninguem@example.com"
    look_up(browser, "ana.moreira@example.com")
    browser.wait_for(_SHOWN)


def test_of_somebody_who_has_not_consented_nothing_is_shown(browser: Browser) -> None:
    look_up(browser, "rui@example.com")
    browser.wait_for(_NOTICE.format("no_consent"))
    assert "Não autorizou" in browser.text
    assert "Rui" not in browser.text
    assert browser.value("document.getElementById('q').value") == ""
    picture(browser, "no-consent")


def test_an_expired_token_takes_the_customer_off_the_screen(browser: Browser, page: Page) -> None:
    look_up(browser, "ana.moreira@example.com")
    browser.wait_for(_SHOWN)
    page.now = NOW + timedelta(days=31)
    browser.wait_for(_NOTICE.format("expired"), 10)
    assert "Ana" not in browser.text
    browser.open(page.url)
    assert "Sua chave venceu" in browser.text
    browser.type(TOKEN)
    browser.press("Enter")
    browser.wait_for("location.pathname === '/entrar' && document.readyState === 'complete'")
    assert "Sua chave venceu" in browser.text


def test_escape_clears_the_screen(browser: Browser) -> None:
    look_up(browser, "ana.moreira@example.com")
    browser.wait_for(_SHOWN)
    browser.type("meio digitado")
    browser.press("Escape")
    browser.wait_for(f"!{_SHOWN}")
    assert "Ana" not in browser.text
    assert browser.focus == "q"
    assert browser.value("document.getElementById('q').value") == ""


def test_a_scanner_types_wherever_the_focus_is(browser: Browser) -> None:
    look_up(browser, "ana.moreira@example.com")
    browser.wait_for(_SHOWN)
    browser.value("document.activeElement.blur()")
    look_up(browser, "111.444.777-35")
    browser.wait_for(_NOTICE.format("no_consent"))


def test_a_lost_connection_is_said_and_mends_itself(browser: Browser, store: Store) -> None:
    look_up(browser, "ana.moreira@example.com")
    browser.wait_for(_SHOWN)
    store.error = OSError("no disk")
    browser.wait_for("document.querySelector('.live.lost')", 10)
    assert "sem conexão" in browser.text
    store.error = None
    browser.wait_for("document.querySelector('.live:not(.lost)')", 10)


def test_it_fits_a_phone(browser: Browser) -> None:
    browser.resize(390, 844, is_phone=True)
    look_up(browser, "ana.moreira@example.com")
    browser.wait_for(_SHOWN)
    assert browser.value("document.documentElement.scrollWidth") == 390
    small = """[...document.querySelectorAll('button, input:not([type=hidden]), a.button')]
        .filter((one) => one.getBoundingClientRect().height < 44).length"""
    assert browser.value(small) == 0
    browser.wait_for("document.querySelector('.product img').naturalWidth")
    picture(browser, "phone")


def test_every_text_has_contrast_and_every_control_a_name(browser: Browser, page: Page) -> None:
    look_up(browser, "ana.moreira@example.com")
    browser.wait_for(_SHOWN)
    assert browser.faint_texts() == []
    unnamed = """[...document.querySelectorAll('input:not([type=hidden]), button, section')]
        .filter((one) => !(one.labels?.length || one.innerText?.trim()
                           || one.getAttribute('aria-labelledby'))).length"""
    assert browser.value(unnamed) == 0
    assert browser.value("[...document.images].every((one) => one.hasAttribute('alt'))")
    look_up(browser, "rui@example.com")
    browser.wait_for(_NOTICE.format("no_consent"))
    assert browser.faint_texts() == []
    browser.call("Network.clearBrowserCookies")
    browser.open(page.url)
    assert browser.faint_texts() == []


def test_whoever_wants_no_motion_has_none(browser: Browser) -> None:
    browser.call(
        "Emulation.setEmulatedMedia",
        features=[{"name": "prefers-reduced-motion", "value": "reduce"}],
    )
    look_up(browser, "ana.moreira@example.com")
    browser.wait_for(_SHOWN)
    assert browser.value("document.getAnimations().length") == 0
    browser.call("Emulation.setEmulatedMedia", features=[])
