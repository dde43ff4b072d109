"""Customers who come back: each is a pure function of the seed and the order that brought them."""

import random
from dataclasses import dataclass, replace

from simulator.rhythm import Rhythm
from simulator.seeds import Weighted, hexadecimal, scramble, stream, uuid
from simulator.timestamps import DAY, MINUTE
from simulator.words import (
    AREA_CODES,
    DISTRICTS,
    FIRST_NAMES,
    LAST_NAMES,
    PLACES,
    SHELVES,
    STREETS,
    Place,
)

_NEW_CUSTOMER = 0.55  # of orders; the others are made by somebody who ordered before
_PLACES = Weighted(PLACES, [place.weight for place in PLACES])
_DEPARTMENTS = tuple(dict.fromkeys(shelf.department for shelf in SHELVES))


@dataclass(slots=True, frozen=True)
class Address:
    """Where a customer lives. `document_id` is Master Data's, `address_id` the checkout's."""

    document_id: str
    address_id: str
    place: Place
    street: str
    number: str
    district: str
    postal_code: str


@dataclass(slots=True, frozen=True)
class State:
    """What is true of a customer from an instant on."""

    since: int
    address: Address
    is_opted_in: bool


@dataclass(slots=True, frozen=True)
class Customer:
    """A person's account. Guests have no profile and no documents of their own.

    `person` is the number of the account that the person had first; further accounts have the same
    document, or tell none (`is_undocumented`) and have the same e-mail address, spelled otherwise.
    """

    number: int
    person: int
    first_name: str
    last_name: str
    document: str
    phone: str
    email: str
    alias: str
    profile_id: str
    client_id: str
    is_guest: bool
    is_corporate: bool
    departments: tuple[str, ...]
    states: tuple[State, ...]
    is_undocumented: bool = False

    def at(self, instant: int) -> State:
        """Return the state that holds at an instant."""
        current = self.states[0]
        for state in self.states[1:]:
            if state.since <= instant:
                current = state
        return current


def customer_of(seed: int, order: int) -> int:
    """Return the number of the customer behind an order: that of the customer's first order.

    Either the order brings a new customer, or it is made by whoever made a random earlier order.
    The more one bought, the likelier one is met again (Yule and Simon), which gives the heavy
    tail of real shops without remembering anybody.
    """
    while order:
        bits = scramble(seed ^ 0x5EED, order)
        if (bits & 0xFFFF) / 0x10000 < _NEW_CUSTOMER:
            break
        order = (bits >> 16) * order >> 48
    return order


def spelled(phone: str, form: int) -> str:
    """Write a phone (+55, area, number) in one of the seven ways in which Brazilians do."""
    area, number = phone[3:5], phone[5:]
    return (
        phone,
        f"({area}) {number[:-4]}-{number[-4:]}",
        f"0{area}{number}",
        f"{area}{number}",
        f"55{area}{number}",
        f"0 xx {area} {number[:-4]} {number[-4:]}",
        f"{area} {number[-8:-4]}-{number[-4:]}",  # as before mobile numbers began with a 9
    )[form]


def cpf(number: int) -> str:
    """Return a document number of valid form, different for each of 10**9 numbers."""
    digits = [int(digit) for digit in f"{(number * 387_420_489 + 123_456_789) % 10**9:09}"]
    for length in (10, 11):
        total = sum(
            digit * weight for digit, weight in zip(digits, range(length, 1, -1), strict=True)
        )
        digits.append(total * 10 % 11 % 10)
    return "".join(map(str, digits))


def phone_digits(seed: int, number: int) -> str:
    """Return the last eight digits of a telephone, different for each of 99,999,989 numbers."""
    return f"{(number * 7_654_321 + seed) % 99_999_989:08}"


def document_of(seed: int, person: int) -> str:
    """Return the document of a person, given the number of the account that they had first."""
    return cpf(person + seed % 1000 * 10**6)


class Customers:
    """The people of a store."""

    def __init__(self, seed: int, rhythm: Rhythm) -> None:
        self._seed = seed
        self._rhythm = rhythm

    def get(self, number: int) -> Customer:
        """Return a customer, made anew each time."""
        rng = stream(self._seed, "customer", number)
        first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
        plain = (first + "." + last).lower().translate(_PLAIN)
        place = _PLACES.pick(rng)
        # One in 16 phones is a landline, without the 9.
        subscriber = phone_digits(self._seed, number)
        mobile = "9" if scramble(73, number) % 16 else ""
        customer = Customer(
            number=number,
            person=self.person_of(number),
            first_name=first,
            last_name=last,
            document=document_of(self._seed, number),
            phone=f"+55{AREA_CODES.get(place.state, '11')}{mobile}{subscriber}",
            email=f"{plain}.{number}@example.com",
            alias=f"{hexadecimal(rng)}@ct.vtex.com.br",
            profile_id=uuid(rng),
            client_id=uuid(rng),
            is_guest=rng.random() < 0.12,
            is_corporate=rng.random() < 0.03,
            departments=tuple(rng.sample(_DEPARTMENTS, 2)),
            states=self._life(number, place),
        )
        return customer if customer.person == number else self._again(customer)

    def person_of(self, number: int) -> int:
        """Return the number of the account that a customer had first: mostly this one.

        Whoever buys often has no more accounts than others, and hardly anybody has three.
        """
        bits = scramble(self._seed ^ 0x7715, number)
        if number == 0 or bits % 100 >= 7:
            return number
        earlier = (bits >> 16) % number
        is_account = customer_of(self._seed, earlier) == earlier
        return earlier if is_account and self.person_of(earlier) == earlier else number

    def _again(self, account: Customer) -> Customer:
        """Return a further account of a person who has been here before."""
        first = self.get(account.person)
        person = replace(account, first_name=first.first_name, last_name=first.last_name)
        person = replace(person, document=first.document, phone=first.phone)
        if first.is_guest or account.is_guest or scramble(79, account.number) % 4:
            return person
        local, domain = first.email.split("@")
        same = f"{local}+loja@{domain}" if account.number % 2 else first.email.upper()
        return replace(person, is_undocumented=True, email=same, is_corporate=False)

    def _life(self, number: int, place: Place) -> tuple[State, ...]:
        rng = stream(self._seed, "life", number)
        since = self._rhythm.time_of(number) - rng.randrange(2 * MINUTE, 50 * MINUTE)
        states = [State(since, _address(rng, place), rng.random() < 0.35)]
        while rng.random() < 0.2:
            last = states[-1]
            since = last.since + rng.randrange(DAY, 120 * DAY)
            if since >= self._rhythm.ends_at:
                break  # what the store's history does not cover has not happened
            if rng.random() < 0.4:
                states.append(State(since, _address(rng, _PLACES.pick(rng)), last.is_opted_in))
            else:
                states.append(State(since, last.address, not last.is_opted_in))
        return tuple(states)


def _address(rng: random.Random, place: Place) -> Address:
    return Address(
        document_id=uuid(rng),
        address_id=str(rng.randrange(10**12, 10**13)),
        place=place,
        street=rng.choice(STREETS),
        number=str(rng.randrange(1, 2500)),
        district=rng.choice(DISTRICTS),
        postal_code=f"{place.postal_prefix}-{rng.randrange(1000):03}",
    )


_PLAIN = str.maketrans("áâãéêíóôõúüçô", "aaaeeiooouuco")
