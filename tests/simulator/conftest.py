from dataclasses import dataclass
from datetime import date

import pytest

from simulator.store import messages
from simulator.truth import Truth
from tests.simulator.money import money_faults
from tests.simulator.quirks import QUIRKS
from tests.simulator.recount import Recount

ORDERS = 3000


@dataclass
class Year:
    """A year of a store, read once for all tests."""

    recount: Recount
    truth: dict
    quirks: dict
    money_faults: list


@pytest.fixture(scope="session")
def year():
    quirks = dict.fromkeys(QUIRKS, 0)
    faults = []

    def look(order):
        for name, asks in QUIRKS.items():
            quirks[name] += bool(asks(order))
        faults.extend(money_faults(order))

    truth = Truth(ORDERS)
    rows = messages(ORDERS, 7, date(2024, 1, 1), 365, truth=truth)
    recount = Recount(rows, on_order=look)
    return Year(recount, truth.as_dict(), quirks, faults)
