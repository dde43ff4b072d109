"""What shops and campaigns tell, held against what the shops know of themselves."""

import hashlib
import re
from collections import Counter, defaultdict
from datetime import datetime

import pytest

from simulator.till_poison import till_poisons
from simulator.transport import Faults
from tests.simulator.recount import Recount
from tests.simulator.test_runs import small
from tests.simulator.till_recount import cents


@pytest.fixture(scope="module")
def tills(year):
    return year.recount.tills


@pytest.fixture(scope="module")
def receipts(tills):
    return list(tills.newest("pos.receipt").values())


def test_receipts_by_day_and_shop_agree_with_a_recount_of_the_messages(year, tills):
    told = year.truth["tills"]["by_day_and_store"]
    assert {day: {shop: dict(sums) for shop, sums in by.items()} for day, by in told.items()} == (
        tills.by_day_and_store()
    )


def test_payments_agree_with_a_recount_and_make_the_total(year, receipts):
    found = defaultdict(Counter)
    for told in receipts:
        paid = [(each["tipo"], cents(each["valor"])) for each in told.body["pagamentos"]]
        assert sum(value for _, value in paid) == cents(told.body["valor_total"])
        for kind, value in paid:
            found[kind].update(payments=1, cents=value)
    told = year.truth["tills"]["payments"]
    assert {kind: dict(counts) for kind, counts in told.items()} == found


def test_each_line_pays_what_it_costs_less_what_is_taken_off(receipts):
    for told in receipts:
        lines = told.body["itens"]
        for line in lines:
            off = cents(line["desconto"]) + cents(line["desconto_cupom"])
            assert cents(line["valor_bruto"]) - off == cents(line["valor_total"])
        assert [line["sequencia"] for line in lines] == list(range(1, len(lines) + 1))
        assert sum(cents(line["valor_total"]) for line in lines) == cents(told.body["valor_total"])


def test_people_are_known_by_document_by_the_sites_telephone_or_by_their_card(year, tills):
    site = {order["person"] for order in year.recount.orders.values() if order["person"]}
    site |= set(year.recount.people().values())
    by_hash = {hashlib.sha256(digits.encode()).hexdigest(): digits for digits in site}
    phones = defaultdict(set)
    people = year.recount.people()
    for order_id, order in year.recount.orders.items():
        phones[_phone(order["phone"])].add(people[order_id])
    # Who bought and told no telephone with it may have told it to the account.
    person_of = year.recount.person_of()
    for clients in year.recount.histories("vtex.client").values():
        for client in clients:
            phones[_phone(client["phone"])] |= {person_of(client)} & set(people.values())
    name_of = {}
    for card, told in tills.newest("pos.customer").items():
        digest, phone = told.body["cpf_hash"], told.body["telefone"]
        owners = phones.get(_phone(phone), ())
        by_phone = min(owners) if len(owners) == 1 else f"till-{card}"
        name_of[card] = by_hash.get(digest, digest) or by_phone
    found = defaultdict(Counter)
    for told in tills.newest("pos.receipt").values():
        customer = told.body["cliente"]
        if customer["id"] is None and customer["cpf_hash"] is None:
            continue
        digest = customer["cpf_hash"]
        name = name_of[customer["id"]] if customer["id"] else by_hash.get(digest, digest)
        found[name].update(receipts=1, net_cents=cents(told.body["valor_total"]))
    expected = {
        name if name in site else _digest(name): {
            "receipts": counts["receipts"],
            "net_cents": counts["net_cents"],
        }
        for name, counts in year.truth["tills"]["customers"].items()
        if counts["receipts"]
    }
    assert {name: dict(counts) for name, counts in found.items()} == expected


def _phone(text):
    """Area and the last eight digits of a telephone, however it is written; None for none."""
    digits = re.sub(r"^\+?55|\D", "", text or "").lstrip("0")
    return digits[:2] + digits[-8:] if digits else None


def _digest(name):
    return name if name.startswith("till-") else hashlib.sha256(name.encode()).hexdigest()


def test_most_members_buy_on_the_site_too(year):
    members = [one for one in year.truth["tills"]["customers"].values() if one["till_ids"]]
    online = sum(one["bought_online"] for one in members)
    assert 0.6 < online / len(members) < 0.95


def test_redemptions_have_their_receipt_line_and_agree_with_the_truth(year, tills, receipts):
    campaigns = tills.newest("marketing.campaign")
    coupons = {
        (campaign_id, coupon["coupon_upc"]): set(coupon["produtos"])
        for campaign_id, told in campaigns.items()
        for coupon in told.body["cupons"]
    }
    bought = defaultdict(set)
    for told in receipts:
        for line in told.body["itens"]:
            if line["desconto_cupom"]:
                bought[told.body["cliente"]["id"], told.day].add(line["produto_id"])
    found = Counter()
    for told in tills.newest("marketing.coupon_redemption").values():
        used = told.body
        campaign = campaigns[used["campanha_id"]].body
        assert used["cliente_id"] in campaign["clientes"]
        assert campaign["inicio"] <= used["data"] <= campaign["fim"]
        products = coupons[used["campanha_id"], used["coupon_upc"]]
        assert products & bought[used["cliente_id"], used["data"]]
        found[used["campanha_id"]] += 1
    expected = year.truth["tills"]["campaigns"]
    assert found == {one: told["redemptions"] for one, told in expected.items()}
    assert sum(found.values()) > 200
    for campaign_id, told in campaigns.items():
        assert len(told.body["clientes"]) == expected[campaign_id]["members"]


