"""What a store knows of itself: totals counted from its state, never from its messages."""

from collections import Counter, defaultdict
from typing import Any

from simulator.orders import Order
from simulator.statuses import Effect
from simulator.timestamps import local_date


def _sums(order: Order, change_cents: int) -> dict[str, int]:
    return {
        "orders": 1,
        "order_lines": len(order.lines),
        "units": sum(line.quantity for line in order.lines),
        "items_cents": order.items_cents,
        "discounts_cents": order.discounts_cents,
        "shipping_cents": order.shipping_cents,
        "tax_cents": order.tax_cents,
        "change_cents": change_cents,
        "total_cents": order.total_cents + change_cents,
    }


class Truth:
    """Totals of one run, in cents of each order's own currency.

    `by_status` counts every order at its last status, copies included ("incomplete" for null);
    `revenue` counts each sale once: not cancelled, payment approved, and the copy that counts.
    Memory is one byte an order, to know who came back, and one row a day.
    """

    def __init__(self, orders: int) -> None:
        self._bought = bytearray(orders)
        self._by: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
        self._revenue: Counter[str] = Counter()
        self._payments: dict[str, Counter[str]] = {"active": Counter(), "inactive": Counter()}
        self.entities: Counter[str] = Counter()
        self.messages: dict[str, Counter[str]] = defaultdict(Counter)
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
            "missed_events": self.missed_events,
            "entities": self.entities,
            "messages": dict(sorted(self.messages.items())),
            "poison": self.poison,
        }
