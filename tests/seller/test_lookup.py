"""Whom a clerk finds, by what, and what is shown of them."""

import asyncio
import re
import threading
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from apps.seller.reader import Reader, UnavailableError
from tests.seller.support import NOW, Clerk, Page, Store
from warehouse.errors import WarehouseError


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ana.moreira@example.com", "email"),
        ("  Ana.Moreira+loja@Example.com ", "email"),
        ("529.982.247-25", "document"),
        ("52998224725", "document"),
        ("(79) 99999-0001", "phone"),
        ("+55 79 99999 0001", "phone"),
        ("7999990001", "phone"),
        ("1470001112223-01", "order"),
        ("1470001112223", "order"),
    ],
)
def test_a_customer_is_found_by_whatever_names_them(
    clerk: Clerk, page: Page, text: str, kind: str
) -> None:
    answer = clerk.look_up(text)
    assert answer.status == 200
    assert "Ana Moreira" in answer.words
    assert [one["kind"] for one in page.audited] == [kind]


def test_a_cpf_wins_over_the_phone_that_it_could_be(store: Store, clerk: Clerk) -> None:
    store.customer("eva", first_name="Eva", phone="+5552998224725")
    assert "Ana Moreira" in clerk.look_up("52998224725").words
    store.change("delete from cleansed.cleansed_customer_identities where customer_id = 'ana'")
    assert "Ana Moreira" not in clerk.look_up("52998224725").words


def test_a_screen_says_who_and_when_they_were_last_here(clerk: Clerk) -> None:
    words = clerk.look_up("ana.moreira@example.com").words
    assert "Aracaju · SE · cliente desde 03/2023" in words
    assert "Última visita online há 3 min" in words
    assert "Última compra em loja 07/02/2026, Maré · Praia" in words


def test_an_order_online_is_a_visit_too(store: Store, clerk: Clerk) -> None:
    store.change("delete from speed.live_customer_events")
    words = clerk.look_up("ana.moreira@example.com").words
    assert "Última visita online 20/04/2026, 14:40" in words
    assert "Nada nas últimas horas." in words


def test_the_timeline_tells_the_last_hours_newest_first(store: Store, clerk: Clerk) -> None:
    store.event("ana", "productView", 13 * 60, sku_id="102")
    words = clerk.look_up("ana.moreira@example.com").words
    timeline = words[words.index("ao vivo") : words.index("Para sugerir")]
    told = [
        "14:37 Viu Vestido Midi Linho Azul 38",
        "14:29 Pôs no carrinho Sandália Couro Caramelo 37",
        "14:25 Viu Bolsa Palha Trançada 2 vezes",
        "14:08 Buscou vestido linho",
        "14:06 Entrou na loja online",
    ]
    assert [timeline.index(one) for one in told] == sorted(timeline.index(one) for one in told)
    assert "Azul 40" not in timeline


def test_what_was_looked_at_last_has_its_price_and_this_shops_stock(clerk: Clerk) -> None:
    answer = clerk.look_up("ana.moreira@example.com")
    assert "Vestido Midi Linho Azul 38 de R$ 429,90 R$ 329,90 3 nesta loja" in answer.words
    picture = "https://mare.vteximg.com.br/arquivos/ids/101-480-auto/foto.jpg?v=63"
    assert f'src="{picture}"' in answer.text


def test_other_sizes_are_shown_only_if_the_shop_has_them(clerk: Clerk) -> None:
    words = clerk.look_up("ana.moreira@example.com").words
    options = words[words.index("Outras opções") : words.index("Carrinho aberto")]
    assert "Azul 40 1 nesta loja" in options
    assert "Azul 42" not in options


def test_another_shops_stock_is_not_this_shops(store: Store, clerk: Clerk) -> None:
    store.change("update speed.live_store_stock set store_id = 'praia' where sku_id = '101'")
    words = clerk.look_up("ana.moreira@example.com").words
    assert "R$ 329,90 Estoque desta loja não informado" in words