def test_shops_are_open_from_seven_to_eleven_on_their_own_clock(receipts):
    hours = Counter(int(told.timestamp[11:13]) for told in receipts)
    assert set(hours) == set(range(7, 23))
    assert hours[18] > 2 * hours[7]
    assert {told.timestamp[-6:] for told in receipts} == {"-03:00", "-04:00"}
    assert not [told for told in receipts if told.day[5:] in ("12-25", "01-01")]


def test_members_come_back_for_their_favourites(receipts):
    bought = defaultdict(Counter)
    for told in receipts:
        for line in told.body["itens"]:
            bought[told.body["cliente"]["id"]][line["produto_id"]] += 1
    del bought[None]
    regular = [counts.most_common(1)[0][1] for counts in bought.values() if counts.total() > 60]
    assert len(regular) > 20
    assert sorted(regular)[len(regular) // 2] >= 8


QUIRKS = {
    "weighed goods": lambda b: any(line["quantidade"] % 1 for line in b["itens"]),
    "a line of nothing": lambda b: any(line["quantidade"] == 0 for line in b["itens"]),
    "money back for bottles": lambda b: any(line["valor_total"] < 0 for line in b["itens"]),
    "two payments": lambda b: len(b["pagamentos"]) == 2,
    "discount": lambda b: any(line["desconto"] for line in b["itens"]),
    "document without a card": lambda b: not b["cliente"]["id"] and b["cliente"]["cpf_hash"],
    "card without a document": lambda b: b["cliente"]["id"] and not b["cliente"]["cpf_hash"],
    "nobody": lambda b: not b["cliente"]["id"] and not b["cliente"]["cpf_hash"],
    "a code of the catalogue": lambda b: any(
        line["produto_id"].startswith("29") for line in b["itens"]
    ),
    "a reference of the catalogue": lambda b: any(
        line["produto_id"].startswith("QA") for line in b["itens"]
    ),
}


@pytest.mark.parametrize("quirk", QUIRKS)
def test_quirks_of_receipts_occur(receipts, quirk):
    assert sum(bool(QUIRKS[quirk](told.body)) for told in receipts) >= 5


def test_some_receipts_are_corrected_minutes_later(tills, year):
    several = [
        versions
        for (contract, _), versions in tills.versions.items()
        if contract == "pos.receipt" and len(versions) > 1
    ]
    assert len(several) == year.truth["tills"]["corrected"] > 20
    for versions in several:
        times = sorted(told.at for told in versions.values())
        assert 0 < (times[-1] - times[0]).total_seconds() < 600


def test_a_shop_that_was_cut_off_sends_days_late(tills):
    late = Counter()
    for told in tills.all("pos.receipt"):
        published = datetime.fromisoformat(told.published)
        late[told.body["loja"]["id"]] += (published - told.at).days >= 1
    assert len([shop for shop, count in late.items() if count > 3]) >= 4


def test_a_shop_of_its_own_kind_names_no_contract(tills):
    terse = {
        told.body["loja"]["id"]
        for told in tills.all("pos.receipt")
        if "contract" not in told.attributes
    }
    assert terse == {"207"}


def test_the_shops_say_the_same_whether_told_at_once_or_in_parts():
    none = Faults(0, 0, 0, 0, 0, has_poison=False)
    whole = Recount(small(orders=60, new_orders_from=600, faults=none)).tills.versions
    parts = [
        Recount(small(orders=20, new_orders_from=600, faults=none)).tills.versions,
        Recount(small(orders=40, new_orders_from=620, history=600, faults=none)).tills.versions,
    ]
    texts = [{text for versions in part.values() for text in versions} for part in parts]
    assert texts[0].isdisjoint(texts[1])
    assert {text for versions in whole.values() for text in versions} == texts[0] | texts[1]
    assert len(texts[0] | texts[1]) > 50


def test_without_receipts_the_store_says_what_it_would_say_beside_them():
    tills = (b'{"subscription_name":"pos-', b'{"subscription_name":"marketing-')
    beside = [row for row in small() if not row.startswith(tills)]
    assert list(small(receipts=0.0)) == beside


def test_every_kind_of_poison_of_shops_and_campaigns_is_sent(year):
    sent = {(row["contract"], row["reason"]) for row in year.truth["poison"]}
    assert {(each.contract, each.reason) for each in till_poisons(0)} <= sent
