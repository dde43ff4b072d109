"""How orders are paid: cards, pix, boletos and gift cards, refused attempts included."""

import random
from dataclasses import dataclass, replace

from simulator.seeds import Weighted, hexadecimal


@dataclass(slots=True, frozen=True)
class Payment:
    """A payment of a transaction. `speed` names how fast it is approved."""

    payment_id: str
    system_id: str
    system_name: str
    group: str
    speed: str
    cents: int
    installments: int = 1


@dataclass(slots=True, frozen=True)
class Transaction:
    """An attempt to pay; refused attempts stay in the order as inactive."""

    transaction_id: str
    is_active: bool
    payments: tuple[Payment, ...]


_SYSTEMS = Weighted(
    (
        ("2", "Visa", "creditCard", "card"),
        ("4", "Mastercard", "creditCard", "card"),
        ("9", "Elo", "creditCard", "card"),
        ("43", "Cartão de Débito", "debitCard", "card"),
        ("125", "Pix", "instantPayment", "pix"),
        ("6", "Boleto Bancário", "bankInvoice", "boleto"),
    ),
    (28, 24, 7, 3, 28, 10),
)
_PROMISSORY = ("201", "Promissória", "promissory", "card")
_GIFT_CARD = ("16", "Vale", "giftCards", "gift")
_INSTALLMENTS = Weighted((1, 2, 3, 4, 6, 10), (45, 15, 15, 8, 9, 8))


def _payment(rng: random.Random, system: tuple[str, str, str, str], cents: int) -> Payment:
    payment = Payment(hexadecimal(rng).upper(), *system, cents)
    if payment.group == "creditCard":
        return replace(payment, installments=_INSTALLMENTS.pick(rng))
    return payment


def pay(rng: random.Random, cents: int) -> list[Transaction]:
    """Pay for an order: perhaps refused first, perhaps partly by gift card."""
    system = _SYSTEMS.pick(rng)
    gift = rng.random()
    if gift < 0.01:
        payments = [_payment(rng, _GIFT_CARD, cents)]
    elif gift < 0.05:
        share = cents * rng.randint(10, 60) // 100
        payments = [_payment(rng, _GIFT_CARD, share), _payment(rng, system, cents - share)]
    elif gift < 0.07:
        share = cents // 2
        payments = [_payment(rng, system, share), _payment(rng, _SYSTEMS.pick(rng), cents - share)]
    else:
        payments = [_payment(rng, system, cents)]
    transactions = [Transaction(hexadecimal(rng).upper(), True, tuple(payments))]
    if rng.random() < 0.05:
        refused = _payment(rng, _SYSTEMS.pick(rng), cents)
        transactions.insert(0, Transaction(hexadecimal(rng).upper(), False, (refused,)))
    return transactions


def promise(rng: random.Random, cents: int) -> list[Transaction]:
    """Return what a copy shows: no payment at all, or the seller's promissory note."""
    payments = (_payment(rng, _PROMISSORY, cents),) if rng.random() < 0.4 else ()
    return [Transaction(hexadecimal(rng).upper(), True, payments)]


def repeated(rng: random.Random, payment: Payment) -> bool:
    """Tell whether the document lists this payment twice, with the same id."""
    return payment.group != "promissory" and rng.random() < 0.01
