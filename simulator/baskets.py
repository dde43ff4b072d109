"""What is in an order and what it costs, to the cent."""

import random
from dataclasses import dataclass, field
from typing import NamedTuple

from simulator.catalogue import Catalogue, Sku
from simulator.customers import Customer
from simulator.promotions import (
    FRACTION,
    FREE_SHIPPING_ID,
    TAX_ID,
    TAX_SHARE,
    Promotion,
    Tag,
    amount_tag,
    share_tag,
    tag_name,
)
from simulator.seeds import Weighted

_LINE_COUNTS = Weighted((1, 2, 3, 4, 5, 7), (62, 22, 9, 4, 2, 1))
_QUANTITIES = Weighted((1, 2, 3, 4), (86, 10, 3, 1))
_WEIGHED_QUANTITIES = Weighted((1, 2, 3, 4, 6), (35, 30, 15, 15, 5))
_FREE_SHIPPING_FROM = 25_000  # cents of items in one order


class Service(NamedTuple):
    """Something done to a line for a price in cents; `words` is what the customer has written."""

    offer_id: str
    name: str
    cents: int
    words: str | None = None


class Plan(NamedTuple):
    """How often a subscribed line comes again, and how often it has come before."""

    periodicity: str
    interval: int
    executions: int


@dataclass(slots=True)
class Line:
    """One line of an order. Money in cents of the order's currency.

    `items_cents` is price x quantity x unit multiplier and `paid_cents` the same less its
    discounts, each rounded once for the line. What a service costs is in neither.
    """

    sku: Sku
    quantity: int
    price: int
    list_price: int
    tags: list[Tag] = field(default_factory=list)
    items_cents: int = 0
    paid_cents: int = 0
    tax_cents: int = 0
    shipping_list_cents: int = 0
    shipping_cents: int = 0
    service: Service | None = None
    plan: Plan | None = None
    is_gift: bool = False

    @property
    def service_cents(self) -> int:
        """What is done to the line costs this, whatever its quantity."""
        return self.service.cents if self.service else 0

    @property
    def unit_thousandths(self) -> int:
        """The unit multiplier in thousandths."""
        return self.sku.product.shelf.unit_thousandths

    @property
    def exact(self) -> int:
        """The price of the line before discounts, in thousandths of a cent."""
        return self.price * self.quantity * self.unit_thousandths


def rounded(numerator: int, denominator: int) -> int:
    """Divide and round half away from zero, as SQL does."""
    if numerator < 0:
        return -rounded(-numerator, denominator)
    return (2 * numerator + denominator) // (2 * denominator)


def fill(
    rng: random.Random, catalogue: Catalogue, customer: Customer, brl_per_unit: int
) -> list[Line]:
    """Put SKUs into a basket, by taste; 1 in 40 baskets holds one SKU on two lines."""
    lines: list[Line] = []
    chosen: set[int] = set()
    department = None
    for _ in range(_LINE_COUNTS.pick(rng)):
        if department is None or rng.random() < 0.3:
            liked = rng.random() < 0.7
            department = customer.departments[rng.randrange(2)] if liked else None
        sku = catalogue.pick(rng, department)
        department = sku.product.shelf.department
        if sku.sku_id not in chosen:
            chosen.add(sku.sku_id)
            lines.append(_line(rng, sku, brl_per_unit))
    if rng.random() < 0.025:
        lines.append(_line(rng, lines[0].sku, brl_per_unit))
    return lines


def _line(rng: random.Random, sku: Sku, brl_per_unit: int) -> Line:
    weighed = sku.product.shelf.unit_thousandths != 1000
    quantity = (_WEIGHED_QUANTITIES if weighed else _QUANTITIES).pick(rng)
    price = rounded(sku.price, brl_per_unit)
    return Line(sku, quantity, price, rounded(sku.list_price, brl_per_unit))


def discount(
    rng: random.Random, lines: list[Line], promotion: Promotion | None, by_marketplace: bool
) -> None:
    """Set what each line costs and what is paid for it."""
    for line in lines:
        line.items_cents = rounded(line.exact, 1000)
        numerator = line.exact * FRACTION  # in cents, over 1000 * FRACTION
        if promotion:
            identifier = promotion.promotion_id
            name = "DISCOUNT@MARKETPLACE"
            if not by_marketplace:
                name = tag_name(rng, "discount@price", identifier)
            share = line.exact * promotion.share
            if promotion.is_percentual:
                line.tags.append(share_tag(rng, name, identifier, -promotion.share))
                numerator -= share
            else:
                cents = rounded(share, 1000 * FRACTION)
                line.tags.append(amount_tag(name, identifier, -cents))
                numerator -= cents * 1000 * FRACTION
        line.paid_cents = rounded(numerator, 1000 * FRACTION)


def tax(rng: random.Random, lines: list[Line]) -> None:
    """Tax what each line costs after discounts; the tag is percentual."""
    for line in lines:
        line.tax_cents = rounded(line.paid_cents * TAX_SHARE, FRACTION)
        line.tags.append(share_tag(rng, tag_name(rng, "tax@price", TAX_ID), TAX_ID, TAX_SHARE))


def ship(rng: random.Random, lines: list[Line], fee: int) -> None:
    """Divide a fee (cents) among the lines by weight; above a value it is discounted.

    The discount is a price tag of the line and nets in Shipping, not in Discounts.
    """
    free = sum(line.paid_cents for line in lines) >= _FREE_SHIPPING_FROM and rng.random() < 0.6
    weights = [line.sku.product.shelf.weight_grams * line.quantity for line in lines]
    left = fee
    for line, weight in zip(lines, weights, strict=True):
        share = fee * weight // sum(weights)
        line.shipping_list_cents = share
        left -= share
    lines[-1].shipping_list_cents += left
    for line in lines:
        line.shipping_cents = line.shipping_list_cents
        if free and line.shipping_list_cents:
            name = tag_name(rng, "discount@shipping", FREE_SHIPPING_ID)
            line.tags.append(amount_tag(name, FREE_SHIPPING_ID, -line.shipping_list_cents))
            line.shipping_cents = 0
