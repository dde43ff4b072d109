"""Orders as the store knows them, before anybody writes a document about them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from simulator import baskets
from simulator.baskets import Line
from simulator.catalogue import Catalogue
from simulator.customers import Customer, spelled
from simulator.offers import enrich
from simulator.payments import Transaction, pay, promise
from simulator.promotions import AUTOMATIC, BLACK_FRIDAY, WITH_COUPON, Promotion
from simulator.rhythm import black_friday
from simulator.seeds import Weighted, hexadecimal
from simulator.statuses import Circumstances, Effect, Step, follow, live
from simulator.timestamps import DAY, local_date
from simulator.words import (
    CLERKS,
    COUNTERS,
    FRANCHISES,
    MARKETPLACES,
    PARTNERS,
    SHOP_OF_CLERK,
    SHOPS,
    Shop,
)

_DOLLAR = 5  # BRL in the channel that sells abroad
_SHOP_PHONE = "(11) 3814-2200"  # which clerks enter where a customer tells none
_NO_PHONE = "(11) 99999-9999"
_PROMISED_DAYS = {"SP": 8, **dict.fromkeys(("RJ", "MG", "PR", "SC", "RS"), 10)}
_PHONE_FORMS = Weighted(range(7), (40, 20, 8, 14, 8, 5, 5))
_PARTNER_PREFIX = {seller_id: prefix for seller_id, _, prefix in PARTNERS}


SOURCES = Weighted[tuple[str | None, str | None, str | None]](
    (
        (None, None, None),
        ("google", "cpc", "institucional"),
        ("google", "organic", None),
        ("instagram", "social", "colecao"),
        ("newsletter", "email", "quinzenal"),
    ),
    (45, 20, 15, 12, 8),
)


class Visit(NamedTuple):
    """Who buys, when; `number` is the purchase's number in the store's history."""

    number: int
    at: int
    customer: Customer


@dataclass(slots=True)
class Purchase:
    """What one visit to the checkout settles for all orders it becomes."""

    number: int
    at: int
    customer: Customer
    is_guest: bool
    is_old: bool
    sales_channel: str
    currency: str
    phone: str
    promotion: Promotion | None
    clerk: str | None
    pickup: Shop | None
    checked_in: Shop | None
    alias: str
    form_id: str
    utm: tuple[str | None, str | None, str | None]

    @property
    def promised_days(self) -> int:
        """How many days the delivery may take."""
        state = (
            self.pickup.place if self.pickup else self.customer.at(self.at).address.place
        ).state
        return _PROMISED_DAYS.get(state, 12)

    @property
    def promised_at(self) -> int:
        """Until when the order is to arrive."""
        return self.at + self.promised_days * DAY


@dataclass(slots=True)
class Order:
    """One order. Money in cents of the purchase's currency."""

    purchase: Purchase
    order_id: str
    group: str | None
    seller_id: str
    sequence: str
    origin: str
    seller_order_id: str
    marketplace_order_id: str
    affiliate_id: str
    lines: list[Line]
    transactions: list[Transaction]
    steps: list[Step]
    change_cents: int = 0
    removed: int | None = None  # the line that the change of the order took out, by its index
    is_counted: bool = True  # the copy of the sale that is revenue, if the sale is
    whole_cart: list[Line] = field(default_factory=list)

    @property
    def items_cents(self) -> int:
        """Return the total `Items`, services included."""
        return sum(line.items_cents + line.service_cents for line in self.lines)

    @property
    def discounts_cents(self) -> int:
        """Return the total `Discounts`, zero or negative, shipping discounts aside."""
        return sum(line.paid_cents - line.items_cents for line in self.lines)

    @property
    def services_cents(self) -> int:
        """Return what is paid for wrapping and the like, a part of `Items`."""
        return sum(line.service_cents for line in self.lines)

    @property
    def shipping_cents(self) -> int:
        """Return the total `Shipping`, net of its discounts."""
        return sum(line.shipping_cents for line in self.lines)

    @property
    def tax_cents(self) -> int:
        """Return the total `Tax`."""
        return sum(line.tax_cents for line in self.lines)

    @property
    def total_cents(self) -> int:
        """Return the sum of the totals before any change of the order."""
        paid = sum(line.paid_cents for line in self.lines) + self.services_cents
        return paid + self.shipping_cents + self.tax_cents


