"""Returns: what customers send back, what becomes of it, and what they are paid, in cents."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simulator.baskets import Line
from simulator.order_lines import image_url
from simulator.order_people import address
from simulator.orders import Order, invoice_number, parcels
from simulator.seeds import Weighted, uuid
from simulator.statuses import Effect
from simulator.timestamps import DAY, HOUR, iso
from simulator.words import STORE_NAME

Document = dict[str, Any]

_REFUNDED = ("new", "processing", "pickedUpFromClient", "packageVerified", "amountRefunded")
_LIVES = Weighted(
    (
        _REFUNDED,
        ("new", "processing", "pickedUpFromClient", "denied"),
        ("new", "denied"),
        ("new", "cancelled"),
        ("new", "processing", "pickedUpFromClient", "cancelled"),
        _REFUNDED[:2],
        _REFUNDED[:4],
    ),
    (66, 7, 5, 7, 3, 6, 6),
)
_WAIT = {
    "processing": (2 * HOUR, 2 * DAY),
    "pickedUpFromClient": (DAY, 6 * DAY),
    "packageVerified": (DAY, 4 * DAY),
    "amountRefunded": (HOUR, 16 * DAY),
    "denied": (HOUR, 4 * DAY),
    "cancelled": (HOUR, 3 * DAY),
}
_REASONS = ("reasonNewDelivery", "reasonDefective", "reasonWrongItem", "reasonSize", "otherReason")
_METHODS = Weighted(("sameAsPurchase", "giftCard", "bank"), (70, 20, 10))


@dataclass(slots=True, frozen=True)
class Part:
    """Units of one line; `price` and `tax` are those of one unit."""

    index: int
    line: Line
    quantity: int

    @property
    def price(self) -> int:
        """What was paid for one unit."""
        return self.line.paid_cents // self.line.quantity

    @property
    def tax(self) -> int:
        """The tax paid for one unit."""
        return self.line.tax_cents // self.line.quantity

    @property
    def cents(self) -> int:
        """What the customer gets for all units."""
        return (self.price + self.tax) * self.quantity


@dataclass(slots=True)
class Return:
    """A return: what was asked for, what was accepted, and its statuses with their instants."""

    return_id: str
    order: Order
    ordinal: int
    asked: list[Part]
    accepted: list[Part]
    shipping_cents: int
    reason: str
    method: str
    steps: list[tuple[int, str]]
    invoice_number: str

    @property
    def refunded_at(self) -> int | None:
        """When the money went back, if it did."""
        at, status = self.steps[-1]
        return at if status == "amountRefunded" else None

    @property
    def refunded_units(self) -> int:
        """The units that are paid back, if the return is refunded."""
        return sum(part.quantity for part in self.accepted)

    @property
    def refunded_cents(self) -> int:
        """The money that is paid back, if the return is refunded."""
        return sum(part.cents for part in self.accepted) + self.shipping_cents


def returns_of(rng: random.Random, order: Order) -> Iterator[Return]:
    """Yield the returns of an order: of delivered ones, about one in twenty, some twice.

    What the order itself tells as sent back (`Input`) is mostly the refund of a return told here:
    both name the same invoice.
    """
    delivered_at = next((s.at for s in order.steps if s.effect is Effect.DELIVER), None)
    if delivered_at is None or not order.is_counted:
        return
    left = [0] * len(order.lines)
    for _, quantities in parcels(order):
        left = [before + now for before, now in zip(left, quantities, strict=True)]
    left = [n if line.paid_cents else 0 for n, line in zip(left, order.lines, strict=True)]
    sent_back_at = next((s.at for s in order.steps if s.effect is Effect.RETURN), None)
    if sent_back_at is not None:
        if rng.random() < 0.7:
            left[0] -= 1
            asked = [Part(0, order.lines[0], 1)]
            yield _sent_back(rng, order, asked, delivered_at, sent_back_at)
        return
    ordinal = 1
    chance = 0.05
    while any(left) and rng.random() < chance:
        asked = _asked(rng, order, left)
        for part in asked:
            left[part.index] -= part.quantity
        at = delivered_at + rng.randrange(4 * HOUR, 20 * DAY)
        yield _return(rng, order, ordinal, asked, _life(rng, at), takes_all=not any(left))
        ordinal, chance = ordinal + 1, 0.12


def sent_back_unasked(order: Order, told: list[Return]) -> Part | None:
    """Return what an order tells as sent back where no return asked for it."""
    sent_back = any(step.effect is Effect.RETURN for step in order.steps)
    is_alone = order.is_counted and sent_back and not told
    return Part(0, order.lines[0], 1) if is_alone else None


def _asked(rng: random.Random, order: Order, left: list[int]) -> list[Part]:
    can = [index for index, units in enumerate(left) if units]
    chosen = can if rng.random() < 0.3 else [rng.choice(can)]
    return [Part(index, order.lines[index], rng.randint(1, left[index])) for index in chosen]


def _life(rng: random.Random, at: int) -> list[tuple[int, str]]:
    statuses = _LIVES.pick(rng)
    steps = [(at, statuses[0])]
    for status in statuses[1:]:
        steps.append((steps[-1][0] + rng.randrange(*_WAIT[status]), status))
    return steps


def _sent_back(
    rng: random.Random, order: Order, asked: list[Part], delivered_at: int, sent_back_at: int
) -> Return:
    part = (sent_back_at - delivered_at) // len(_REFUNDED)
    times = [delivered_at + part * number for number in range(1, len(_REFUNDED))]
    steps = list(zip([*times, sent_back_at], _REFUNDED, strict=True))
    told = _return(rng, order, 1, asked, steps, takes_all=False)
    told.invoice_number = invoice_number(order, len(list(parcels(order))))
    return told


def _return(  # noqa: PLR0913, PLR0917 - what a return is made of
    rng: random.Random,
    order: Order,
    ordinal: int,
    asked: list[Part],
    steps: list[tuple[int, str]],
    takes_all: bool,
) -> Return:
    accepted = asked
    if len(asked) == 1 and asked[0].quantity > 1 and rng.random() < 0.3:
        accepted = [Part(asked[0].index, asked[0].line, asked[0].quantity - 1)]
        takes_all = False
    with_shipping = takes_all and ordinal == 1
    return Return(
        *(uuid(rng), order, ordinal, asked, accepted),
        shipping_cents=order.shipping_cents if with_shipping else 0,
        reason=rng.choice(_REASONS),
        method=_METHODS.pick(rng),
        steps=steps,
        invoice_number=f"D{order.purchase.number + 10_000}{ordinal}",
    )


def documents(told: Return) -> Iterator[tuple[int, Document]]:
    """Yield each vtex.return with its instant: the whole document again at every status."""
    stable = _stable(told)
    for place, (at, status) in enumerate(told.steps):
        past = [
            {
                "status": each,
                "submittedBy": "Atendimento" if number else told.order.purchase.customer.first_name,
                "createdAt": iso(when, 3, "Z"),
                "comments": [],
            }
            for number, (when, each) in enumerate(told.steps[: place + 1])
        ]
        is_verified = status in ("packageVerified", "amountRefunded")
        refund = _refund(told) if is_verified else None
        yield at, {**stable, "status": status, "refundData": refund, "refundStatusData": past}


def _refund(told: Return) -> Document:
    items = sum(part.cents for part in told.accepted)
    code = told.return_id[:8].upper()
    card = {"id": told.return_id[:12], "redemptionCode": code}
    return {
        "invoiceNumber": told.invoice_number,
        "invoiceValue": told.refunded_cents,
        "refundedItemsValue": items,
        "refundedShippingValue": told.shipping_cents,
        "giftCardData": card if told.method == "giftCard" else None,
        "items": [
            {
                "orderItemIndex": part.index,
                "id": str(part.line.sku.sku_id),
                "price": part.price + part.tax,
                "quantity": part.quantity,
                "restockFee": 0,
            }
            for part in told.accepted
        ],
    }


def _stable(told: Return) -> Document:
    order = told.order
    purchase, customer, home = order.purchase, order.purchase.customer, address(order)
    values = {
        "items": sum(part.price * part.quantity for part in told.asked),
        "shipping": told.shipping_cents,
        "tax": sum(part.tax * part.quantity for part in told.asked),
    }
    is_dollar = purchase.currency == "USD"
    return {
        "id": told.return_id,
        "orderId": order.order_id,
        "sequenceNumber": f"{order.sequence}-{told.ordinal}",
        "dateSubmitted": iso(told.steps[0][0], 3, "Z"),
        "refundableAmount": sum(values.values()),
        "refundableAmountTotals": [{"id": name, "value": cents} for name, cents in values.items()],
        "customerProfileData": {
            "userId": None if purchase.is_guest else customer.profile_id,
            "name": f"{customer.first_name} {customer.last_name}",
            "email": customer.email,
            "phoneNumber": purchase.phone,
        },
        "pickupReturnData": {
            "addressId": home["addressId"],
            "address": f"{home['street']}, {home['number']}",
            "city": home["city"],
            "state": home["state"],
            "country": "BRA",
            "zipCode": home["postalCode"],
            "addressType": "CUSTOMER_ADDRESS",
        },
        "refundPaymentData": {
            "refundPaymentMethod": told.method,
            "iban": None,
            "accountHolderName": None,
            "automaticallyRefundPaymentMethod": told.method == "sameAsPurchase",
        },
        "items": [_item(told, part) for part in told.asked],
        "cultureInfoData": {
            "currencyCode": purchase.currency,
            "locale": "en-US" if is_dollar else "pt-BR",
        },
        "userComment": None,
        "createdIn": iso(told.steps[0][0], 3, "Z"),
    }


def _item(told: Return, part: Part) -> Document:
    sku = part.line.sku
    is_other = told.reason == "otherReason"
    return {
        "orderItemIndex": part.index,
        "id": str(sku.sku_id),
        "productId": str(sku.product.product_id),
        "refId": sku.reference,
        "name": sku.name,
        "localizedName": None,
        "imageUrl": image_url(sku),
        "unitMultiplier": part.line.unit_thousandths / 1000,
        "quantity": part.quantity,
        "sellingPrice": part.price,
        "tax": part.tax,
        "sellerId": told.order.seller_id,
        "sellerName": STORE_NAME,
        "condition": "newWithBox",
        "returnReason": {
            "reason": told.reason,
            "otherReason": "Não era o que eu esperava" if is_other else None,
        },
    }