def test_of_a_product_alone_the_sku_is_shown_that_the_shop_has(store: Store, clerk: Clerk) -> None:
    store.add("speed.known_products", product_id="50", product_name="Calça Pantalona")
    store.event("ana", "productView", 1, product_id="50")
    words = clerk.look_up("ana.moreira@example.com").words
    assert "14:39 Viu Calça Pantalona" in words
    assert "Calça Pantalona Areia 40 R$ 279,90 4 nesta loja" in words


@pytest.mark.parametrize(
    ("values", "price"),
    [
        ({"trade_policy_id": "1"}, "R$ 250,00"),
        ({"trade_policy_id": "2"}, "R$ 329,90"),
        ({"trade_policy_id": "1", "minimum_quantity": 3}, "R$ 329,90"),
        ({"trade_policy_id": "1", "ends_at": NOW - timedelta(1)}, "R$ 329,90"),
        ({"trade_policy_id": "1", "begins_at": NOW + timedelta(1)}, "R$ 329,90"),
        ({"trade_policy_id": "1", "is_current": False}, "R$ 329,90"),
    ],
)
def test_a_fixed_price_of_the_shops_policy_wins_while_it_holds(
    store: Store, clerk: Clerk, values: dict[str, object], price: str
) -> None:
    store.price("101", 250, **{"price_type": "fixed"} | values)
    assert f"Azul 38 {price}" in clerk.look_up("ana.moreira@example.com").words.replace(
        "de R$ 429,90 ", ""
    )


def test_a_picture_from_elsewhere_is_not_loaded(store: Store, clerk: Clerk) -> None:
    for url in ("https://evil.example/x.jpg", "https://vteximg.com.br.x/y.jpg", "javascript:1"):
        store.change(f"update cleansed.cleansed_skus set image_url = '{url}'")
        assert "<img" not in clerk.look_up("ana.moreira@example.com").text


def test_the_cart_has_its_lines_and_total(store: Store, clerk: Clerk) -> None:
    store.cart("ana", "301", 189.0)
    words = clerk.look_up("ana.moreira@example.com").words
    cart = words[words.index("Carrinho aberto") : words.index("Agora há pouco")]
    assert "Sandália Couro Caramelo 37 1 × R$ 259,90 2 nesta loja" in cart  # noqa: RUF001
    assert "Total R$ 448,90" in cart


def test_last_orders_have_their_lines_state_and_place(store: Store, clerk: Clerk) -> None:
    store.order("copy-01", "ana", ordered_at=NOW, is_counted=False)
    words = clerk.look_up("ana.moreira@example.com").words
    orders = words[words.index("Últimas compras") :]
    assert "20/04/2026 Faturado R$ 259,80 · loja online" in orders
    assert "1 × Bolsa Palha Trançada, 1 × Camisa Algodão Branca M" in orders  # noqa: RUF001
    assert "14/01/2026 Cancelado R$ 419,70 · Maré · Praia" in orders
    assert "copy-01" not in orders


def test_a_customer_of_the_tills_alone_is_found_by_cpf_and_phone_with_the_last_receipts(
    store: Store, clerk: Clerk
) -> None:
    store.customer("till-749", document="98765432100", phone="+5511900000749")
    store.add(
        "marts.fct_receipts", receipt_id="31198970033", customer_id="till-749", store_id="346",
        sold_at=NOW - timedelta(days=1), total_amount=3.2, currency_code="BRL",
    )  # fmt: skip
    store.add("marts.fct_receipt_items", receipt_id="31198970033", line_number=1, sku_key="key-301")
    for text in ("987.654.321-00", "(11) 90000-0749"):
        words = clerk.look_up(text).words
        bought = words[words.index("Últimas compras") :]
        assert "Cliente sem nome no cadastro" in words
        assert "ontem Cupom de caixa R$ 3,20 · 346 Bolsa Palha Trançada Cupom 31198970033" in bought
    store.change("update marts.dim_customers set accepts_messages = false")
    assert "Bolsa" not in clerk.look_up("98765432100").text


