"""The SQL that joins identifiers gives the groups that a union-find in Python gives.

The SQL is the project's own, compiled once by dbt; it reads tables that each example fills anew.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.dbt_run import DbtPlace, compile_models

PROJECT = Path(__file__).parents[2]
_MODELS = ("cleansed_identity_links", "cleansed_identity_groups", "cleansed_customer_identities")
_LIMIT = 5

Order = tuple[str | None, ...]
# A till's customer id, document and phone.
Mention = tuple[str | None, ...]
Rows = list[tuple[object, ...]]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give each model's SQL, with nothing but table names after `from` and `join`."""
    folder = tmp_path_factory.mktemp("identity")
    environment = {
        "VITRINE_RAW": str(folder / "raw"),
        "VITRINE_BUILD": str(folder / "vitrine.duckdb"),
        "VITRINE_BUILD_PII": str(folder / "vitrine_pii.duckdb"),
    }
    place = DbtPlace("duckdb", folder / "target", folder, environment, is_parsed_once=True)
    models = compile_models(place, PROJECT, _MODELS, {})
    return {model: re.sub(r'"\w+"\."\w+"\."(\w+)"', r"\1", models[model].sql) for model in _MODELS}


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(
            "create table cleansed_orders (profile_id varchar, document_hash varchar,"
            " email_hash varchar, phone_hash varchar);"
            "create table cleansed_clients (profile_id varchar, client_id varchar,"
            " document_hash varchar, email_hash varchar, phone_hash varchar, is_current boolean);"
            "create table cleansed_addresses (profile_id varchar);"
            "create table cleansed_storefront_events (owner_id varchar, document_hash varchar,"
            " email_hash varchar, phone_hash varchar, own_user_id varchar);"
            "create table cleansed_till_mentions (till_customer_id varchar, document_hash varchar,"
            " phone_hash varchar);"
            "create table customer_overrides (action varchar, identifier_a varchar,"
            " identifier_b varchar)"
        )
        yield connection


def _identities(
    database: duckdb.DuckDBPyConnection,
    compiled: dict[str, str],
    orders: list[Order],
    mentions: list[Mention] | None = None,
) -> Rows:
    database.execute("delete from cleansed_orders; delete from cleansed_till_mentions")
    if orders:
        database.executemany("insert into cleansed_orders values (?, ?, ?, ?)", orders)
    if mentions:
        database.executemany("insert into cleansed_till_mentions values (?, ?, ?)", mentions)
    for model in _MODELS:
        database.execute(f"create or replace table {model} as {compiled[model]}")
    return database.execute(
        "select identifier_id, customer_id, is_shared"
        " from cleansed_customer_identities order by all"
    ).fetchall()


class _Groups:
    """Union-find."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}

    def find(self, member: str) -> str:
        parent = self._parents.setdefault(member, member)
        if parent != member:
            parent = self._parents[member] = self.find(parent)
        return parent

    def join(self, members: list[str]) -> None:
        for member in members:
            self._parents[self.find(member)] = self.find(members[0])

    def all(self) -> list[set[str]]:
        found: dict[str, set[str]] = {}
        for member in list(self._parents):
            found.setdefault(self.find(member), set()).add(member)
        return list(found.values())


_RANKS = ("profile", "till", "document", "email", "phone")


@dataclass
class _Seen:
    """What orders and tills name: each one's names by kind, and the kind of every name."""

    orders: list[dict[str, str]]

    def __post_init__(self) -> None:
        self.kinds = {name: kind for order in self.orders for kind, name in order.items()}
        # A document is shared by profiles, or by the tills' registers.
        met: dict[tuple[str, str], set[str]] = {}
        for order in self.orders:
            for kind, name in order.items():
                for other in ("profile", "till") if kind == "document" else ("document",):
                    if other in order:
                        met.setdefault((name, other), set()).add(order[other])
        self.shared = {name for (name, _), others in met.items() if len(others) > _LIMIT}

    def strong(self, order: dict[str, str]) -> list[str]:
        return [n for kind, n in order.items() if kind != "phone" and n not in self.shared]

    def personal(self, kind: str) -> set[str]:
        return {name for name, k in self.kinds.items() if k == kind and name not in self.shared}