def parcels(order: Order) -> Iterator[tuple[Step, list[int]]]:
    """Yield the steps in which parcels leave, with the units of each line that they hold."""
    left = [line.quantity for line in order.lines]
    for step in order.steps:
        if step.effect is Effect.CHANGE and order.removed is not None:
            left[order.removed] = 0
        elif step.effect is Effect.INVOICE_PART:
            yield step, [1, *(0 for _ in left[1:])]
            left[0] -= 1
        elif step.effect is Effect.INVOICE_REST:
            yield step, list(left)


def invoice_number(order: Order, place: int) -> str:
    """Return the number of an order's invoice, by its place among the order's packages."""
    return f"{order.purchase.number + 10_000}{place}"


def purchase_orders(
    rng: random.Random, extras: random.Random, catalogue: Catalogue, visit: Visit, is_old: bool
) -> list[Order]:
    """Return the orders of one purchase: one a seller, and the copies their sellers keep.

    `extras` decides what is not the rule: gifts, services, counters, franchises, telephones.
    """
    number, at, customer = visit
    external = rng.random() < 0.04
    abroad = not external and not is_old and rng.random() < 0.008
    purchase = Purchase(
        number=number,
        at=at,
        customer=customer,
        is_guest=external or customer.is_guest or rng.random() < 0.04,
        is_old=is_old,
        sales_channel="7" if external else "5" if abroad else "2" if rng.random() < 0.3 else "1",
        currency="USD" if abroad else "BRL",
        phone=_phone(extras, customer),
        promotion=_promotion(rng, at),
        clerk=None,
        pickup=None,
        checked_in=None,
        alias=customer.alias,
        form_id=hexadecimal(rng),
        utm=SOURCES.pick(rng),
    )
    if purchase.is_guest:  # the alias of a guest lasts for one order
        purchase.alias = f"{hexadecimal(rng)}@ct.vtex.com.br"
    lines = baskets.fill(rng, catalogue, customer, _DOLLAR if abroad else 1)
    baskets.discount(rng, lines, purchase.promotion, by_marketplace=is_old)
    if abroad:
        baskets.tax(rng, lines)
    if external:
        return [_external_order(rng, purchase, lines)]
    if not abroad:
        purchase.clerk = rng.choice(CLERKS) if rng.random() < 0.06 else None
        purchase.pickup = rng.choice(SHOPS) if rng.random() < 0.1 else None
        enrich(extras, catalogue, lines)
        _visit_shop(extras, purchase)
    return _own_orders(rng, extras, purchase, lines)


def _phone(extras: random.Random, customer: Customer) -> str:
    return (
        _NO_PHONE if extras.random() < 0.005 else spelled(customer.phone, _PHONE_FORMS.pick(extras))
    )


def _visit_shop(extras: random.Random, purchase: Purchase) -> None:
    """Let some call at a counter instead of a shop, and some of a clerk's customers be in hers."""
    if purchase.pickup and extras.random() < 0.2:
        purchase.pickup = extras.choice(COUNTERS)
    if purchase.clerk and extras.random() < 0.6:
        purchase.checked_in = SHOP_OF_CLERK[purchase.clerk]
        if extras.random() < 0.3:
            purchase.phone = _SHOP_PHONE


def _promotion(rng: random.Random, at: int) -> Promotion | None:
    day = local_date(at)
    if abs((black_friday(day.year) - day).days) <= 3 and rng.random() < 0.7:
        return BLACK_FRIDAY
    chance = rng.random()
    if chance < 0.1:
        return rng.choice(WITH_COUPON)
    promotion = rng.choice(AUTOMATIC) if chance < 0.35 else None
    return promotion if promotion and promotion.holds_in(day.month) else None


class _Ids(NamedTuple):
    order_id: str
    group: str | None
    seller_id: str


def _group(rng: random.Random, number: int, sellers: int) -> tuple[str, str]:
    """Return an order group and what separates it from the seller's number in order ids."""
    form = rng.random()
    if form < 0.35:
        return f"v{500_000 + number}qta", "-"
    digits = f"1{number:010}{rng.randrange(100):02}"
    return digits, "" if form < 0.42 and sellers == 1 else "-"


