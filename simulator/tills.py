"""A day at the shops: who comes, what they buy, and what the tills tell of it."""

import random

from simulator import till_documents as shapes
from simulator.assortment import Assortment
from simulator.campaigns import ANNOUNCED_AT, Campaigns
from simulator.catalogue import Catalogue
from simulator.customers import Customers, customer_of
from simulator.members import Member, Members, Visit, card_of
from simulator.receipts import Basket, Receipt, ReceiptLine, corrected, pay
from simulator.rhythm import Rhythm, day_weight
from simulator.seeds import scramble, stream
from simulator.shops import (
    BY_WEIGHT,
    CLOSES,
    HOURS,
    OPENS,
    TillShop,
    at_work,
    hired,
    is_closed,
    on_clock,
    on_line_again,
    operator_id,
)
from simulator.timestamps import DAY, HOUR, MINUTE, SECOND, local_date
from simulator.transport import Transport, text_of
from simulator.truth import Truth

_WALK_INS = 0.15  # of receipts are of people without a card
_KNOWN_WALK_INS = 0.25  # of those tell their document, which is somebody's on the site
_FIRST_PAID, _LAST_PAID = OPENS * 60 + 4, CLOSES * 60 - 12  # minutes after midnight
_AT_HOME = 0.85  # of a member's visits are to one shop
_CORRECTED = 0.01


