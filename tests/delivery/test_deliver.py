"""`vitrine deliver`: who is sent what, who is not, and why."""

import json
import logging
import re
import sqlite3
from datetime import datetime, timedelta

import pytest

from tests.delivery.published import DAY
from tests.delivery.sending import Sending, phone
from tests.delivery.twilio_server import Twilio


def test_a_dry_run_says_how_many_and_why_and_sends_nothing(sending: Sending) -> None:
    sending.published.contacts = [
        ("ana", "Ana", phone("ana"), True),
        ("bia", "Bia", phone("bia"), False),
        ("caio", "Caio", phone("caio"), None),
        ("davi", "Davi", None, True),
        ("eva", "Eva", "11 9999", True),
        ("fabi", "Fabi", phone("fabi"), True),
        ("gil", "Gil", phone("gil"), True),
    ]
    people = ["ana", "bia", "caio", "davi", "eva", "fabi", "nobody"]
    sending.published.suggest(
        *((one, "abandoned_cart") for one in people), ("gil", "a_reason_without_a_text")
    )
    sending.publish()
    sending.reply(phone("fabi"), "Sair, por favor")
    result = sending.deliver()
    assert result.exit_code == 0, result.output
    rows = dict(re.findall(r"^(\w+) +(\d+)$", result.stdout, re.MULTILINE))
    assert rows == {
        "abandoned_cart": "1",
        "no_consent": "2",
        "no_phone": "2",
        "opted_out": "1",
        "no_contact": "1",
        "no_template": "1",
    }
    assert "Nothing was sent" in result.stdout
    assert sending.twilio.requests.total() == 0
    assert not (sending.folder / "deliveries.sqlite").exists()


def test_what_is_sent_is_what_the_dry_run_said(sending: Sending) -> None:
    sending.suggest_people(3)
    told = json.loads(sending.deliver("--json").stdout)
    report = sending.send_well()
    assert (told["is_dry_run"], report["is_dry_run"]) == (True, False)
    assert told["sent"] == report["sent"] == {"abandoned_cart": 3}
    assert sending.twilio.recipients().total() == 3


def test_a_text_has_the_names_the_way_out_and_a_reference(sending: Sending) -> None:
    sending.published.rows["marts.dim_skus"] = [("sku-1", "Café Torrado 500 g", True)]
    sending.published.rows["marts.dim_stores"] = [("centro", "Centro")]
    sending.suggest_people(1)
    sending.send_well()
    (message,) = sending.twilio.messages
    assert message.body.startswith("Oi, Ana! Café Torrado 500 g ainda está no seu carrinho.")
    assert "na loja Centro" in message.body
    assert re.search(r"Responda SAIR .* Ref\. [2-9A-Z]{8}$", message.body)
    assert message.sender == "+551140000000"
    (landed,) = sending.landed()
    assert message.callback.endswith(f"/twilio/status?delivery={landed['delivery_id']}")


def test_whatsapp_has_its_own_sender_and_addresses(sending: Sending) -> None:
    sending.suggest_people(1)
    sending.twilio.faults.append("lost")
    sending.send_well("--channel", "whatsapp")
    (message,) = sending.twilio.messages
    assert message.to == f"whatsapp:{phone('person-0')}"
    assert message.sender == "whatsapp:+551140000001"
    assert sending.landed()[0]["channel"] == "whatsapp"


def test_nobody_is_written_to_twice_in_a_day(sending: Sending) -> None:
    sending.suggest_people(2)
    sending.send_well()
    again = sending.send_well()
    assert again["not_sent"] == {"already_contacted": 2}
    # Neither for another run date, on the same day; nor by another channel.
    rows = sending.published.rows["activation.contact_suggestions"]
    tomorrow = DAY + timedelta(days=1)
    sending.published.rows["activation.contact_suggestions"] = [
        (tomorrow, *row[1:]) for row in rows
    ]
    sending.published.as_of += timedelta(days=1)
    sending.publish()
    report = sending.send_well("--date", str(tomorrow), "--channel", "whatsapp")
    assert report["not_sent"] == {"already_contacted": 2}
    assert set(sending.twilio.recipients().values()) == {1}