def test_orders_and_receipts_are_one_list_of_the_five_newest(store: Store, clerk: Clerk) -> None:
    for number in range(5):
        store.add(
            "marts.fct_receipts", receipt_id=f"r{number}", customer_id="ana", store_id="centro",
            sold_at=NOW - timedelta(days=21 + number), total_amount=1, currency_code="BRL",
        )  # fmt: skip
    words = clerk.look_up("ana.moreira@example.com").words
    bought = words[words.index("Últimas compras") :]
    assert re.findall(r"(?:Pedido|Cupom) (r\d|\d+-01)", bought) == [
        "r0", "r1", "r2", "1470001112223-01", "r3",
    ]  # fmt: skip


def suggestions(answer_words: str) -> str:
    return answer_words[answer_words.index("Para sugerir") : answer_words.index("Últimas compras")]


def test_what_was_wanted_and_not_bought_and_is_here_is_suggested(clerk: Clerk) -> None:
    told = suggestions(clerk.look_up("ana.moreira@example.com").words)
    assert told.index("Sandália") < told.index("Bolsa") < told.index("Calça")
    assert "deixou no carrinho" in told
    assert "viu 2 vezes" in told
    # bought, and out of stock; and what is shown large above
    assert "Camisa" not in told
    assert "Vestido" not in told


def test_what_was_bought_online_minutes_ago_is_not_suggested(store: Store, clerk: Clerk) -> None:
    store.event("ana", "orderPlaced", 1, sku_id="301")
    assert "Bolsa" not in suggestions(clerk.look_up("ana.moreira@example.com").words)


def test_what_was_bought_in_a_shop_is_not_suggested(store: Store, clerk: Clerk) -> None:
    store.sale("ana", "301", date(2026, 5, 13), "praia")
    assert "Bolsa" not in suggestions(clerk.look_up("ana.moreira@example.com").words)


def test_what_the_build_recommends_is_suggested_with_its_reason_if_the_shop_may_have_it(
    store: Store, clerk: Clerk
) -> None:
    told = suggestions(clerk.look_up("ana.moreira@example.com").words)
    reason = "5 nesta loja Combina com Sandália Couro Caramelo 37, que viu"
    assert f"Chapéu Palha Aba Larga R$ 119,90 {reason}" in told
    # what she wanted comes first, and only once; what is known to be missing does not come at all
    assert told.index("Calça") < told.index("Chapéu")
    assert (told.count("Calça"), "Óculos" in told) == (1, False)
    store.change("delete from speed.live_store_stock where sku_id = '701'")
    told = suggestions(clerk.look_up("ana.moreira@example.com").words)
    assert "Óculos de Sol Tartaruga R$ 239,90 Estoque desta loja não informado" in told


def test_what_goes_with_the_product_looked_at_last_is_suggested(store: Store, clerk: Clerk) -> None:
    store.sku("801", "Colar de Búzios", 59.9, stock=1)
    store.add("activation.similar_skus", sku_id="101", similar_sku_id="801", rank=1)
    store.add("activation.similar_skus", sku_id="301", similar_sku_id="701", rank=1)
    told = suggestions(clerk.look_up("ana.moreira@example.com").words)
    assert "Colar de Búzios R$ 59,90 1 nesta loja combina com o último que olhou" in told


def test_why_to_speak_to_somebody_today_is_told_to_the_shop_that_should(
    store: Store, clerk: Clerk
) -> None:
    reason = "Costuma repor Óculos de Sol Tartaruga a cada 30 dias."
    contact = {"customer_id": "ana", "sku_id": "601", "reason": reason}
    store.add("activation.contact_suggestions", store_id="praia", **contact)
    assert "Contato de hoje" not in clerk.look_up("ana.moreira@example.com").words
    store.add("activation.contact_suggestions", store_id="centro", **contact)
    told = suggestions(clerk.look_up("ana.moreira@example.com").words)
    assert f"Contato de hoje: {reason}" in told
    assert "5 nesta loja motivo do contato de hoje" in told


