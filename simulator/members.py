"""Who has a shop's card: when each of them comes by, and what they need again and again.

A member's visits follow a cycle of their own, so that those of a day are found without looking
at anybody else, and the visit before without remembering it. Members are pure functions of the
seed and their numbers, as customers are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from simulator.assortment import Article, Assortment
from simulator.customers import Customers, customer_of, phone_digits
from simulator.seeds import scramble, stream
from simulator.shops import BY_WEIGHT, TillShop, is_closed
from simulator.timestamps import DAY

_CYCLES = (4, 7, 7, 9, 10, 14, 21, 30)  # days from one visit to the next
_DELAYS = (0, 0, 0, 1, 1, 2)  # days, by which a visit falls after its turn
_LEFT_OUT = 8  # percent of visits
_DAILY = sum(1 / cycle for cycle in _CYCLES) / len(_CYCLES) * (1 - _LEFT_OUT / 100)
_STILL_COMING = 0.9  # of members, on average
_FIRST_CARD = 700_001
_STRANGERS = 550_000_000  # the number, as a person, of the first member who never buys on the site
_ACCOUNTS = 4  # numbers of purchases among which a member's account on the site is looked for
_STRIDE = 1_000_003  # a prime, so that no two members have one block of accounts


def card_of(number: int) -> str:
    """Return the till's id of a member."""
    return str(_FIRST_CARD + number)


def person_of(number: int, account: int | None) -> int:
    """Return the person who a member is: one of the site, or somebody whom it never meets."""
    return _STRANGERS + number if account is None else account


class Visit(NamedTuple):
    """A member comes by on a day; `before` is the day of their last visit, or of joining."""

    member: int
    day: int
    before: int
    is_first: bool


class Favourite(NamedTuple):
    """What a member needs every `interval` days; `phase` shifts the days of theirs."""

    article: Article
    interval: int
    phase: int
    units: int

    def is_due(self, visit: Visit) -> bool:
        """Tell whether it has been used up since the visit before."""
        return (visit.day + self.phase) // self.interval > (
            visit.before + self.phase
        ) // self.interval


@dataclass(slots=True, frozen=True)
class Member:
    """A member. `account` is the person of the site, if they buy there too.

    `person` stands for the document, which a few do not tell (`has_document`), as few do not tell
    a phone.
    """

    number: int
    account: int | None
    person: int
    has_document: bool
    has_phone: bool
    shop: TillShop
    favourites: tuple[Favourite, ...]

    @property
    def card(self) -> str:
        """The till's id of the member."""
        return card_of(self.number)


class Members:
    """Everybody with a card; on average of the `days` of the history `daily` of them come by.

    Their number grows, and some stop coming. `history` is the number of purchases on the site.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what they are a function of
        self,
        seed: int,
        customers: Customers,
        assortment: Assortment,
        begins_at: int,
        daily: float,
        days: int,
        history: int,
    ) -> None:
        self._seed = seed
        self._customers = customers
        self._assortment = assortment
        self._begins_at = begins_at
        members = daily / _DAILY / _STILL_COMING
        self._first, self._growth = members * 0.75, members * 0.5 / days
        self._blocks = history // _ACCOUNTS
        self.get = lru_cache(100)(self._make)

    def count(self, day: int) -> int:
        """Return how many members there are on a day, those who stopped coming included."""
        return int(self._first + self._growth * max(day, 0)) + 1

    def joined_on(self, number: int) -> int:
        """Return the day on which a member got the card: -1 if it was before the history."""
        if number < self.count(-1):
            return -1
        day = int((number - self._first) / self._growth)
        while self.count(day) <= number:
            day += 1
        while self.count(day - 1) > number:
            day -= 1
        return day

    def _last_day(self, number: int, joined: int) -> int | None:
        bits = scramble(self._seed ^ 0x1A57, number)
        return joined + 20 + (bits >> 8) % 240 if bits % 100 < 22 else None

    def visits(self, day: int) -> Iterator[Visit]:
        """Yield who comes by on a day, by their numbers."""
        if is_closed(self._begins_at + day * DAY):
            return
        count = self.count(day)
        for slot, cycle in enumerate(_CYCLES):
            for delay in sorted(set(_DELAYS)):
                turn, phase = divmod(day - delay, cycle)
                for number in range(phase * len(_CYCLES) + slot, count, cycle * len(_CYCLES)):
                    if self._delay(number, turn) == delay:
                        visit = self._visit(number, day, turn, cycle)
                        if visit:
                            yield visit

    def _delay(self, number: int, turn: int) -> int | None:
        """Return by how many days a visit is late, or None if it is left out."""
        bits = scramble(self._seed ^ 0x715D, number << 16 | turn & 0xFFFF)
        return None if bits % 100 < _LEFT_OUT else _DELAYS[(bits >> 8) % len(_DELAYS)]

    def _visit(self, number: int, day: int, turn: int, cycle: int) -> Visit | None:
        joined = self.joined_on(number)
        last = self._last_day(number, joined)
        if last is not None and day > last:
            return None
        phase = number // len(_CYCLES) % cycle
        while True:
            turn -= 1
            delay = self._delay(number, turn)
            before = turn * cycle + phase + (delay or 0)
            if before <= max(joined, 0) - 1:
                return Visit(number, day, max(joined, 0) - cycle, is_first=True)
            if delay is not None and not is_closed(self._begins_at + before * DAY):
                return Visit(number, day, before, is_first=False)

    def _make(self, number: int) -> Member:
        rng = stream(self._seed, "member", number)
        account = self._account(number)
        favourites: dict[int, Favourite] = {}
        for _ in range(rng.randint(5, 12)):
            article = self._assortment.pick_lasting(rng)
            interval = max(3, int(article.days * (0.7 + 0.7 * rng.random())))
            units = 1 + (rng.random() < 0.25)
            phase = rng.randrange(interval)
            favourites[article.place] = Favourite(article, interval, phase, units)
        return Member(
            number=number,
            account=account,
            person=person_of(number, account),
            has_document=rng.random() >= 0.08,
            has_phone=rng.random() >= 0.1,
            shop=BY_WEIGHT.pick(rng),
            favourites=tuple(favourites.values()),
        )

    def _account(self, number: int) -> int | None:
        """Return the person on the site who a member is: of some number of purchases, the first.

        No two members are one person, and most are somebody on the site.
        """
        if number >= self._blocks or scramble(self._seed ^ 0xCA5D, number) % 8 == 0:
            return None
        first = number * _STRIDE % self._blocks * _ACCOUNTS
        for account in range(first, first + _ACCOUNTS):
            is_account = customer_of(self._seed, account) == account
            if is_account and self._customers.person_of(account) == account:
                return account
        return None

    def phone_of(self, member: Member) -> str | None:
        """Return the phone that a member tells, if any: the one that the site knows."""
        if not member.has_phone:
            return None
        if member.account is not None:
            return self._customers.get(member.account).phone
        return f"+55119{phone_digits(self._seed, member.person)}"

    def version_on(self, number: int, day: int) -> int:
        """Return how often a member has changed their mind about messages until a day."""
        bits = scramble(self._seed ^ 0x0B7A, number)
        return int(bits % 100 < 15 and day >= self.joined_on(number) + 30 + (bits >> 8) % 300)

    def accepts_messages(self, number: int, version: int) -> bool:
        """Tell whether a member wants messages, given how often they changed their mind."""
        return (scramble(self._seed ^ 0xACCE, number) % 100 < 60) != (version % 2 == 1)
