"""What lies in the warehouses: it falls when orders ship, and is filled up again.

Every SKU is counted and filled up to its level on one day in four weeks. From that day on its stock
depends on nothing older, so that a continuation needs to live through few weeks of its history.
Kits have no stock, their parts have; what is made to order is never short.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simulator.catalogue import Catalogue, Sku
from simulator.orders import Order, parcels
from simulator.registers import MAIN_WAREHOUSE, warehouses
from simulator.seeds import scramble
from simulator.timestamps import DAY, iso
from simulator.words import SHOPS, Shop

Document = dict[str, Any]

_ROTA = 28  # days from one filling up of a SKU to the next
_LONGEST_LIFE = 16  # days from a purchase to its last parcel, with room to spare
WINDOW = (_ROTA + _LONGEST_LIFE) * DAY
_UNLIMITED = 1_000_000


@dataclass(slots=True)
class Level:
    """A SKU in a warehouse, in units; `filled` is the day of the last goods received."""

    opening: int
    on_hand: int
    received: int = 0
    shipped: int = 0
    filled: int | None = None


def is_made_to_order(sku: Sku) -> bool:
    """Tell whether the main warehouse never runs out of a SKU."""
    return scramble(59, sku.sku_id) % 100 < 4


def warehouse_of(sku: Sku, pickup: Shop | None) -> str:
    """Return where a SKU ships from: the shop of the pickup if it has it, else the main one."""
    at_hand = pickup is not None and not sku.components and pickup is _shop_of(sku)
    return pickup.seller_id if pickup and at_hand else MAIN_WAREHOUSE


def _shop_of(sku: Sku) -> Shop:
    return SHOPS[sku.sku_id % len(SHOPS)]


def _names(day: int) -> dict[str, str]:
    return {each["id"]: each["name"] for each in warehouses(day)}


class Stock:
    """The stock of all SKUs. Memory follows the catalogue, never the orders.

    Days are numbered from the first of the store's history, which begins at `begins_at`.
    """

    def __init__(self, catalogue: Catalogue, begins_at: int) -> None:
        self._begins_at = begins_at
        self._names = _names(day=0)
        self._skus = {sku.sku_id: sku for sku in catalogue.skus if not sku.components}
        self._levels = {
            sku.sku_id: {
                MAIN_WAREHOUSE: Level(sku.stock, sku.stock),
                _shop_of(sku).seller_id: Level(sku.stock // 10, sku.stock // 10),
            }
            for sku in self._skus.values()
        }
        self._shipping: dict[int, Counter[tuple[int, str]]] = defaultdict(Counter)

    @property
    def skus(self) -> list[Sku]:
        """The SKUs that are kept in stock."""
        return list(self._skus.values())

    def plan(self, order: Order) -> None:
        """Note what an order takes out of the warehouses, day by day."""
        for step, quantities in parcels(order):
            shipping = self._shipping[(step.at - self._begins_at) // DAY]
            for line, quantity in zip(order.lines, quantities, strict=True):
                place = warehouse_of(line.sku, order.purchase.pickup)
                for part, units in line.sku.components or ((line.sku, 1),):
                    if quantity and not (is_made_to_order(part) and place == MAIN_WAREHOUSE):
                        shipping[part.sku_id, place] += quantity * units

    def close(self, day: int) -> Iterator[Sku]:
        """Take out what shipped on a day, fill up whose turn it is, and yield what changed."""
        self._names = _names(day)
        changed = set()
        for (sku_id, place), units in sorted(self._shipping.pop(day, Counter()).items()):
            self._ship(self._levels[sku_id][place], units, day)
            changed.add(sku_id)
        for sku_id, places in self._levels.items():
            if sku_id % _ROTA == day % _ROTA:
                for level in places.values():
                    short = level.opening - level.on_hand
                    level.received += short
                    level.on_hand += short
                    level.filled = day
                    if short:
                        changed.add(sku_id)
                if scramble(67, sku_id) % 8 == 0:
                    changed.add(sku_id)  # told again, whether or not it was short
        for sku_id in sorted(changed):
            yield self._skus[sku_id]

    def forget(self) -> None:
        """Begin anew to count, with what is on hand."""
        for places in self._levels.values():
            for level in places.values():
                level.received = level.shipped = 0

    @staticmethod
    def _ship(level: Level, units: int, day: int) -> None:
        """Take units out; goods are bought in at once where there are too few."""
        if level.on_hand < units:
            bought = units - level.on_hand + level.opening
            level.received += bought
            level.on_hand += bought
            level.filled = day
        level.on_hand -= units
        level.shipped += units

    def document(self, sku: Sku) -> Document:
        """Return the vtex.inventory of a SKU as it is now."""
        balance = []
        for place, level in self._levels[sku.sku_id].items():
            is_unlimited = place == MAIN_WAREHOUSE and is_made_to_order(sku)
            next_supply = None
            if level.filled is not None:
                next_supply = iso(self._begins_at + (level.filled + _ROTA) * DAY, 0, "+00:00")
            reserved = min(level.on_hand, scramble(sku.sku_id, level.on_hand) % 5)
            balance.append(
                {
                    "warehouseId": place,
                    "warehouseName": self._names[place],
                    "totalQuantity": _UNLIMITED if is_unlimited else level.on_hand,
                    "reservedQuantity": 0 if is_unlimited else reserved,
                    "hasUnlimitedQuantity": is_unlimited,
                    "timeToRefill": None,
                    "dateOfSupplyUtc": next_supply,
                    "leadTime": "00:00:00",
                }
            )
        return {"skuId": str(sku.sku_id), "balance": balance}

    def as_dict(self) -> dict[str, dict[str, dict[str, int]]]:
        """Return each warehouse's SKUs: units on hand, and how they came to be."""
        found: dict[str, dict[str, dict[str, int]]] = {}
        for sku_id, places in self._levels.items():
            for place, level in places.items():
                if not (place == MAIN_WAREHOUSE and is_made_to_order(self._skus[sku_id])):
                    found.setdefault(place, {})[str(sku_id)] = {
                        "opening": level.on_hand - level.received + level.shipped,
                        "received": level.received,
                        "shipped": level.shipped,
                        "closing": level.on_hand,
                    }
        return found