def test_two_customers_of_one_phone_are_one_person(sending: Sending) -> None:
    sending.published.contacts = [
        ("ana", "Ana", phone("ana"), True),
        ("bia", "Bia", phone("ana"), True),
    ]
    sending.published.suggest(("ana", "birthday"), ("bia", "birthday"))
    sending.publish()
    assert json.loads(sending.deliver("--json").stdout)["not_sent"] == {"already_contacted": 1}
    assert sending.send_well()["not_sent"] == {"already_contacted": 1}


def test_a_person_is_sent_no_more_than_so_many_messages_in_so_many_days(
    sending: Sending,
) -> None:
    sending.suggest_people(2)
    sending.send_well()
    sending.configure(most_messages=2, within_days=7)
    with sqlite3.connect(sending.folder / "deliveries.sqlite") as journal:
        # One of them was sent something six days ago, and on the day before; the other seven ago.
        for days, person in ((6, "person-0"), (1, "person-0"), (7, "person-1"), (1, "person-1")):
            names = [row[1] for row in journal.execute("pragma table_info(deliveries)")]
            earlier = {
                "delivery_id": f"'{person}-{days}'",
                "reference": f"'{person}-{days}'",
                "run_date": "'2000-01-0' || (substr(customer_id, -1) + 1) || " + str(days),
                "local_date": f"date(local_date, '-{days} days')",
            }
            columns = ", ".join(earlier.get(name, name) for name in names)
            journal.execute(
                f"insert into deliveries select {columns} from deliveries "
                "where customer_id = ? and length(delivery_id) = 32",
                [person],
            )
        journal.execute("delete from deliveries where length(delivery_id) = 32")
    report = sending.send_well()
    assert (report["sent"], report["not_sent"]) == ({"abandoned_cart": 1}, {"capped": 1})


@pytest.mark.parametrize(
    ("replies", "is_out"),
    [
        (["SAIR"], True),
        (["Por favor, pare!"], True),
        (["quero cancelar"], True),
        (["stop"], True),
        (["obrigada, vou ver"], False),
        (["sairei amanhã"], False),
        (["SAIR", "Voltar."], False),
        (["SAIR", "quero voltar a receber"], True),
        (["voltar", "sair"], True),
        (["VOLTAR"], False),
    ],
)
def test_a_reply_counts_as_soon_as_it_has_landed(
    sending: Sending, replies: list[str], is_out: bool
) -> None:
    sending.suggest_people(1)
    for body in replies:
        sending.reply(f"whatsapp:{phone('person-0')}", body)
    report = json.loads(sending.deliver("--json").stdout)
    assert report["not_sent"] == ({"opted_out": 1} if is_out else {})


def test_what_twilio_took_for_an_opt_out_is_one(sending: Sending) -> None:
    sending.suggest_people(2)
    sending.reply(phone("person-0"), "não!", opt_out_type="STOP")
    # WhatsApp knows the number that the mobile had before its ninth digit.
    old = phone("person-1").replace("+55119", "+5511")
    sending.published.contacts[1] = ("person-1", "Bia", "+5511987654321", True)
    sending.publish()
    assert old
    sending.reply("whatsapp:+551187654321", "sair")
    assert json.loads(sending.deliver("--json").stdout)["not_sent"] == {"opted_out": 2}


def test_what_cannot_be_read_as_a_reply_stops_nobody(sending: Sending) -> None:
    sending.suggest_people(1)
    sending.reply("", "SAIR")
    sending.reply(phone("person-0"), "SAIR", timestamp="yesterday")
    assert json.loads(sending.deliver("--json").stdout)["sent"] == {"abandoned_cart": 1}


def test_who_opts_out_while_messages_are_sent_gets_none(sending: Sending) -> None:
    sending.suggest_people(4)

    def reply(_: str) -> None:
        if not sending.twilio.messages:  # While the first one is on its way.
            sending.reply(phone("person-2"), "PARAR")

    sending.twilio.watch = reply
    report = sending.send_well()
    assert report["not_sent"] == {"opted_out": 1}
    assert phone("person-2") not in sending.twilio.recipients()


def test_who_withdraws_consent_in_a_build_that_is_published_meanwhile_gets_none(
    sending: Sending,
) -> None:
    sending.suggest_people(3)

    def build(_: str) -> None:
        if not sending.twilio.messages:
            sending.published.contacts[1] = ("person-1", "Ana", phone("person-1"), False)
            sending.published.publish()

    sending.twilio.watch = build
    assert sending.send_well()["not_sent"] == {"no_consent": 1}
    assert phone("person-1") not in sending.twilio.recipients()


