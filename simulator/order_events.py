"""Order events in the three spellings of hook, feed and IO broadcast. None carries the order."""

import random
from typing import Any

from simulator.orders import Order
from simulator.seeds import Weighted, hexadecimal
from simulator.statuses import Step
from simulator.timestamps import iso
from simulator.words import ACCOUNT

_SPELLINGS = Weighted(("hook", "feed", "broadcast"), (70, 20, 10))


def event(rng: random.Random, order: Order, before: Step, step: Step) -> dict[str, Any]:
    """Return the event of a status change, in one of the spellings."""
    then, now = iso(before.at, 7, "Z"), iso(step.at, 7, "Z")
    domain = "Marketplace" if order.origin == "Marketplace" else "Fulfillment"
    last_state = before.status or ""
    spelling = _SPELLINGS.pick(rng)
    if spelling == "hook":
        return {
            "Domain": domain,
            "OrderId": order.order_id,
            "State": step.status,
            "LastState": last_state,
            "LastChange": then,
            "CurrentChange": now,
            "Origin": {"Account": ACCOUNT, "Key": f"vtexappkey-{ACCOUNT}-ABCDEF"},
        }
    if spelling == "feed":
        return {
            "eventId": hexadecimal(rng).upper(),
            "handle": hexadecimal(rng),
            "domain": domain,
            "state": step.status,
            "lastState": last_state,
            "orderId": order.order_id,
            "lastChange": then,
            "currentChange": now,
        }
    return {
        "recorder": {"_record": {"x-vtex-meta": {}, "x-vtex-meta-bucket": {}}},
        "domain": domain,
        "orderId": order.order_id,
        "currentState": step.status,
        "lastState": last_state,
        "currentChangeDate": now,
        "lastChangeDate": then,
    }
