"""Campaigns: whom they invite, and which coupons take something off what."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from simulator.assortment import Article, Assortment
from simulator.members import Members
from simulator.seeds import scramble, stream

_FIRST, _EVERY = 4, 16  # days of the history: when one begins, and the next
_COUPONS = 5
_BESIDE = 3  # places from a coupon's product on either side, of whose like it is good for, too
_INVITED = 150  # members, at most
_ADDED_AFTER = 2  # days, when some campaigns invite more
_RIPE = 31  # days since a member joined, before they are invited
ANNOUNCED_AT = 10 * 60  # minutes after midnight


def campaign_id(number: int) -> str:
    """Return the id of a campaign."""
    return str(number + 1)


@dataclass(slots=True, frozen=True)
class Coupon:
    """What takes `percent` off one line of any of its articles."""

    campaign_id: str
    code: str
    percent: int
    articles: tuple[Article, ...]
    places: frozenset[int]


@dataclass(slots=True, frozen=True)
class Campaign:
    """A campaign from day `first` to day `last`. It invites every `step`th member from `offset`.

    `added` more are invited some days after it began.
    """

    number: int
    kind: str
    first: int
    last: int
    offset: int
    step: int
    size: int
    added: int
    coupons: tuple[Coupon, ...]

    @property
    def campaign_id(self) -> str:
        """Its id."""
        return campaign_id(self.number)

    def members_on(self, day: int) -> list[int]:
        """Return the numbers of the members invited until a day."""
        members = [self.offset + self.step * place for place in range(self.size)]
        if self.added and day >= self.first + _ADDED_AFTER:
            members += [self.offset + 1 + self.step * place for place in range(self.added)]
        return members

    def invites(self, member: int, day: int) -> bool:
        """Tell whether a member was invited before a day."""
        place, rest = divmod(member - self.offset, self.step)
        if rest == 0:
            return 0 <= place < self.size
        return rest == 1 and 0 <= place < self.added and day > self.first + _ADDED_AFTER


class Campaigns:
    """All campaigns, each a function of its number."""

    def __init__(self, seed: int, assortment: Assortment, members: Members) -> None:
        self._seed = seed
        self._assortment = assortment
        self._members = members
        self._get = lru_cache(8)(self._make)

    def announced(self, day: int) -> Iterator[Campaign]:
        """Yield the campaigns that are announced, or invite more members, on a day."""
        for said_on in (day + 1, day - _ADDED_AFTER):
            number, rest = divmod(said_on - _FIRST, _EVERY)
            if rest == 0 and number >= 0:
                campaign = self._get(number)
                if said_on > day or campaign.added:
                    yield campaign

    def coupons_of(self, member: int, day: int) -> list[Coupon]:
        """Return the coupons that a member can use on a day."""
        newest = (day - _FIRST) // _EVERY
        return [
            coupon
            for number in (newest - 1, newest)
            if number >= 0 and self._get(number).last >= day
            if self._get(number).invites(member, day)
            for coupon in self._get(number).coupons
        ]

    def _make(self, number: int) -> Campaign:
        rng = stream(self._seed, "campaign", number)
        first = _FIRST + number * _EVERY
        count = self._members.count(first - _RIPE)
        size = min(_INVITED, (count + 2) // 3)
        step = max(count // size, 2)
        offset = rng.randrange(step)
        size = min(size, (count - offset + step - 1) // step)
        coupons: dict[str, Coupon] = {}
        while len(coupons) < _COUPONS:
            coupon = self._coupon(number, len(coupons), self._assortment.pick(rng))
            coupons[coupon.code] = coupon
        return Campaign(
            number=number,
            kind=("Tipo A", "Tipo B", "Tipo C")[number % 3],
            first=first,
            last=first + 12 + number % 3 * 7,
            offset=offset,
            step=step,
            size=size,
            added=size // 5 if number % 3 == 1 else 0,
            coupons=tuple(coupons.values()),
        )

    def _coupon(self, number: int, place: int, article: Article) -> Coupon:
        bits = scramble(self._seed ^ 0xC0DE, number << 8 | place)
        shelf = self._assortment.shelf_of(article)
        articles = tuple(each for each in shelf if abs(each.place - article.place) <= _BESIDE)
        return Coupon(
            campaign_id=campaign_id(number),
            code=f"7{number:05}{place:02}{bits % 1000:03}",
            percent=(15, 20, 30, 50)[bits >> 12 & 3],
            articles=articles,
            places=frozenset(each.place for each in articles),
        )
