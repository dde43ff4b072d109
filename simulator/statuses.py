"""The lives of orders: which statuses, when, and what each step does to the document."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

from simulator.timestamps import DAY, HOUR, MINUTE, SECOND, local_hour

DESCRIPTIONS = {
    "order-created": "Processando",
    "on-order-completed": "Processando",
    "waiting-for-authorization": "Aguardando autorização",
    "payment-pending": "Pagamento Pendente",
    "approve-payment": "Aprovar Pagamento",
    "payment-approved": "Pagamento Aprovado",
    "authorize-fulfillment": "Autorizar despacho",
    "order-accepted": "Pedido aceito",
    "waiting-ffmt-authorization": "Aguardando Autorização para Despachar",
    "waiting-for-mkt-authorization": "Aguardando Autorização do Marketplace",
    "window-to-cancel": "Carência para Cancelamento",
    "ready-for-handling": "Pronto para o Manuseio",
    "start-handling": "Iniciar Manuseio",
    "handling": "Preparando Entrega",
    "invoice": "Faturar",
    "invoiced": "Faturado",
    "request-cancel": "Solicitar cancelamento",
    "waiting-for-seller-decision": "Aguardando decisão do Seller",
    "invoice-after-cancellation-deny": "Fatura pós-cancelamento negado",
    "cancel": "Cancelar",
    "canceled": "Cancelado",
}


class Effect(Enum):
    """What a step writes into the order beside its status."""

    AUTHORIZE = auto()
    CHANGE = auto()
    INVOICE_PART = auto()
    INVOICE_REST = auto()
    CANCEL = auto()
    GIVE_REASON = auto()
    DELIVER = auto()
    RETURN = auto()


@dataclass(slots=True, frozen=True)
class Step:
    """A change of an order: an event if its status changed, a new document unless it is brief."""

    at: int
    status: str | None
    has_event: bool = True
    has_document: bool = True
    effect: Effect | None = None


@dataclass(slots=True, frozen=True)
class Circumstances:
    """What the life of an order depends on."""

    method: str
    unit_count: int
    can_change: bool


class _Life:
    """Steps under construction, with a clock."""

    def __init__(self, rng: random.Random, created_at: int) -> None:
        self._rng = rng
        self._now = created_at
        self.steps: list[Step] = []

    def add(
        self,
        status: str | None,
        after: tuple[int, int],
        document: float = 1.0,
        event: bool = True,
        effect: Effect | None = None,
    ) -> None:
        """Let time pass and take a step; brief statuses are seldom caught as a document."""
        self._now += self._rng.randrange(*after)
        caught = document >= 1 or self._rng.random() < document
        self.steps.append(Step(self._now, status, event, caught, effect))

    def open_hours(self) -> None:
        """Wait until the warehouse works."""
        while not 8 <= local_hour(self._now) < 19:
            self._now += HOUR


_QUICK = (SECOND, 40 * SECOND)
_MINUTES = (MINUTE, 25 * MINUTE)
_PAYMENT_DELAY = {
    "pix": (20 * SECOND, 12 * MINUTE),
    "card": (5 * SECOND, 50 * MINUTE),
    "boleto": (9 * HOUR, 3 * DAY),
    "gift": (SECOND, 30 * SECOND),
}
_ABANDONED = {"pix": 0.09, "card": 0.03, "boleto": 0.22, "gift": 0.0}


def live(rng: random.Random, created_at: int, what: Circumstances) -> list[Step]:
    """Return the life of an order sold by the store itself."""
    life = _Life(rng, created_at)
    if rng.random() < 0.04:  # seen before the checkout had finished
        life.add(None, (0, 1), event=False)
        if rng.random() < 0.12:
            return life.steps
    life.add("order-created", (SECOND, 3 * SECOND), document=0.05)
    life.add("on-order-completed", (SECOND, 3 * SECOND), document=0.02)
    if rng.random() < 0.05:
        life.add("waiting-for-authorization", _QUICK, document=0.3)
    life.add("payment-pending", (SECOND, 4 * SECOND))
    if rng.random() < _ABANDONED[what.method]:
        if rng.random() > 0.08:  # the others wait for ever
            _cancel(life, rng, (DAY, 6 * DAY) if what.method == "boleto" else (HOUR, 2 * DAY))
        return life.steps
    life.add("approve-payment", _PAYMENT_DELAY[what.method], document=0.03)
    life.add("payment-approved", (SECOND, 3 * SECOND), effect=Effect.AUTHORIZE)
    if rng.random() < 0.012:
        life.add("release-to-fulfillment", _QUICK)
    life.add("authorize-fulfillment", _QUICK, document=0.02)
    life.add("window-to-cancel", (SECOND, 3 * SECOND), document=0.12)
    if rng.random() < 0.025:
        life.add("request-cancel", (MINUTE, 30 * MINUTE), document=0.2)
        life.add("waiting-for-seller-decision", (SECOND, 5 * SECOND))
        if rng.random() < 0.7:
            _cancel(life, rng, (HOUR, 30 * HOUR))
            return life.steps
        _deny(life, rng)
    life.add("ready-for-handling", (30 * MINUTE, 50 * MINUTE))
    if what.can_change:
        life.add("ready-for-handling", (HOUR, 5 * HOUR), event=False, effect=Effect.CHANGE)
    _handle(life, rng, what)
    return life.steps


def _cancel(life: _Life, rng: random.Random, after: tuple[int, int]) -> None:
    life.add("cancel", after, document=0.03)
    late = rng.random() < 0.3
    life.add("canceled", (SECOND, 4 * SECOND), effect=Effect.CANCEL)
    if late:
        life.add("canceled", (HOUR, 3 * DAY), event=False, effect=Effect.GIVE_REASON)


def _deny(life: _Life, rng: random.Random) -> None:
    """Refuse a cancellation: the order goes on, sometimes from payment-pending again."""
    if rng.random() < 0.7:
        life.add("cancellation-request-denied", (HOUR, 20 * HOUR), document=0.5)
        life.add("payment-pending", (SECOND, 5 * SECOND))
        life.add("payment-approved", _QUICK)
    else:
        life.add("invoice-after-cancellation-deny", (HOUR, 20 * HOUR))


def _handle(life: _Life, rng: random.Random, what: Circumstances) -> None:
    fate = rng.random()
    if fate < 0.012:
        return  # not yet picked when the story ends
    life.open_hours()
    life.add("start-handling", _MINUTES, document=0.03)
    life.add("handling", (SECOND, 3 * SECOND))
    if fate < 0.02:
        return
    if what.unit_count > 1 and rng.random() < 0.06:
        life.add("invoice", (HOUR, 20 * HOUR), effect=Effect.INVOICE_PART)
        life.add("payment-approved", _QUICK, effect=Effect.AUTHORIZE)
        life.add("ready-for-handling", _MINUTES, document=0.3)
        life.open_hours()
        life.add("handling", _MINUTES)
    life.add("invoice", (2 * HOUR, 40 * HOUR), document=0.03)
    life.add("invoiced", (SECOND, 5 * SECOND), effect=Effect.INVOICE_REST)
    if rng.random() < 0.9:
        life.add("invoiced", (DAY, 9 * DAY), event=False, effect=Effect.DELIVER)
        if rng.random() < 0.02:
            life.add("invoiced", (2 * DAY, 8 * DAY), event=False, effect=Effect.RETURN)
        elif rng.random() < 0.01:
            life.add("order-completed", (HOUR, DAY))


_SELLER_STATUSES = frozenset(
    {
        *("authorize-fulfillment", "window-to-cancel", "ready-for-handling", "start-handling"),
        *("handling", "invoice", "invoiced", "cancel", "canceled"),
    }
)


def follow(rng: random.Random, steps: list[Step], first: tuple[str, ...]) -> Iterator[Step]:
    """Yield the life of a seller's copy: it waits for the sale, then lives what the sale lives."""
    delay = rng.randrange(2 * SECOND, 9 * SECOND)
    at = steps[0].at
    for status in first:
        at += delay
        yield Step(at, status, has_document=status == first[-1])
    begun = False
    for step in steps:
        begun = begun or step.status in ("authorize-fulfillment", "cancel")
        if not begun or step.status not in _SELLER_STATUSES or step.effect is Effect.CHANGE:
            continue
        effect = step.effect
        if step.status == "authorize-fulfillment":
            effect = Effect.AUTHORIZE
        at = max(step.at, at) + delay
        yield replace(step, at=at, effect=effect)
