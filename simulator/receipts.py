"""What tills sell: receipts, and the baskets behind them. Money is in cents."""

import random
from collections.abc import Iterator
from typing import NamedTuple

from simulator.assortment import Article, Assortment, Product
from simulator.campaigns import Coupon
from simulator.groceries import PAYMENTS
from simulator.members import Member, Visit
from simulator.seeds import Weighted
from simulator.shops import TillShop
from simulator.timestamps import SECOND

_PAYMENTS = Weighted(PAYMENTS, (30, 25, 25, 14, 6))
_REMEMBERED = 0.85  # of what is due is bought here
_TAKEN_ALONG = Weighted(range(7), (18, 24, 22, 16, 10, 6, 4))
_WITH_PARTNER = 0.3
_BUYS_WITH_COUPON, _USES_COUPON = 0.06, 0.5
_EMPTIES = "VASILHAME RETORNAVEL"


class ReceiptLine(NamedTuple):
    """A line; `thousandths` of units, or of kilograms where `is_weighed`."""

    product: Product
    thousandths: int
    is_weighed: bool
    unit_cents: int
    gross_cents: int
    discount_cents: int = 0
    coupon_cents: int = 0
    coupon: Coupon | None = None
    is_of_catalogue: bool = False

    @property
    def net_cents(self) -> int:
        """What the customer pays for it."""
        return self.gross_cents - self.discount_cents - self.coupon_cents


class Receipt(NamedTuple):
    """A receipt. `card` and `person` are what it says of its customer: a till's id, a document.

    `day` is the day on the till's own clock.
    """

    number: str
    shop: TillShop
    operator_id: str
    day: int
    at: int
    card: str | None
    person: int | None
    lines: tuple[ReceiptLine, ...]
    payments: tuple[tuple[str, int], ...]

    @property
    def net_cents(self) -> int:
        """What is paid."""
        return sum(line.net_cents for line in self.lines)


class Basket:
    """What somebody carries to the till, as it fills."""

    def __init__(self, rng: random.Random, assortment: Assortment) -> None:
        self._rng = rng
        self._assortment = assortment
        self._units: dict[int, int] = {}

    def take_favourites(self, member: Member, visit: Visit) -> None:
        """Take most of what a member has used up."""
        for favourite in member.favourites:
            if favourite.is_due(visit) and self._rng.random() < _REMEMBERED:
                self._units[favourite.article.place] = favourite.units

    def take_along(self) -> None:
        """Take what catches the eye, and what goes with it or with what was due."""
        rng = self._rng
        for _ in range(_TAKEN_ALONG.pick(rng)):
            self._take(self._assortment.pick(rng))
        for place in list(self._units):
            if rng.random() < _WITH_PARTNER:
                partner = self._assortment.partner(rng, self._assortment.articles[place])
                if partner:
                    self._take(partner)
        if not self._units:
            self._take(self._assortment.pick(rng))

    def take_offers(self, coupons: list[Coupon]) -> None:
        """Take something for some of the coupons at hand."""
        for coupon in coupons:
            if self._rng.random() < _BUYS_WITH_COUPON:
                self._take(self._rng.choice(coupon.articles))

    def _take(self, article: Article) -> None:
        units = 1 if self._rng.random() < 0.85 else self._rng.randint(2, 4)
        self._units.setdefault(article.place, units)

    def lines(self, day: int, coupons: list[Coupon]) -> Iterator[ReceiptLine]:
        """Yield the lines, with the week's discounts and with coupons, which count once each."""
        rng, left = self._rng, list(coupons)
        for place, units in self._units.items():
            article = self._assortment.articles[place]
            line = self._line(article, units, day)
            for coupon in left:
                if place in coupon.places and line.gross_cents and rng.random() < _USES_COUPON:
                    left.remove(coupon)
                    off = line.net_cents * coupon.percent // 100
                    line = line._replace(coupon_cents=off, coupon=coupon if off else None)
                    break
            yield line
        if rng.random() < 0.004:
            product = Product("VAS", _EMPTIES, "Bebidas", "Vasilhames", "")
            yield ReceiptLine(product, 1000, False, -250, -250)

    def _line(self, article: Article, units: int, day: int) -> ReceiptLine:
        rng = self._rng
        price = article.price_on(day)
        thousandths = units * 1000
        if article.is_weighed:
            thousandths = max(int(rng.gauss(600, 250)), 80) * units
        if rng.random() < 0.0008:
            thousandths = 0  # taken off the bill again
        gross = (price * thousandths + 500) // 1000
        return ReceiptLine(
            article.product,
            thousandths,
            article.is_weighed,
            price,
            gross,
            gross * self._assortment.discount_percent(article, day) // 100,
            is_of_catalogue=article.sku is not None,
        )


def pay(rng: random.Random, cents: int) -> tuple[tuple[str, int], ...]:
    """Return how a total is paid: mostly in one way; what is paid back, in cash."""
    if cents <= 0:
        return (("dinheiro", cents),) if cents else ()
    kind = _PAYMENTS.pick(rng)
    if cents > 1000 and rng.random() < 0.08:
        part = rng.randrange(1, cents // 100) * 100
        other = _PAYMENTS.pick(rng)
        if other != kind:
            return ((kind, part), (other, cents - part))
    return ((kind, cents),)


def corrected(rng: random.Random, receipt: Receipt) -> Receipt | None:
    """Return what a till says minutes later: a line without a coupon was typed in wrongly."""
    wrong = [
        place
        for place, line in enumerate(receipt.lines)
        if line.coupon is None and line.thousandths >= 1000 and not line.is_weighed
    ]
    if len(receipt.lines) < 2 or not wrong:
        return None
    lines = list(receipt.lines)
    del lines[rng.choice(wrong)]
    return receipt._replace(
        at=receipt.at + rng.randrange(60, 540) * SECOND,
        lines=tuple(lines),
        payments=pay(rng, sum(line.net_cents for line in lines)),
    )