def test_who_was_never_online_is_recommended_something_too(store: Store, clerk: Clerk) -> None:
    store.customer("till-749", document="98765432100")
    store.recommend("till-749", 1, "601", "Comprou em 3 dias, o último em 02/05/2026")
    told = suggestions(clerk.look_up("98765432100").words)
    assert "Chapéu Palha Aba Larga" in told
    assert "Comprou em 3 dias, o último em 02/05/2026" in told


@pytest.mark.parametrize(
    "text",
    ["ninguem@example.com", "390.533.447-05", "(79) 98888-7777", "9990001112223-01", "???", "1"],
)
def test_somebody_unknown_is_said_to_be_unknown(clerk: Clerk, page: Page, text: str) -> None:
    answer = clerk.look_up(text)
    assert answer.status == 200
    assert answer.notice == "unknown"
    assert [(one["outcome"], one["customer_id"]) for one in page.audited] == [("unknown", None)]


def test_of_somebody_who_has_not_consented_nothing_is_shown(clerk: Clerk, page: Page) -> None:
    answer = clerk.look_up("rui@example.com")
    assert answer.notice == "no_consent"
    assert "Não autorizou" in answer.words
    assert "Rui" not in answer.text
    assert "rui" not in answer.text
    assert [one["outcome"] for one in page.audited] == ["no_consent"]


def test_consent_is_what_the_current_version_says(store: Store, clerk: Clerk) -> None:
    store.add("marts.dim_customers", customer_id="rui", accepts_messages=True, is_current=False)
    assert clerk.look_up("rui@example.com").notice == "no_consent"


def test_a_shop_that_asks_for_consent_elsewhere_may_look_up_everybody(
    store: Store, tmp_path: Path
) -> None:
    with Page(tmp_path, store, look_up="everybody") as page:
        assert "Rui Prado" in Clerk(page).look_up("rui@example.com").words


def test_an_identifier_of_many_people_names_nobody(store: Store, clerk: Clerk, page: Page) -> None:
    store.identify("ana", "email", "loja@example.com", is_shared=True)
    answer = clerk.look_up("loja@example.com")
    assert answer.notice == "shared"
    assert "Ana" not in answer.text
    assert [(one["outcome"], one["customer_id"]) for one in page.audited] == [("shared", None)]


def test_what_customers_typed_is_text_and_nothing_else(store: Store, clerk: Clerk) -> None:
    nasty = "<script>alert(1)</script>"
    store.event("ana", "internalSiteSearchView", 1, search_term=nasty)
    store.change(f"update pii.customer_contacts set first_name = '{nasty}'")
    answer = clerk.look_up("ana.moreira@example.com")
    assert "alert(1)" in answer.text
    assert "<script" not in answer.text


def test_an_update_brings_what_is_new_and_nothing_where_nothing_is(
    store: Store, clerk: Clerk
) -> None:
    shown = clerk.look_up("ana.moreira@example.com")
    assert clerk.update(shown).status == 204
    store.event("ana", "internalSiteSearchView", 0, search_term="chapéu de palha")
    fresh = clerk.update(shown)
    assert fresh.status == 200
    assert "Buscou chapéu de palha" in fresh.words
    assert fresh.attribute("data-view") == shown.attribute("data-view")
    assert clerk.update(fresh).status == 204


def test_what_came_late_is_new_too(store: Store, clerk: Clerk) -> None:
    shown = clerk.look_up("ana.moreira@example.com")
    store.event("ana", "internalSiteSearchView", 20, search_term="rede")
    assert "Buscou rede" in clerk.update(shown).words


