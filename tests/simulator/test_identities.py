"""People with several accounts, and the ways in which they write who they are."""

from collections import defaultdict

from simulator.customers import spelled


def _accounts(year):
    people = defaultdict(set)
    person_of = year.recount.people()
    for order_id, order in year.recount.orders.items():
        if order["profile"]:
            people[person_of[order_id]].add((order["profile"], order["person"]))
    return people


def test_some_people_have_two_accounts_with_one_document(year):
    shared = [
        accounts
        for accounts in _accounts(year).values()
        if len(accounts) > 1 and len({document for _, document in accounts}) == 1
    ]
    assert len(shared) > 10


def test_some_people_have_a_second_account_known_by_its_e_mail_alone(year):
    alike = [
        accounts
        for accounts in _accounts(year).values()
        if None in {document for _, document in accounts} and len(accounts) > 1
    ]
    assert len(alike) > 2


def test_e_mail_addresses_are_typed_in_any_case_and_with_tags(year):
    emails = {
        client["email"]
        for clients in year.recount.histories("vtex.client").values()
        for client in clients
    }
    assert any("+" in email for email in emails)
    assert sum(email != email.lower() for email in emails) > 20
    assert sum(email == email.lower() for email in emails) > len(emails) / 2


def test_a_phone_is_written_in_seven_ways():
    assert [spelled("+5511987654321", form) for form in range(7)] == [
        "+5511987654321",
        "(11) 98765-4321",
        "011987654321",
        "11987654321",
        "5511987654321",
        "0 xx 11 98765 4321",
        "11 8765-4321",
    ]
    assert spelled("+552133334444", 1) == "(21) 3333-4444"