def _expected(orders: list[Order], mentions: list[Mention]) -> Rows:
    """Join the identifiers of orders and tills as the rules say, without any SQL."""
    of_orders = [_named(_OF_ORDERS, order) for order in orders]
    seen = _Seen([*of_orders, *(_named(_OF_TILLS, mention) for mention in mentions)])
    strong = _Groups()
    for order in seen.orders:
        strong.join(seen.strong(order))
    documented = {strong.find(name) for name in seen.personal("document")}
    phones = {
        phone: {
            strong.find(name)
            for order in seen.orders
            if order.get("phone") == phone
            for name in seen.strong(order)
        }
        for phone in seen.personal("phone")
    }
    by_phone = _Groups()
    for phone, groups in phones.items():
        if len(groups) <= _LIMIT and len(groups & documented) <= 1:
            by_phone.join([phone, *groups])
    one_person = [group for group in by_phone.all() if len(group & documented) <= 1]
    shared = seen.shared | (phones.keys() - {name for group in one_person for name in group})
    people = _Groups()
    for group in [*strong.all(), *one_person, *({name} for name in seen.kinds)]:
        people.join(sorted(group))
    rows: Rows = []
    for group in people.all():
        customer = min(group, key=lambda name: (_RANKS.index(seen.kinds[name]), name))
        rows += [(name, customer, name in shared) for name in group]
    return sorted(rows)


_OF_ORDERS = ("profile", "document", "email", "phone")
_OF_TILLS = ("till", "document", "phone")


def _named(kinds: tuple[str, ...], values: Order | Mention) -> dict[str, str]:
    return {
        kind: value if kind == "profile" else f"{kind}-{value}"
        for kind, value in zip(kinds, values, strict=True)
        if value is not None
    }


def _maybe(prefix: str, count: int) -> st.SearchStrategy[str | None]:
    return st.one_of(st.none(), st.integers(0, count).map(lambda number: f"{prefix}{number}"))


_ORDERS = st.lists(
    st.tuples(_maybe("p", 12), _maybe("d", 9), _maybe("e", 9), _maybe("t", 9)), max_size=24
)


_MENTIONS = st.lists(st.tuples(_maybe("t", 12), _maybe("d", 9), _maybe("t", 9)), max_size=16)


@settings(max_examples=40, deadline=None)
@given(orders=_ORDERS, mentions=_MENTIONS, chance=st.randoms(use_true_random=False))
def test_the_customers_of_random_orders_and_tills_are_those_of_a_union_find_in_any_order(
    database, compiled, orders: list[Order], mentions: list[Mention], chance
) -> None:
    expected = _expected(orders, mentions)
    assert _identities(database, compiled, orders, mentions) == expected
    again = orders + chance.sample(orders, len(orders) // 2)
    chance.shuffle(again)
    told_again = mentions + chance.sample(mentions, len(mentions) // 2)
    chance.shuffle(told_again)
    assert _identities(database, compiled, again, told_again) == expected


def test_who_is_seen_on_the_web_and_at_a_till_with_one_document_is_one_customer(
    database, compiled
) -> None:
    found = _identities(
        database, compiled, [("p1", "d1", "e1", None)], [("749", None, "t1"), ("749", "d1", None)]
    )
    assert {customer for _, customer, _ in found} == {"p1"}
    assert "till-749" in {identifier for identifier, _, _ in found}


def test_a_chain_of_two_hundred_links_is_one_customer(database, compiled) -> None:
    orders: list[Order] = []
    for number in range(100):
        orders.append((None, f"d{number}", f"e{number}", None))
        orders.append((None, f"d{number + 1}", f"e{number}", None))
    found = _identities(database, compiled, orders)
    assert {customer for _, customer, _ in found} == {"document-d0"}
    assert len(found) == 201


def test_a_late_order_joins_two_customers_and_a_corrected_one_parts_them(
    database, compiled
) -> None:
    known: list[Order] = [("p1", "d1", None, None), ("p2", "d2", None, None)]
    apart = _identities(database, compiled, known)
    assert {customer for _, customer, _ in apart} == {"p1", "p2"}
    joined = _identities(database, compiled, [*known, ("p1", "d2", None, None)])
    assert {customer for _, customer, _ in joined} == {"p1"}
    assert _identities(database, compiled, known) == apart


def test_labels_do_not_depend_on_how_ids_sort(database, compiled) -> None:
    """Ids in a row, as an importer's counter makes them, join as fast as random ones."""
    orders: list[Order] = [
        (f"{number + step:09}", f"d{number}", None, None)
        for number in range(150)
        for step in (0, 1)
    ]
    found = _identities(database, compiled, orders)
    assert {customer for _, customer, _ in found} == {"000000000"}
