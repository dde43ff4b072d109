"""A payload loses all that is personal in a forgotten person's messages, and nothing else."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.errors import LandingError
from ingestion.forgetting.identifiers import Identifier, guess
from ingestion.forgetting.scrubbing import FORGOTTEN
from ingestion.forgetting.searching import Search
from tests.forget.people import ANA, RUI, address, client, order, scrubber

PERSONAL = [
    *("Ana", "Souza", "52998224725", "98765432", "Aurora", "50030-", "4986", "411111", "-34.8"),
]


def scrub(document: Any, contract: str = "vtex.order", *people: list[Identifier]) -> Any:
    return json.loads(scrubber(*people or [ANA]).scrub(json.dumps(document), contract))


def test_an_order_keeps_its_ids_money_items_dates_city_and_state() -> None:
    before, after = order(), scrub(order())
    for name in ("orderId", "status", "creationDate", "lastChange", "value", "totals", "items"):
        assert after[name] == before[name]
    assert after["shippingData"]["address"]["city"] == "Recife"
    assert after["shippingData"]["address"]["state"] == "PE"
    assert after["shippingData"]["address"]["postalCode"] == "50030"
    assert after["paymentData"]["transactions"][0]["payments"][0]["value"] == 10500
    assert [word for word in PERSONAL if word in json.dumps(after)] == []


def test_an_id_becomes_the_same_pseudonym_everywhere() -> None:
    profile = scrub(order())["clientProfileData"]["userProfileId"]
    assert profile.startswith("forgotten-")
    assert scrub(client(), "vtex.client")["userId"] == profile
    assert scrub(address(), "vtex.address")["userId"] == scrub(client(), "vtex.client")["id"]


def test_a_client_document_becomes_a_tombstone_that_still_loads_and_is_written_to_no_more() -> None:
    after = scrub(client(), "vtex.client")
    assert after["id"].startswith("forgotten-")
    assert after["createdIn"] == "2024-01-01T00:00:00Z"
    assert after["isNewsletterOptIn"] is False
    assert {after[name] for name in ("email", "document", "homePhone", "rclastcart")} == {None}


def test_an_address_document_keeps_city_and_state() -> None:
    after = scrub(address(), "vtex.address")
    assert (after["city"], after["state"], after["street"]) == ("Recife", "PE", None)


def test_a_storefronts_user_loses_what_tells_who_it_is_and_the_event_stays() -> None:
    kept = {"event": "userData", "sessionId": "s", "timestamp": "2024-03-01T12:00:00Z"}
    lost = {
        "email": ANA[4].value, "firstName": "Ana", "phone": "81998765432", "deviceId": "d",
        "userAgent": "Mozilla",
    }  # fmt: skip
    after = scrub({**kept, **lost, "id": ANA[0].value}, "storefront.event")
    assert after["id"].startswith("forgotten-")
    assert after == {**kept, **dict.fromkeys(lost), "id": after["id"]}


def test_a_placed_order_loses_who_visited() -> None:
    event = {
        "event": "orderPlaced", "sessionId": "s", "orderGroup": "1310", "transactionTotal": 51.2,
        "visitorContactInfo": [ANA[4].value, "Ana"], "visitorAddressStreet": "Rua da Aurora",
    }  # fmt: skip
    after = scrub(event, "storefront.event")
    assert after["visitorContactInfo"] == [None, None]
    assert after["visitorAddressStreet"] is None
    assert (after["orderGroup"], after["transactionTotal"]) == ("1310", 51.2)


@pytest.mark.parametrize(
    "written",
    [
        "52998224725", "529.982.247-25", "529982247-25", "ANA.SOUZA@EXAMPLE.COM",
        "mailto:ana.souza@example.com?x", "https://x.example/?e=ana.souza%40example.com",
        '{"email": "ana.souza\\u0040example.com"}', "+5581998765432", "81998765432",
        "(81) 99876-5432", "0 81 99876 5432", "005581998765432",
        "CL-C0FFEE00-2222-4B4B-8C8C-BBBBBBBBBBBB",
        "52998224725 ",
    ],
)  # fmt: skip
def test_an_identifier_is_found_however_it_is_written(written: str) -> None:
    for payload in (
        json.dumps({"x": [written]}),
        json.dumps({"x": [written]}).replace("a", r"\u0061"),
    ):
        after = scrubber(ANA).scrub(payload, "storefront.event")
        assert after != payload
        assert json.loads(after)["x"][0] != written


def test_a_document_is_found_as_a_number_and_as_a_tills_hash() -> None:
    assert scrub({"x": 52998224725})["x"] != 52998224725
    assert isinstance(scrub({"x": 52998224725})["x"], int)
    hashed = hashlib.sha256(b"52998224725").hexdigest()
    receipt = {"cupom": {"id": "1", "cliente": {"id": "749", "cpf_hash": hashed}, "valor_total": 3}}
    after = scrub(receipt, "pos.receipt")["cupom"]
    assert after == {"id": "1", "cliente": {"id": "749", "cpf_hash": None}, "valor_total": 3}


def test_a_short_id_counts_only_where_a_person_has_an_id() -> None:
    person = [Identifier("client_id", "749")]
    receipt = {"cupom": {"id": "749", "cliente": {"id": "749"}, "itens": [{"quantidade": 749}]}}
    after = scrub(receipt, "pos.receipt", person)["cupom"]
    assert after["id"] == "749"
    assert after["itens"] == [{"quantidade": 749}]
    pseudonym = after["cliente"]["id"]
    assert pseudonym.startswith("forgotten-")
    campaign = {"campanha": {"id": "24", "clientes": ["1917", "749"], "nome": "Verão"}}
    after = scrub(campaign, "marketing.campaign", person)["campanha"]
    assert after == {"id": "24", "clientes": ["1917", pseudonym], "nome": "Verão"}


def test_a_used_coupon_loses_its_user_and_the_part_of_its_id_that_is_theirs() -> None:
    person = [Identifier("till_customer_id", "1029")]
    used = {"id": "26-1029-51380041013-20170101", "campanha_id": "26", "cliente_id": "1029",
            "coupon_upc": "51380041013", "data": "2017-01-01"}  # fmt: skip
    after = scrub({"resgate": used}, "marketing.coupon_redemption", person)["resgate"]
    pseudonym = after["cliente_id"]
    assert pseudonym.startswith("forgotten-")
    assert after == used | {
        "id": f"26-{pseudonym}-51380041013-20170101",
        "cliente_id": pseudonym,
    }
    others = {"resgate": used | {"cliente_id": "26", "id": "1029-26-51380041013-20170101"}}
    assert scrub(others, "marketing.coupon_redemption", person) == others


def test_a_reply_loses_its_sender_and_what_was_written() -> None:
    reply = {
        "timestamp": "2024-05-01T12:00:00Z",
        "message_sid": "SM1",
        "from": "whatsapp:+5581998765432",
        "body": "Sair. Ana",
        "opt_out_type": "STOP",
    }
    after = scrub(reply, "delivery.reply", [Identifier("phone", "(81) 99876-5432")])
    assert "998765432" not in after["from"]
    assert "forgotten-" in after["from"]
    assert after == reply | {"from": after["from"], "body": None}
    other = [Identifier("phone", "(81) 99999-0000")]
    assert scrub(reply, "delivery.reply", other) == reply


def test_a_tills_register_keeps_its_id_as_a_pseudonym_and_refuses_messages() -> None:
    hashed = hashlib.sha256(b"52998224725").hexdigest()
    register = {"id": "749", "cpf_hash": hashed, "age": "35-44", "kids_count": None,
                "aceita_mensagens": True, "telefone": "+5511900000749"}  # fmt: skip
    message = {"timestamp": "2017-01-01T07:01:19-03:00", "novo_cliente": register}
    person = [Identifier("till_customer_id", "749"), Identifier("document_digest", hashed)]
    after = scrub(message, "pos.customer", person)
    pseudonym = after["novo_cliente"].pop("id")
    assert pseudonym.startswith("forgotten-")
    assert after == {
        "timestamp": "2017-01-01T07:01:19-03:00",
        "novo_cliente": {"cpf_hash": None, "age": None, "kids_count": None,
                         "aceita_mensagens": False, "telefone": None},
    }  # fmt: skip


def test_a_document_is_found_as_the_digest_that_tills_are_set_to_send(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VITRINE_TILL_DIGEST", "sha1")
    hashed = hashlib.sha1(b"52998224725", usedforsecurity=False).hexdigest()
    receipt = {"cupom": {"id": "1", "cliente": {"cpf_hash": hashed}}}
    assert scrub(receipt, "pos.receipt")["cupom"]["cliente"] == {"cpf_hash": None}
    monkeypatch.setenv("VITRINE_TILL_DIGEST", "crc32")
    with pytest.raises(LandingError, match="VITRINE_TILL_DIGEST"):
        scrub(receipt, "pos.receipt")


@pytest.mark.parametrize(
    "identifier",
    [
        Identifier("document", "000.000.000-00"), Identifier("document", "nao informado"),
        Identifier("phone", "(00) 00000-0000"), Identifier("email", "nao tem"),
        Identifier("address_id", "residential"), Identifier("address_id", "Rua da Aurora"),
    ],
)  # fmt: skip
def test_what_identifies_nobody_touches_nobodys_message(identifier: Identifier) -> None:
    text = json.dumps(order(document="00000000000", phone="+5500000000000", email="nao tem"))
    assert scrubber([identifier]).scrub(text, "vtex.order") == text


def test_an_address_that_has_a_name_counts_only_as_an_address() -> None:
    home = [Identifier("address_id", "Casa")]
    document = {"id": "1", "addressName": "Casa", "city": "Recife", "name": "Casa"}
    assert scrub(document, "vtex.return", home)["addressName"] is None
    assert scrub(document, "vtex.return", home)["name"] == "Casa"
    text = json.dumps({"items": [{"name": "Casa"}]})
    assert scrubber(home).scrub(text, "vtex.order") == text


def test_a_phone_that_a_household_shares_takes_only_itself_away() -> None:
    other = order(
        userProfileId=RUI[0].value, document="11144477735", firstName="Rui", phone="81 99876-5432"
    )
    after = scrub(other)
    assert after["clientProfileData"]["firstName"] == "Rui"
    assert after["clientProfileData"]["document"] == "11144477735"
    assert "99876" not in json.dumps(after)


def test_a_pickup_points_address_is_no_persons() -> None:
    shop = {"pickupStoreInfo": {"address": {"street": "Rua do Sol", "postalCode": "50010-470"}}}
    assert scrub(order() | shop)["pickupStoreInfo"] == shop["pickupStoreInfo"]


def test_what_is_no_json_goes_whole_and_is_still_none() -> None:
    for payload in ("ana.souza@example.com", '{"document": "52998224725",}', "CPF 529.982.247-25"):
        assert scrubber(ANA).scrub(payload, "vtex.order") == FORGOTTEN
    assert scrubber(ANA).scrub_bytes(b"\xff ana.souza@example.com") == FORGOTTEN.encode()
    assert scrubber(ANA).scrub_bytes(b"\xff rui@example.com") == b"\xff rui@example.com"


def test_attributes_lose_only_identifiers() -> None:
    before = json.dumps({"contract": "vtex.order", "ordering_key": ANA[0].value, "email": "x@y.z"})
    after = json.loads(scrubber(ANA).scrub_attributes(before))
    assert after.pop("ordering_key").startswith("forgotten-")
    assert after == {"contract": "vtex.order", "email": "x@y.z"}


def test_who_is_not_forgotten_stays_byte_for_byte() -> None:
    text = json.dumps(
        order(userProfileId=RUI[0].value, document="11144477735", phone=None)
        | {"openTextField": None},
        indent=1,
    )
    assert scrubber(ANA).scrub(text, "vtex.order") is text


@pytest.mark.parametrize("text", ["a", "12", "749", ""])
def test_what_is_too_short_to_search_for_is_refused(text: str) -> None:
    with pytest.raises(LandingError, match="too short"):
        guess(text)


# What anything may be made of: identifiers in many forms among other texts.
_FORMS = [
    "529.982.247-25", "52998224725", "Ana.Souza@example.com", "x ana.souza@example.com.",
    "rui@example.com", "+5581998765432", "(81) 99876-5432", "11144477735", ANA[0].value,
    ANA[1].value.upper(),
    f"/profile/{ANA[0].value}/x", "ana.souza%40example.com", 52998224725,
]  # fmt: skip
_KEYS = st.sampled_from(
    ["email", "document", "phone", "userProfileId", "name", "street", "city", "value", "items", "é"]
)
_SCALARS = st.one_of(
    st.sampled_from(_FORMS),
    st.sampled_from(["Recife", "", "ação", "a\"b\\c\n", 0, -1.5, 1e300, 12345, True, False, None]),
)  # fmt: skip
_DOCUMENTS = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4)
)
_CONTRACTS = st.sampled_from(["vtex.order", "vtex.client", "marketing.campaign", None])


@given(_DOCUMENTS, _CONTRACTS, st.booleans())
def test_any_json_loses_all_forms_and_keeps_all_else(
    document: Any, contract: str | None, is_ascii: bool
) -> None:
    payload = json.dumps(document, ensure_ascii=is_ascii)
    after = scrubber(ANA).scrub(payload, contract)
    assert not Search(ANA).has(after.encode())
    assert scrubber(ANA).scrub(after, contract) == after
    _compare(document, json.loads(after), is_list=contract == "marketing.campaign")


@given(_DOCUMENTS, _CONTRACTS)
def test_one_after_the_other_is_both_at_once(document: Any, contract: str | None) -> None:
    payload = json.dumps(document)
    ana, rui, both = scrubber(ANA), scrubber(RUI), scrubber(ANA, RUI)
    together = both.scrub(payload, contract)
    assert both.scrub(ana.scrub(payload, contract), contract) == together
    assert both.scrub(rui.scrub(payload, contract), contract) == together


def _compare(before: Any, after: Any, *, is_list: bool) -> None:
    """Same shape; each scalar is what it was, null, or a pseudonym of what was an identifier."""
    if isinstance(before, dict):
        assert before.keys() == after.keys()
        for key, value in before.items():
            _compare(value, after[key], is_list=is_list)
    elif isinstance(before, list):
        assert len(before) == len(after)
        for one, other in zip(before, after, strict=True):
            _compare(one, other, is_list=is_list)
    elif after is None:
        assert before is None or not is_list
        assert not isinstance(before, bool)
    elif before != after or type(before) is not type(after):
        assert "forgotten-" in after if isinstance(after, str) else after >= 9 * 10**17
        assert before in _FORMS