class Tills:
    """The shops and their tills, day by day; a day needs to know nothing of the days before it.

    On average of the `days` of the history there are `daily` receipts a day; `history` is the
    number of its purchases on the site.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what the shops are part of
        self,
        seed: int,
        rhythm: Rhythm,
        catalogue: Catalogue,
        customers: Customers,
        daily: float,
        days: int,
        history: int,
        transport: Transport,
        truth: Truth,
    ) -> None:
        self._seed = seed
        self._rhythm = rhythm
        self._customers = customers
        self.transport = transport
        self._truth = truth
        self._walk_ins_a_day = daily * _WALK_INS
        self._assortment = Assortment(seed, catalogue)
        people = (seed, customers, self._assortment, rhythm.begins_at)
        self._members = Members(*people, daily * (1 - _WALK_INS), days, history)
        self._campaigns = Campaigns(seed, self._assortment, self._members)

    def open(self) -> None:
        """Tell of the operators and the members whom the shops know before the history begins."""
        self._tell_operators(-1)
        for number in range(self._members.count(-1)):
            member = self._members.get(number)
            at = on_clock(member.shop, self._begins(-1), 9 * 60 + 30 + number % 600)
            self._register(member, member.shop, -1, at)

    def tell_day(self, day: int) -> None:
        """Tell everything that the shops and the campaigns' makers tell on a day."""
        self._tell_operators(day)
        self._tell_campaigns(day)
        for visit in self._members.visits(day):
            self._tell_visit(visit)
        self._tell_walk_ins(day)

    def _begins(self, day: int) -> int:
        return self._rhythm.begins_at + day * DAY

    def _tell(
        self, contract: str, document: shapes.Document, shop: TillShop, day: int, at: int
    ) -> None:
        """Send what a shop's till tells: at once, or when the shop is on line again."""
        attributes = {"contract": contract, "store_id": shop.shop_id}
        if shop.is_terse:
            del attributes["contract"]
        back = on_line_again(self._seed, shop, day)
        if back is not None:
            self._truth.tills.count_held_back(contract, shop)
            at = on_clock(shop, self._begins(back), 7 * 60) + scramble(at, 5) % (2 * HOUR)
        self.transport.send(contract, at, text_of(document), attributes)

    def _tell_operators(self, day: int) -> None:
        for operator, minute in hired(self._seed, day):
            at = on_clock(operator.shop, self._begins(day), minute)
            self._truth.tills.count_operator(operator)
            self._tell("pos.operator", shapes.operator(operator, at), operator.shop, day, at)

    def _tell_campaigns(self, day: int) -> None:
        for campaign in self._campaigns.announced(day):
            at = self._begins(day) + ANNOUNCED_AT * MINUTE
            members = campaign.members_on(day)
            self._truth.tills.count_campaign(campaign, len(members))
            cards = [card_of(number) for number in members]
            start = local_date(self._rhythm.begins_at)
            document = shapes.campaign(campaign, cards, start, at)
            self.transport.send("marketing.campaign", at, text_of(document))

    def _register(self, member: Member, shop: TillShop, day: int, at: int) -> None:
        version = self._members.version_on(member.number, day)
        accepts = self._members.accepts_messages(member.number, version)
        told = shapes.Registration(member, shop, at, self._members.phone_of(member), accepts)
        self._truth.tills.count_registration(told)
        self._tell("pos.customer", shapes.customer(self._seed, told), shop, day, at)

    def _tell_visit(self, visit: Visit) -> None:
        number, day = visit.member, visit.day
        rng = stream(self._seed, "receipt", day << 40 | number)
        member = self._members.get(number)
        shop = member.shop if rng.random() < _AT_HOME else BY_WEIGHT.pick(rng)
        at = self._moment(rng, shop, self._begins(day))
        self._tell_news(visit, member, shop, at)
        card, person = _identity(rng, member)
        coupons = self._campaigns.coupons_of(number, day) if card else []
        basket = Basket(rng, self._assortment)
        basket.take_favourites(member, visit)
        basket.take_offers(coupons)
        basket.take_along()
        lines = tuple(basket.lines(day, coupons))
        receipt = self._receipt(rng, f"1{number:08}", shop, day, at, lines)
        self._tell_receipt(rng, receipt._replace(card=card, person=person), member)

    def _tell_news(self, visit: Visit, member: Member, shop: TillShop, at: int) -> None:
        """Tell of a member who gets the card, or has changed their mind since the visit before."""
        is_new = visit.is_first and self._members.joined_on(visit.member) >= 0
        then, now = (
            self._members.version_on(visit.member, day) for day in (visit.before, visit.day)
        )
        if is_new or then != now:
            self._register(member, shop, visit.day, at - 3 * MINUTE)

    def _tell_walk_ins(self, day: int) -> None:
        begins_at = self._begins(day)
        if is_closed(begins_at):
            return
        expected = self._walk_ins_a_day * day_weight(local_date(begins_at))
        luck = scramble(self._seed ^ 0x3A1C, day) / 2**64
        known = self._rhythm.orders_before(begins_at)
        for number in range(int(expected + luck)):
            rng = stream(self._seed, "walk-in", day << 40 | number)
            shop = BY_WEIGHT.pick(rng)
            at = self._moment(rng, shop, begins_at)
            person = None
            if known and rng.random() < _KNOWN_WALK_INS:
                account = customer_of(self._seed, rng.randrange(known))
                person = self._customers.person_of(account)
            basket = Basket(rng, self._assortment)
            basket.take_along()
            lines = tuple(basket.lines(day, []))
            receipt = self._receipt(rng, f"2{number:08}", shop, day, at, lines)
            self._tell_receipt(rng, receipt._replace(person=person), None)

    @staticmethod
    def _moment(rng: random.Random, shop: TillShop, begins_at: int) -> int:
        minutes = HOURS.pick(rng) * 60 + rng.randrange(60)
        at = on_clock(shop, begins_at, min(max(minutes, _FIRST_PAID), _LAST_PAID))
        return at + rng.randrange(60) * SECOND

    def _receipt(  # noqa: PLR0913, PLR0917 - what it says
        self,
        rng: random.Random,
        number: str,
        shop: TillShop,
        day: int,
        at: int,
        lines: tuple[ReceiptLine, ...],
    ) -> Receipt:
        """Return the receipt of somebody who says nothing of themselves."""
        total = sum(line.net_cents for line in lines)
        return Receipt(
            number=f"{shop.number:02}{day:05}{number}",
            shop=shop,
            operator_id=operator_id(shop, rng.choice(at_work(day))),
            day=day,
            at=at,
            card=None,
            person=None,
            lines=lines,
            payments=pay(rng, total),
        )

    def _tell_receipt(self, rng: random.Random, receipt: Receipt, member: Member | None) -> None:
        told = [receipt]
        if rng.random() < _CORRECTED and (again := corrected(rng, receipt)):
            told.append(again)
        last = told[-1]
        today = local_date(self._begins(receipt.day))
        self._truth.tills.count_receipt(
            last, today.isoformat(), member, is_corrected=last is not receipt
        )
        for each in told:
            self._tell(
                "pos.receipt", shapes.receipt(self._seed, each), each.shop, each.day, each.at
            )
        for line in last.lines:
            if line.coupon:
                at = receipt.at + rng.randrange(60, 1800) * SECOND
                document = shapes.redemption(receipt, line.coupon, today, at)
                self._tell("marketing.coupon_redemption", document, receipt.shop, receipt.day, at)


def _identity(rng: random.Random, member: Member) -> tuple[str | None, int | None]:
    """Return what a member says at the till: the card, the person of the document, or neither."""
    person = member.person if member.has_document else None
    how = rng.random()
    if how < 0.07:
        return None, None
    if how < 0.13 and person is not None:
        return None, person
    return member.card, None if how < 0.2 else person
