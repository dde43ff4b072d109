"""Customers as Master Data tells them: the client (CL) and the client's address (AD)."""

from collections.abc import Iterator
from typing import Any

from simulator.customers import Address, Customer, State, spelled
from simulator.seeds import scramble
from simulator.timestamps import MINUTE, iso
from simulator.words import ACCOUNT, ACCOUNT_ID

Document = dict[str, Any]


def _envelope(entity: str, document_id: str, created_at: int, updated_at: int) -> Document:
    return {
        "id": document_id,
        "accountId": ACCOUNT_ID,
        "accountName": ACCOUNT,
        "dataEntityId": entity,
        "createdBy": None,
        "createdIn": iso(created_at, 7, "Z"),
        "updatedBy": None,
        "updatedIn": iso(updated_at, 7, "Z") if updated_at > created_at else None,
        "lastInteractionIn": iso(updated_at, 7, "Z"),
        "followers": [],
        "tags": [],
        "auto_filter": None,
    }


def _typed(customer: Customer, state: State) -> str:
    """Return the e-mail address as it was typed this time: some hold the shift key."""
    forms = (customer.email.title(), customer.email.upper())
    form = scramble(customer.number, state.since) % 20
    return forms[form] if form < len(forms) else customer.email


def _client(customer: Customer, state: State) -> Document:
    return {
        "email": _typed(customer, state),
        "firstName": customer.first_name,
        "lastName": customer.last_name,
        "phone": spelled(customer.phone, scramble(83, customer.number) % 7),
        "homePhone": customer.phone,
        "documentType": "CPF",
        "document": None if customer.is_undocumented else customer.document,
        "isCorporate": customer.is_corporate,
        "isNewsletterOptIn": state.is_opted_in,
        "localeDefault": "pt-BR",
        "userId": customer.profile_id,
        **_envelope("CL", customer.client_id, customer.states[0].since, state.since),
    }


def _address(customer: Customer, home: Address, at: int) -> Document:
    return {
        "addressName": home.address_id,
        "addressLabel": None,
        "addressType": "residential",
        "receiverName": f"{customer.first_name} {customer.last_name}",
        "city": home.place.city,
        "state": home.place.state,
        "country": "BRA",
        "postalCode": home.postal_code,
        "street": home.street,
        "number": home.number,
        "neighborhood": home.district,
        "complement": None,
        "reference": None,
        "geoCoordinate": [home.place.longitude, home.place.latitude],
        "userId": customer.client_id,
        **_envelope("AD", home.document_id, at, at),
    }


def life(customer: Customer) -> Iterator[tuple[int, str, Document]]:
    """Yield what Master Data says of a customer over time: instant, contract, document."""
    known = None
    for state in customer.states:
        yield state.since, "vtex.client", _client(customer, state)
        if state.address is not known:
            known = state.address
            at = state.since + MINUTE
            yield at, "vtex.address", _address(customer, known, at)
