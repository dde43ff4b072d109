"""What the shops know of themselves, counted from what happened at their tills."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, MutableSequence
from typing import Any

from simulator.campaigns import Campaign
from simulator.customers import document_of
from simulator.members import Member, card_of, person_of
from simulator.receipts import Receipt
from simulator.shops import Operator, TillShop
from simulator.till_documents import Registration


def _sums(receipt: Receipt) -> dict[str, int]:
    thousandths = gross = discount = coupon = 0
    for line in receipt.lines:
        thousandths += line.thousandths
        gross += line.gross_cents
        discount += line.discount_cents
        coupon += line.coupon_cents
    return {
        "receipts": 1,
        "lines": len(receipt.lines),
        "thousandths": thousandths,
        "gross_cents": gross,
        "discount_cents": discount,
        "coupon_cents": coupon,
        "net_cents": gross - discount - coupon,
    }


# What is known of a member, in bits.
_REGISTERED, _HAS_DOCUMENT, _HAS_PHONE, _ACCEPTS_MESSAGES = 1, 2, 4, 8


def _lengthen(figures: MutableSequence[int], number: int) -> None:
    figures.extend([0] * (number + 1 - len(figures)))


class _Spent:
    """Receipts and cents of people, by their numbers. Memory is 12 bytes a number."""

    def __init__(self) -> None:
        self._receipts = array("I")
        self._cents = array("q")

    def add(self, number: int, cents: int) -> None:
        """Count a receipt."""
        _lengthen(self._receipts, number)
        _lengthen(self._cents, number)
        self._receipts[number] += 1
        self._cents[number] += cents

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        """Yield number, receipts and cents of those who have any."""
        for number, receipts in enumerate(self._receipts):
            if receipts:
                yield number, receipts, self._cents[number]

    def of(self, number: int) -> tuple[int, int]:
        """Return receipts and cents of one of them."""
        is_there = number < len(self._receipts)
        return (self._receipts[number], self._cents[number]) if is_there else (0, 0)


class TillTruth:
    """Figures of receipts as they were last told, by the day on the till's own clock.

    `thousandths` are of units and of kilograms. `customers` are people who are known to the tills:
    by a document, by the telephone of somebody who bought on the site, else by their cards.
    Memory follows the days, and is 21 bytes a member and 12 a purchase at most.
    """

    def __init__(self) -> None:
        self.seed = 0  # of the store, for its people's documents
        self.entities: Counter[str] = Counter()
        self._total: Counter[str] = Counter()
        self._by: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
        self._payments: dict[str, Counter[str]] = defaultdict(Counter)
        self._campaigns: dict[str, Counter[str]] = defaultdict(Counter)
        self._held_back: dict[str, Counter[str]] = defaultdict(Counter)
        self._operators: set[str] = set()
        self._members = bytearray()
        self._accounts = array("q")  # of members on the site; -1 for none
        self._spent = _Spent()  # by members
        self._spent_by_document = _Spent()  # by people of the site who told only that

    def count_receipt(
        self, receipt: Receipt, day: str, member: Member | None, *, is_corrected: bool
    ) -> None:
        """Count a receipt of a local day as its till leaves it."""
        self.entities["pos.receipt"] += 1
        sums = _sums(receipt)
        self._total["corrected"] += is_corrected
        self._by[day][receipt.shop.shop_id].update(sums)
        for kind, cents in receipt.payments:
            self._payments[kind].update(payments=1, cents=cents)
        for line in receipt.lines:
            self._total["catalogue_lines" if line.is_of_catalogue else "grocery_lines"] += 1
            if line.coupon:
                self.entities["marketing.coupon_redemption"] += 1
                counts = self._campaigns[line.coupon.campaign_id]
                counts.update(redemptions=1, coupon_cents=line.coupon_cents)
        if receipt.card is None and receipt.person is None:
            self._total["without_customer"] += 1
        elif member:
            self._spent.add(member.number, receipt.net_cents)
        elif receipt.person is not None:
            self._spent_by_document.add(receipt.person, receipt.net_cents)

    def count_registration(self, told: Registration) -> None:
        """Count what a member tells of themselves; the last time counts."""
        member = told.member
        _lengthen(self._members, member.number)
        _lengthen(self._accounts, member.number)
        self.entities["pos.customer"] += not self._members[member.number]
        self._accounts[member.number] = -1 if member.account is None else member.account
        self._members[member.number] = (
            _REGISTERED
            | _HAS_DOCUMENT * member.has_document
            | _HAS_PHONE * (told.phone is not None)
            | _ACCEPTS_MESSAGES * told.accepts_messages
        )

    def count_operator(self, operator: Operator) -> None:
        """Count somebody at the tills, once."""
        self._operators.add(operator.operator_id)
        self.entities["pos.operator"] = len(self._operators)

    def count_campaign(self, campaign: Campaign, members: int) -> None:
        """Count a campaign by what is last told of it."""
        counts = self._campaigns[campaign.campaign_id]
        self.entities["marketing.campaign"] += "members" not in counts
        counts["members"] = members
        counts["coupons"] = len(campaign.coupons)

    def count_held_back(self, contract: str, shop: TillShop) -> None:
        """Count a message that its shop, cut off, could not send on its day."""
        self._held_back[contract][shop.shop_id] += 1

    def _customers(self, bought: bytearray) -> dict[str, dict[str, Any]]:
        """Return the people whom the tills know; `bought` says who has on the site, by number."""
        people: dict[str, dict[str, Any]] = {}

        def add(name: str, receipts: int, cents: int, *, is_online: bool) -> dict[str, Any]:
            counts = people.setdefault(
                name, {"till_ids": [], "receipts": 0, "net_cents": 0, "bought_online": is_online}
            )
            counts["receipts"] += receipts
            counts["net_cents"] += cents
            return counts

        def is_online(person: int | None) -> bool:
            return person is not None and person < len(bought) and bought[person] > 0

        for number, known in enumerate(self._members):
            if not known:
                continue
            account = None if self._accounts[number] < 0 else self._accounts[number]
            person = None
            if known & _HAS_DOCUMENT:
                person = person_of(number, account)
            elif known & _HAS_PHONE and is_online(account):
                person = account
            name = f"till-{card_of(number)}"
            if person is not None:
                name = document_of(self.seed, person)
            counts = add(name, *self._spent.of(number), is_online=is_online(person))
            counts["till_ids"].append(card_of(number))
        for number, receipts, cents in self._spent_by_document:
            add(document_of(self.seed, number), receipts, cents, is_online=is_online(number))
        return people

    def as_dict(self, bought: bytearray) -> dict[str, Any]:
        """Return everything, ready for JSON; `bought` counts people's purchases on the site."""
        customers = self._customers(bought)
        accepting = sum(known & _ACCEPTS_MESSAGES > 0 for known in self._members)
        total = self._total.copy()
        for by in self._by.values():
            for sums in by.values():
                total.update(sums)
        return {
            **total,
            "by_day_and_store": {day: dict(sorted(by.items())) for day, by in self._by.items()},
            "payments": dict(sorted(self._payments.items())),
            "members": self.entities["pos.customer"],
            "members_who_accept_messages": accepting,
            "customers": customers,
            "campaigns": self._campaigns,
            "held_back": dict(sorted(self._held_back.items())),
        }