def test_stock_cart_and_orders_are_read_again_after_some_seconds(
    store: Store, clerk: Clerk, page: Page
) -> None:
    shown = clerk.look_up("ana.moreira@example.com")
    store.change("update speed.live_store_stock set available_units = 9 where sku_id = '101'")
    assert clerk.update(shown).status == 204
    page.seconds += 10
    assert "9 nesta loja" in clerk.update(shown).words


def test_a_screen_that_missed_an_answer_gets_it_again(store: Store, clerk: Clerk) -> None:
    shown = clerk.look_up("ana.moreira@example.com")
    store.event("ana", "viewCart", 0)
    assert clerk.update(shown).status == 200
    assert "Abriu o carrinho" in clerk.update(shown).words


def test_whoever_takes_consent_back_goes_from_the_screen(
    store: Store, clerk: Clerk, page: Page
) -> None:
    shown = clerk.look_up("ana.moreira@example.com")
    store.change("update marts.dim_customers set accepts_messages = false")
    page.seconds += 10
    answer = clerk.update(shown)
    assert (answer.status, answer.notice) == (410, "over")


def test_a_screen_that_was_left_ends(clerk: Clerk, page: Page) -> None:
    shown = clerk.look_up("ana.moreira@example.com")
    page.seconds += 601
    answer = clerk.update(shown)
    assert (answer.status, answer.notice) == (410, "over")


def test_without_the_script_the_form_shows_a_whole_page(clerk: Clerk) -> None:
    answer = clerk.look_up("ana.moreira@example.com", X_Fragment=None)
    assert answer.text.startswith("<!doctype html>")
    assert "Ana Moreira" in answer.words
    assert "Maré · Shopping Centro" in answer.words
    assert "ana.moreira@example.com" not in answer.text


@pytest.mark.parametrize(
    "error", [WarehouseError("nothing is published"), duckdb.IOException("of 52998224725")]
)
def test_where_the_warehouse_does_not_answer_the_page_says_so(
    store: Store, clerk: Clerk, page: Page, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    store.error = error
    answer = clerk.look_up("529.982.247-25")
    assert (answer.status, answer.notice) == (503, "unavailable")
    assert clerk.get("/").status == 503
    assert [one["outcome"] for one in page.audited] == ["failed"]
    assert type(error).__name__ in caplog.text
    assert "52998224725" not in caplog.text
    store.error = None
    assert clerk.get("/").status == 200


def test_a_question_that_takes_too_long_is_given_up(store: Store) -> None:
    endless = "select count(*) from range(1000000000) as a, range(1000) as b where a.range % 7 = 1"
    reader = Reader(store, seconds=0.2)
    with pytest.raises(UnavailableError) as raised:
        asyncio.run(reader.ask(lambda cursor: cursor.execute(endless).fetchall()))
    assert isinstance(raised.value.__cause__, duckdb.InterruptException)


def test_two_questions_are_answered_at_the_same_time_and_by_one_state(store: Store) -> None:
    met = threading.Barrier(2, timeout=10)

    def ask(cursor: duckdb.DuckDBPyConnection) -> list[tuple[str]]:
        met.wait()
        return cursor.execute("select store_id from marts.dim_stores order by all").fetchall()

    one, other = asyncio.run(Reader(store).ask_both(ask, ask))
    assert one == other
    assert len(one) > 0


def test_of_two_questions_one_that_fails_leaves_none_running(store: Store) -> None:
    reader = Reader(store, seconds=0.2)
    endless = "select count(*) from range(1000000000) as a, range(1000) as b where a.range % 7 = 1"
    with pytest.raises(UnavailableError):
        asyncio.run(
            reader.ask_both(
                lambda cursor: cursor.execute("select * from nothing.at_all").fetchall(),
                lambda cursor: cursor.execute(endless).fetchall(),
            )
        )
    reader.stop()
    assert not [one for one in threading.enumerate() if one.name.startswith("seller-beside")]