def _own_orders(
    rng: random.Random, extras: random.Random, purchase: Purchase, lines: list[Line]
) -> list[Order]:
    by_seller: dict[str, list[Line]] = {}
    for line in lines:
        by_seller.setdefault(line.sku.product.seller_id, []).append(line)
    group, separator = _group(rng, purchase.number, len(by_seller))
    orders: list[Order] = []
    for position, (seller_id, its_lines) in enumerate(sorted(by_seller.items()), start=1):
        fee = 0 if purchase.pickup else rng.randrange(890, 4990)
        baskets.ship(rng, its_lines, fee)
        order_id = f"{group}-{position:02}" if separator else group
        order = _sale(rng, purchase, its_lines, _Ids(order_id, group, seller_id))
        if len(by_seller) > 1 and rng.random() < 0.5:
            order.whole_cart = lines
        orders.append(order)
        shop = purchase.pickup or (rng.choice(SHOPS) if rng.random() < 0.05 else None)
        if shop and not purchase.pickup and extras.random() < 0.25:
            shop = extras.choice(FRANCHISES)
        # Nobody would tell a seller's copy of a change.
        has_copies = shop and shop.seller_id and order.change_cents == 0
        if shop and has_copies and seller_id == "1" and order.steps[-1].status is not None:
            orders.extend(_shop_copies(rng, order, shop))
    return orders


def _sale(rng: random.Random, purchase: Purchase, lines: list[Line], ids: _Ids) -> Order:
    prefix = _PARTNER_PREFIX.get(ids.seller_id, "00")
    same_digits = rng.random() < 0.7
    sequence = 500_000 + purchase.number if same_digits else 900_000 + purchase.number * 2
    order = Order(
        purchase,
        *ids,
        sequence=str(sequence),
        origin="Marketplace",
        seller_order_id=f"{prefix}-{ids.order_id}",
        marketplace_order_id="",
        affiliate_id="",
        lines=lines,
        transactions=[],
        steps=[],
    )
    order.transactions = pay(rng, order.total_cents)
    units = sum(line.quantity for line in lines)
    paid = [index for index, line in enumerate(lines) if line.paid_cents]
    can_change = len(paid) > 1 and rng.random() < 0.03
    takes_out = purchase.number % 4 > 0  # the other changes are discounts after the sale
    if can_change and takes_out:
        units -= lines[paid[-1]].quantity
    method = order.transactions[-1].payments[-1].speed
    order.steps = live(rng, purchase.at, Circumstances(method, units, can_change))
    if any(step.effect is Effect.CHANGE for step in order.steps):
        order.removed = paid[-1] if takes_out else None
        removed_cents = lines[paid[-1]].paid_cents
        order.change_cents = -removed_cents if takes_out else -order.items_cents // 20
    return order


def _shop_copies(rng: random.Random, sale: Order, shop: Shop) -> list[Order]:
    """Return the copies of a sale that a shop delivers: its own, sometimes behind a chain's."""
    sale.seller_id = shop.seller_id
    sale.seller_order_id = f"{shop.prefix}-{sale.order_id}"
    form = rng.random()
    first = _copy(rng, sale, "Chain" if form < 0.2 else "Fulfillment")
    if form >= 0.05:
        return [first]
    first.seller_order_id = f"{shop.prefix}F-{sale.order_id}"
    return [first, _copy(rng, first, "Fulfillment")]


def _copy(rng: random.Random, sale: Order, origin: str) -> Order:
    waiting = ("order-accepted", "waiting-ffmt-authorization")
    if origin == "Chain":
        waiting = ("order-accepted", "waiting-for-mkt-authorization")
    return replace(
        sale,
        order_id=sale.seller_order_id,
        sequence=str(2_000_000 + sale.purchase.number * 2 + (origin == "Chain")),
        origin=origin,
        seller_order_id=f"00-{sale.seller_order_id}",
        marketplace_order_id=sale.order_id,
        affiliate_id=sale.seller_order_id.split("-")[0],
        transactions=promise(rng, sale.total_cents),
        steps=list(follow(rng, sale.steps, waiting)),
        change_cents=0,
        removed=None,
        is_counted=False,
        whole_cart=[],
    )


def _external_order(rng: random.Random, purchase: Purchase, lines: list[Line]) -> Order:
    """Return an order that a foreign marketplace sold: only its fulfillment is known here."""
    code, _ = rng.choice(MARKETPLACES)
    theirs = f"{2_000_000_000 + purchase.number * 3}"
    ids = _Ids(theirs, None, "1")
    baskets.ship(rng, lines, rng.randrange(990, 3990))
    sale = _sale(rng, purchase, lines, ids)
    while sale.steps[-1].status is None:  # a foreign checkout shows only what it finished
        sale = _sale(rng, purchase, lines, ids)
    sale.seller_order_id = f"{code}-{theirs}"
    order = _copy(rng, sale, "Fulfillment")
    return replace(order, is_counted=True)
