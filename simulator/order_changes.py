"""Requests to change an order: some succeed, some never happen, some never end."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from simulator.orders import Order
from simulator.seeds import uuid
from simulator.statuses import Effect
from simulator.timestamps import MINUTE, iso
from simulator.words import ACCOUNT

Document = dict[str, Any]


class Outcome(Enum):
    """What becomes of a request."""

    DONE = auto()
    CANCELED = auto()
    UNDER_WAY = auto()


@dataclass(slots=True, frozen=True)
class Request:
    """A request to change an order. `at` is when it was made, `ended_at` when it last moved."""

    request_id: str
    workflow_id: str
    order: Order
    outcome: Outcome
    at: int
    ended_at: int

    @property
    def cents(self) -> int:
        """By how much the request changes what the order costs, if it is done."""
        return self.order.change_cents if self.outcome is Outcome.DONE else 0


def requests_of(rng: random.Random, order: Order) -> Iterator[Request]:
    """Yield the requests to change an order: the one that its document tells, and vain ones."""
    if order.origin != "Marketplace":
        return
    changed_at = next((step.at for step in order.steps if step.effect is Effect.CHANGE), None)
    ready_at = next((s.at for s in order.steps if s.status == "ready-for-handling"), None)
    if changed_at:
        at = changed_at - rng.randrange(10 * MINUTE, 25 * MINUTE)
        if rng.random() < 0.25:
            vain_at = at - rng.randrange(10 * MINUTE, 20 * MINUTE)
            yield _request(rng, order, Outcome.CANCELED, vain_at, vain_at + 5 * MINUTE)
        yield _request(rng, order, Outcome.DONE, at, changed_at)
    elif ready_at and rng.random() < 0.02:
        outcome = Outcome.CANCELED if rng.random() < 0.65 else Outcome.UNDER_WAY
        at = ready_at + rng.randrange(MINUTE, 5 * MINUTE)
        yield _request(rng, order, outcome, at, at + rng.randrange(4 * MINUTE, 60 * MINUTE))


def _request(rng: random.Random, order: Order, outcome: Outcome, at: int, ended_at: int) -> Request:
    return Request(uuid(rng), uuid(rng), order, outcome, at, ended_at)


def documents(request: Request) -> Iterator[tuple[int, Document]]:
    """Yield both vtex.order_change documents of a request: as it begins, and as it is left."""
    yield request.at, _document(request, "preparing", request.at)
    status = {
        Outcome.DONE: "done",
        Outcome.CANCELED: "canceled",
        Outcome.UNDER_WAY: "preparing",
    }[request.outcome]
    yield request.ended_at, _document(request, status, request.ended_at)


def _document(request: Request, status: str, at: int) -> Document:
    order = request.order
    is_done = status == "done"
    what = _operations(request)
    by_hand = ("ManualValues", "Manual Values Total")
    kind = by_hand if what["manualDiscountValue"] else ("Items", "Items Total")
    document = {
        "requestId": request.request_id,
        "workflowId": request.workflow_id,
        "status": status,
        "inProgress": status == "preparing",
        "finished": is_done,
        **what,
        "totalChangeValue": request.cents if is_done else 0,
        "totals": [{"id": kind[0], "name": kind[1], "value": request.cents}] if is_done else [],
        "date": iso(request.at, 7, "Z"),
        "origin": {
            "account": ACCOUNT,
            "orderId": order.order_id,
            "component": "MarketplaceComponent",
        },
        "settings": {"customPaymentSystemsAllowed": []},
    }
    if status == "canceled":
        document["cancellationData"] = {
            "requestedByUser": False,
            "reason": "The value of the change exceed the order's price",
            "cancellationDate": iso(at, 4, "Z"),
        }
    elif at > request.at and not is_done:
        document["logs"] = [
            {
                "date": iso(at, 7, "Z"),
                "message": "Automatic transition failed. Current retry counter is 1.",
                "source": "Workflow Engine",
                "status": status,
            }
        ]
    return document


def _operations(request: Request) -> Document:
    """Return what is asked for: as the order tells it, or for vain requests one of three kinds."""
    order = request.order
    asked: Document = {
        "reason": "Produto em falta",
        "manualDiscountValue": 0,
        "manualIncrementValue": 0,
        "add": None,
        "remove": None,
        "replace": [],
    }
    line = order.lines[0]
    item = {"id": str(line.sku.sku_id), "quantity": line.quantity, "price": line.price}
    if request.outcome is Outcome.DONE:
        if order.removed is None:
            return asked | {
                "reason": "Compensação por atraso",
                "manualDiscountValue": -order.change_cents,
            }
        line = order.lines[order.removed]
        item = {"id": str(line.sku.sku_id), "quantity": line.quantity, "price": line.price}
        return asked | {"remove": {"items": [item]}}
    match order.purchase.number % 3:
        case 0:
            excess = {"manualDiscountValue": order.total_cents * 2}
            return asked | {"reason": "Desconto do gerente"} | excess
        case 1:
            return asked | {"reason": "Mais um", "add": {"items": [item | {"quantity": 1}]}}
        case _:
            other = order.lines[-1].sku
            to = {"id": str(other.sku_id), "quantity": 1, "price": other.price}
            swap = {"from": {"items": [item]}, "to": {"items": [to]}}
            return asked | {"reason": "Troca de produto", "replace": [swap]}
