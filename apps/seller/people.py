"""Who somebody is: found by what a clerk types, and told by the published build."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from apps.seller.identifiers import Candidate
from ingestion.settings import till_digest


class Match(NamedTuple):
    """Whose an identifier is."""

    kind: str
    customer_id: str
    # True where it is of too many people to name one.
    is_shared: bool


class Person(NamedTuple):
    """Who a customer is."""

    first_name: str | None
    last_name: str | None
    city: str | None
    state: str | None
    accepts_messages: bool
    first_order_date: date | None


def find_customer(cursor: DuckDBPyConnection, candidates: Sequence[Candidate]) -> Match | None:
    """Find whose an identifier is; of several things that it may be, the first that somebody has.

    The key of the hashes does not leave the database.
    """
    numbers = [one for one in candidates if one.kind == "order"]
    others = [one for one in candidates if one.kind != "order"]
    by_kind = _identified(cursor, others) if others else {}
    for one in candidates:
        match = by_kind.get(one.kind) if one not in numbers else _ordered(cursor, one.value)
        if match:
            return match
    return None


def _identified(cursor: DuckDBPyConnection, candidates: Sequence[Candidate]) -> dict[str, Match]:
    found = cursor.execute(
        """
        with

        candidates as (

            select
                unnest($kinds) as kind,
                unnest($candidates) as candidate

        ),

        hashed as (

            select
                candidates.kind || '-' || md5(keys.hash_key || candidates.candidate)
                    as identifier_id
            from candidates
            cross join (select max(hash_key) as hash_key from pii.hash_keys) as keys

        )

        select
            identifier_type as kind,
            customer_id,
            is_shared
        from cleansed.cleansed_customer_identities
        where identifier_id in (select identifier_id from hashed)
        """,
        {
            "kinds": [one.kind for one in candidates],
            # A document's hash is that of its digest, which is what tills know of it.
            "candidates": [
                till_digest(one.value) if one.kind == "document" else one.value
                for one in candidates
            ],
        },
    ).fetchall()
    return {row[0]: Match(*row) for row in found}


def _ordered(cursor: DuckDBPyConnection, number: str) -> Match | None:
    """Find whose an order is; a number without its suffix is that of the order's group."""
    row = cursor.execute(
        """
        select customer_id
        from speed.live_orders
        where order_id in ($number, $number || '-01') and customer_id is not null
        order by order_id
        """,
        {"number": number},
    ).fetchone()
    return Match("order", row[0], is_shared=False) if row else None


def person(cursor: DuckDBPyConnection, customer_id: str) -> Person | None:
    """Tell who a customer is; None if the published build does not know them (any more)."""
    row = cursor.execute(
        """
        select
            contacts.first_name,
            contacts.last_name,
            customers.city,
            customers.state,
            customers.accepts_messages,
            customers.first_order_date
        from marts.dim_customers as customers
        left join pii.customer_contacts as contacts on customers.customer_id = contacts.customer_id
        where customers.customer_id = $customer and customers.is_current
        """,
        {"customer": customer_id},
    ).fetchone()
    return Person(*row) if row else None