def test_nothing_is_sent_outside_the_hours_and_all_of_it_within(sending: Sending) -> None:
    sending.suggest_people(3)
    sending.configure(hours=["00:00", "00:00"])
    result = sending.deliver("--send")
    assert "hours end before they begin" in result.output
    now = sending.local_now()
    closed = ["00:00", "00:01"] if now.hour >= 12 else ["23:58", "23:59"]
    sending.configure(hours=closed)
    report = sending.send_well(exit_code=3)
    assert (report["sent"], report["not_sent"]) == ({}, {"quiet_hours": 3})
    assert sending.twilio.requests.total() == 0
    sending.configure()
    assert sending.send_well()["sent"] == {"abandoned_cart": 3}


def test_messages_are_paced(sending: Sending) -> None:
    sending.suggest_people(4)
    sending.configure(messages_per_second=20)
    sending.send_well()
    with sqlite3.connect(sending.folder / "deliveries.sqlite") as journal:
        (first, last) = journal.execute(
            "select min(intended_at), max(intended_at) from deliveries"
        ).fetchone()
    passed = datetime.fromisoformat(last) - datetime.fromisoformat(first)
    assert passed >= timedelta(seconds=3 / 20)


@pytest.mark.parametrize("fault", ["busy", "failed", "failed_late", "lost", "dropped", "slow"])
def test_whatever_happens_to_a_request_the_message_is_taken_once(
    sending: Sending, fault: str
) -> None:
    sending.suggest_people(2)
    sending.twilio.faults.extend([fault])
    assert sending.send_well()["sent"] == {"abandoned_cart": 2}
    assert set(sending.twilio.recipients().values()) == {1}
    assert {one["message_sid"] for one in sending.landed()} == {
        message.sid for message in sending.twilio.messages
    }


def test_an_answer_that_is_given_up_on_may_have_been_a_yes(sending: Sending) -> None:
    sending.suggest_people(1)
    sending.configure(timeout_seconds=0.2, settle_seconds=0.6)
    sending.twilio.slow_seconds = 0.5
    sending.twilio.faults.append("slow")
    assert sending.send_well()["sent"] == {"abandoned_cart": 1}
    assert sending.twilio.recipients().total() == 1


def test_a_message_that_is_in_no_list_yet_is_not_sent_again(sending: Sending) -> None:
    sending.suggest_people(1)
    sending.configure(settle_seconds=0.6)
    sending.twilio.lag_seconds = 0.4
    sending.twilio.faults.append("lost")
    sending.send_well()
    assert sending.twilio.recipients().total() == 1


def test_a_message_of_before_is_found_behind_many_others(sending: Sending) -> None:
    sending.suggest_people(1)
    sending.send_well()
    ours = sending.twilio.messages.pop()
    with sqlite3.connect(sending.folder / "deliveries.sqlite") as journal:
        journal.execute("update deliveries set state = 'intent', message_sid = null")
    sending.twilio.messages += [ours] + [
        type(ours)(f"SM{number}", ours.to, ours.sender, "another", "", ours.taken_at)
        for number in range(60)
    ]
    report = sending.send_well()
    assert (report["found"], report["not_sent"]) == (1, {"already_contacted": 1})


def test_while_twilio_fails_nothing_is_lost_and_nothing_sent_twice(
    sending: Sending, caplog: pytest.LogCaptureFixture
) -> None:
    sending.suggest_people(3)
    sending.configure(attempts=2)
    sending.twilio.faults.extend(["ok", "lost"])
    sending.twilio.list_faults.extend(["failed"] * 2)
    result = sending.deliver("--send")
    assert result.exit_code == 1
    assert "Twilio does not answer well: HTTP 500; 1 sent" in result.output
    assert len(sending.landed()) == 1
    assert "1 earlier messages have an unknown outcome" in sending.deliver().output
    report = sending.send_well()
    assert (report["found"], report["sent"]) == (1, {"abandoned_cart": 1})
    assert sorted(sending.twilio.recipients().values()) == [1, 1, 1]
    assert len(sending.landed()) == 3


