"""What a store knows of itself: totals counted from its state, never from its messages."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from simulator.baskets import Line
from simulator.order_changes import Request
from simulator.orders import Order, parcels
from simulator.promotions import FREE_SHIPPING_ID
from simulator.returns import Part, Return
from simulator.sessions import Session
from simulator.statuses import Effect
from simulator.storefront_truth import StorefrontTruth
from simulator.till_truth import TillTruth
from simulator.timestamps import HOUR, local_date


def _sums(order: Order, change_cents: int) -> dict[str, int]:
    return {
        "orders": 1,
        "order_lines": len(order.lines),
        "units": sum(line.quantity for line in order.lines),
        "items_cents": order.items_cents,
        "discounts_cents": order.discounts_cents,
        "shipping_cents": order.shipping_cents,
        "tax_cents": order.tax_cents,
        "services_cents": order.services_cents,
        "change_cents": change_cents,
        "total_cents": order.total_cents + change_cents,
    }


def _discounts(order: Order, line: Line) -> Iterator[tuple[str, int]]:
    """Yield the promotions whose tags a line bears, with what each takes off, in cents."""
    promotion = order.purchase.promotion
    if promotion and not line.is_gift:
        yield promotion.promotion_id, line.items_cents - line.paid_cents
    if line.shipping_cents < line.shipping_list_cents:
        yield FREE_SHIPPING_ID, line.shipping_list_cents - line.shipping_cents


class Truth:
    """Totals of one run, in cents of each order's own currency.

    `by_status` counts every order at its last status, copies included ("incomplete" for null);
    `revenue` counts each sale once: not cancelled, payment approved, and the copy that counts.
    `services_cents` are a part of `items_cents`. `customers` are persons, whatever their accounts.
    Returns are counted on the local day on which the money goes back. `promotions` count every line
    with a tag of theirs, in all orders. A shipment is late if it came after the promised local day.
    `stock` is what the warehouses hold when the run ends, and how that came to be since it began.
    Memory is one byte an order, to know who came back, one row a day, and the `storefront`'s and
    the `tills`'.
    """

    def __init__(self, orders: int) -> None:
        self._bought = bytearray(orders)
        self._by: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
        self._revenue: Counter[str] = Counter()
        self._payments: dict[str, Counter[str]] = {"active": Counter(), "inactive": Counter()}
        self.entities: Counter[str] = Counter()
        self.messages: dict[str, Counter[str]] = defaultdict(Counter)
        self._shipments: dict[str, Counter[str]] = {"all": Counter(), "counted": Counter()}
        self._promotions: dict[str, Counter[str]] = defaultdict(Counter)
        self._refunds: dict[str, Counter[str]] = defaultdict(Counter)
        self._returns: Counter[str] = Counter()
        self._sent_back: Counter[str] = Counter()
        self._changes: dict[str, Counter[str]] = defaultdict(Counter)
        self.stock: dict[str, dict[str, dict[str, int]]] = {}
        self.storefront = StorefrontTruth(orders)
        self.tills = TillTruth()
        self.missed_events = 0
        self.poison: list[dict[str, Any]] = []

    def count_order(self, order: Order) -> None:
        """Count an order as its life leaves it."""
        self.entities["vtex.order"] += 1
        last = order.steps[-1].status
        effects = {step.effect for step in order.steps}
        sums = _sums(order, order.change_cents if Effect.CHANGE in effects else 0)
        self._by["status"][last or "incomplete"].update(sums)
        self._by["origin"][order.origin].update(sums)
        self._by["currency"][order.purchase.currency].update(sums)
        self._by["local_day"][local_date(order.purchase.at).isoformat()].update(sums)
        if order.is_counted and last != "canceled" and Effect.AUTHORIZE in effects:
            self._revenue.update(sums)
        for transaction in order.transactions:
            payments = self._payments["active" if transaction.is_active else "inactive"]
            payments["payments"] += len(transaction.payments)
            payments["cents"] += sum(payment.cents for payment in transaction.payments)

        self._count_shipments(order, "all")
        if order.is_counted:
            self._count_shipments(order, "counted")
        self._count_promotions(order)

    def _count_shipments(self, order: Order, group: str) -> None:
        counts = self._shipments[group]
        shipped = [sum(quantities) for _, quantities in parcels(order)]
        counts["shipments"] += len(shipped)
        counts["units"] += sum(shipped)
        delivery = next((step for step in order.steps if step.effect is Effect.DELIVER), None)
        if delivery:
            promised_at = order.purchase.promised_at
            delivered_at = delivery.at - HOUR
            is_late = local_date(delivered_at) > local_date(promised_at)
            counts["delivered"] += len(shipped)
            counts["late"] += len(shipped) * is_late

    def _count_promotions(self, order: Order) -> None:
        used: set[str] = set()
        for line in order.lines:
            for promotion_id, cents in _discounts(order, line):
                counts = self._promotions[promotion_id]
                counts["uses"] += 1
                counts["orders"] += promotion_id not in used
                counts["discount_cents"] += cents
                used.add(promotion_id)

    def count_return(self, told: Return) -> None:
        """Count a return by how it ends."""
        self.entities["vtex.return"] += 1
        self._returns[told.steps[-1][1]] += 1
        if told.refunded_at is not None:
            self._refunds[local_date(told.refunded_at).isoformat()].update(
                {"returns": 1, "units": told.refunded_units, "cents": told.refunded_cents}
            )

    def count_sent_back(self, part: Part | None) -> None:
        """Count what only its order tells as sent back."""
        if part:
            self._sent_back.update({"returns": 1, "units": part.quantity, "cents": part.cents})

    def count_change(self, request: Request) -> None:
        """Count a request to change an order by its outcome."""
        self.entities["vtex.order_change"] += 1
        counts = self._changes[request.outcome.name.lower()]
        counts["requests"] += 1
        counts["cents"] += request.cents

    def count_session(self, session: Session) -> None:
        """Count a visit to the storefront."""
        self.entities["storefront.event"] += len(session.actions)
        self.storefront.count(session)

    def count_customer(self, number: int) -> None:
        """Count one purchase of a customer."""
        self._bought[number] = min(self._bought[number] + 1, 2)

    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        total: Counter[str] = Counter()
        for sums in self._by["status"].values():
            total.update(sums)
        by = {f"by_{name}": dict(sorted(groups.items())) for name, groups in self._by.items()}
        return {
            **total,
            "cancelled_orders": self._by["status"]["canceled"]["orders"],
            "customers": len(self._bought) - self._bought.count(0),
            "repeat_customers": self._bought.count(2),
            "revenue": self._revenue,
            **by,
            "payments": self._payments,
            "shipments": self._shipments,
            "promotions": dict(sorted(self._promotions.items())),
            "returns": self._returns,
            "sent_back_unasked": self._sent_back,
            "refunds_by_local_day": dict(sorted(self._refunds.items())),
            "order_changes": self._changes,
            "stock": self.stock,
            "storefront": self.storefront.as_dict(),
            "tills": self.tills.as_dict(self._bought),
            "missed_events": self.missed_events,
            "entities": self.entities + self.tills.entities,
            "messages": dict(sorted(self.messages.items())),
            "poison": self.poison,
        }