def test_nothing_is_sent_before_twilio_has_said_what_became_of_an_earlier_message(
    sending: Sending,
) -> None:
    sending.suggest_people(2)
    sending.configure(attempts=2)
    sending.twilio.faults.append("lost")
    sending.twilio.list_faults.extend(["busy"] * 4)
    sending.deliver("--send")
    result = sending.deliver("--send")
    assert "Twilio does not say what became of an earlier message" in result.output
    assert sending.twilio.recipients().total() == 1


def test_who_twilio_refuses_is_told_to_raw_and_not_asked_for_again(sending: Sending) -> None:
    sending.suggest_people(2)
    sending.twilio.refused[phone("person-0")] = 21610
    report = sending.send_well()
    assert (report["sent"], report["not_sent"]) == (
        {"abandoned_cart": 1},
        {"refused_by_twilio": 1},
    )
    failed = [one for one in sending.landed() if one["status"] == "failed"]
    assert [(one["customer_id"], one["error_code"]) for one in failed] == [("person-0", "21610")]
    assert sending.send_well()["not_sent"] == {"already_contacted": 2}
    assert sending.twilio.requests["create"] == 2


def test_an_account_that_may_send_nothing_is_told_so(
    sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    sending.suggest_people(2)
    with monkeypatch.context() as patch:
        patch.setenv("TWILIO_AUTH_TOKEN", "wrong")
        result = sending.deliver("--send")
    assert result.exit_code == 1
    assert "Twilio takes nothing: HTTP 401, code 20003" in result.output
    assert sending.send_well()["sent"] == {"abandoned_cart": 2}


def test_neither_log_nor_report_nor_journal_nor_raw_names_anybody(
    sending: Sending, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sending.suggest_people(2)
    sending.configure(attempts=2)
    sending.twilio.faults.extend(["lost", "busy"])
    sending.twilio.refused[phone("person-1")] = 21211
    outputs = [sending.deliver("--send").output, sending.deliver().output]
    told = "".join([*outputs, caplog.text, json.dumps(sending.landed())])
    journal = b"".join(
        path.read_bytes() for path in sending.folder.glob("deliveries.sqlite*")
    ).decode(errors="replace")
    for name in ("person-0", "person-1"):
        assert phone(name)[3:] not in told + journal
    assert "Ana" not in told + journal
    assert (sending.folder / "deliveries.sqlite").stat().st_mode & 0o77 == 0


def test_two_at_once_do_not_send(sending: Sending) -> None:
    sending.suggest_people(1)
    second = []
    sending.twilio.watch = lambda _: second.append(sending.deliver("--send"))
    sending.send_well()
    assert "another `vitrine deliver` is sending" in second[0].output
    assert sending.twilio.recipients().total() == 1


def test_what_keeps_it_from_sending_is_told_in_a_sentence(
    sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no OUT of 2024-05-01; run `vitrine export`" in sending.deliver().output
    sending.suggest_people(1)
    sending.configure(sms_from="Loja")
    assert "not a file of settings of delivery" in sending.deliver().output
    (sending.folder / "delivery.toml").write_text("")
    assert "nobody to send from: write sms_from" in sending.deliver("--send").output
    sending.configure()
    with monkeypatch.context() as patch:
        patch.delenv("TWILIO_AUTH_TOKEN")
        assert "set TWILIO_ACCOUNT_SID" in sending.deliver("--send").output
    sending.send_well()
    (sending.folder / "suppression.key").write_text("0" * 64)
    assert "hashed with another key" in sending.deliver("--send").output


def test_a_replaced_template_is_used_if_it_can_be(sending: Sending, twilio: Twilio) -> None:
    sending.suggest_people(1)
    folder = sending.folder / "templates"
    folder.mkdir()
    sending.configure(templates=str(folder))
    for broken, reason in {
        "Oi": "leaves out the reference",
        "{{ surname }} {{ reference }}": "is broken",
        "{{ reference * 99 }}": "characters of at most 320",
    }.items():
        (folder / "abandoned_cart.txt").write_text(broken)
        assert reason in sending.deliver("--send").output
    assert not twilio.messages
    (folder / "abandoned_cart.txt").write_text("Olá, {{ first_name }}. {{ reference }}")
    sending.send_well()
    assert twilio.messages[0].body.startswith("Olá, Ana. ")
