"""The store: everything it says over time, as raw rows, in order of arrival."""

import random
from collections.abc import Iterator
from datetime import date
from zlib import crc32

import msgspec

from simulator import catalogue_documents as shapes
from simulator.catalogue import Catalogue, Change
from simulator.client_documents import life
from simulator.customers import Customers, customer_of
from simulator.order_documents import stable_part, versions
from simulator.order_events import event
from simulator.orders import Order, Visit, purchase_orders
from simulator.poison import poisons
from simulator.rhythm import Rhythm
from simulator.seeds import stream
from simulator.spool import Spool
from simulator.statuses import Step
from simulator.timestamps import DAY, HOUR, SECOND
from simulator.transport import Faults, Transport
from simulator.truth import Truth

_OLD_SHARE = 0.1  # of the history's orders lack the blocks that documents gained later
_PERIOD_BYTES = 1 << 20
_PURCHASE_BYTES = 90_000


def _text(document: dict[str, object]) -> bytes:
    """Encode a document as the JSON string that a raw row carries."""
    return msgspec.json.encode(msgspec.json.encode(document).decode())


def messages(  # noqa: PLR0913 - the arguments of `vitrine simulate`
    orders: int,
    seed: int,
    start: date,
    days: int,
    *,
    new_orders_from: int = 0,
    history: int | None = None,
    products: int = 120,
    faults: Faults | None = None,
    truth: Truth | None = None,
) -> Iterator[bytes]:
    """Yield raw rows: one JSON object of the five keys each, without a line end.

    The store's history is `orders` purchases in the `days` after `start`; some become several
    orders. With `new_orders_from` that many purchases have been told by earlier runs with the same
    seed, start, days and products, and `orders` more are told, at the same pace, with the same
    catalogue and customers; of those only what changes or is new. `history` is the number of
    purchases of the first of these runs, if there were several.
    The same arguments give the same bytes. Memory follows neither the orders nor the days they
    live, but `products`. `truth`, if given, is complete once all rows have been taken.
    """
    history = history or new_orders_from or orders
    rhythm = Rhythm(start, days, history)
    last = new_orders_from + orders
    truth = truth or Truth(last)
    faults = faults or Faults()
    took = rhythm.time_of(last) - rhythm.time_of(new_orders_from)
    period = took * _PERIOD_BYTES // max(orders * _PURCHASE_BYTES, 1)
    with Spool(min(max(period, 60 * SECOND), DAY)) as spool:
        # Another history is another store, even where its seed is the same.
        identity = crc32(f"{seed}/{start}/{days}/{history}/{products}".encode())
        transport = Transport(identity, new_orders_from, faults, spool, truth)
        store = _Store(seed, rhythm, Catalogue(seed, products), transport, truth)
        if new_orders_from:
            store.forget_changes(rhythm.time_of(new_orders_from))
        else:
            store.open()
        if faults.has_poison:
            store.poison(new_orders_from, orders)
        delivered = 0
        for number in range(new_orders_from, last):
            at = store.sell(number, is_old=number < history * _OLD_SHARE, faults=faults)
            if at - delivered > HOUR:
                delivered = at
                yield from spool.deliver(at - HOUR)
        store.tell_changes(rhythm.time_of(last))
        yield from spool.deliver()


class _Store:
    """The parts of a store, at work."""

    def __init__(
        self, seed: int, rhythm: Rhythm, catalogue: Catalogue, transport: Transport, truth: Truth
    ) -> None:
        self._seed = seed
        self._rhythm = rhythm
        self._catalogue = catalogue
        self._customers = Customers(seed, rhythm)
        self._transport = transport
        self._truth = truth
        self._change_times = self._all_change_times()
        self._next_change = next(self._change_times)

    def _all_change_times(self) -> Iterator[int]:
        day = 0
        while True:
            yield from self._catalogue.change_times(day, self._rhythm.begins_at + day * DAY)
            day += 1

    def _changes(self, until: int) -> Iterator[Change]:
        while self._next_change <= until:
            change = self._catalogue.change(self._next_change)
            self._next_change = next(self._change_times)
            if change:
                yield change

    def forget_changes(self, until: int) -> None:
        """Live through the changes that an earlier run has told."""
        for _ in self._changes(until):
            pass

    def open(self) -> None:
        """Tell the whole catalogue on the day before the first order."""
        at = self._rhythm.begins_at - DAY
        for _, document in shapes.categories(self._catalogue):
            self._tell("vtex.category", at, document)
        for brand_id, name in self._catalogue.brands:
            self._tell("vtex.brand", at + HOUR, shapes.brand(brand_id, name))
        for document in shapes.sellers():
            self._tell("vtex.seller", at + HOUR, document)
        for product in self._catalogue.products:
            self._tell("vtex.product", at + 2 * HOUR, shapes.product(product))
        for sku in self._catalogue.skus:
            self._tell("vtex.sku", at + 3 * HOUR, shapes.sku(sku))
            self._tell("vtex.price", at + 4 * HOUR, shapes.price(sku, at))
            self._tell("vtex.inventory", at + 5 * HOUR, shapes.inventory(sku))

    def _tell(self, contract: str, at: int, document: dict[str, object]) -> None:
        """Tell of an entity for the first time."""
        self._truth.entities[contract] += 1
        self._transport.send(contract, at, _text(document))

    def tell_changes(self, until: int) -> None:
        """Tell what has changed in the catalogue."""
        for change in self._changes(until):
            self._tell_change(change)

    def _tell_change(self, change: Change) -> None:
        send = self._transport.send
        if change.product:
            send("vtex.product", change.at, _text(shapes.product(change.product)))
        for sku in change.skus:
            send("vtex.sku", change.at, _text(shapes.sku(sku)))
        if change.price:
            send("vtex.price", change.at, _text(shapes.price(change.price, change.at)))
        if change.stock:
            send("vtex.inventory", change.at, _text(shapes.inventory(change.stock)))

    def sell(self, number: int, is_old: bool, faults: Faults) -> int:
        """Make a purchase, tell the lives of its orders, and return when it was made."""
        rng = stream(self._seed, "purchase", number)
        at = self._rhythm.time_of(number + rng.random())
        self.tell_changes(at)
        customer_number = customer_of(self._seed, number)
        customer = self._customers.get(customer_number)
        self._truth.count_customer(customer_number)
        if customer_number == number and not customer.is_guest:
            self._truth.entities["vtex.client"] += 1
            for since, contract, document in life(customer):
                self._truth.entities[contract] += contract == "vtex.address"
                self._transport.send(contract, since, _text(document))
        visit = Visit(number, at, customer)
        for order in purchase_orders(rng, self._catalogue, visit, is_old):
            self._truth.count_order(order)
            self._tell_order(rng, order, faults)
        return at

    def _tell_order(self, rng: random.Random, order: Order, faults: Faults) -> None:
        stable = msgspec.json.encode(stable_part(rng, order))
        tail = msgspec.json.encode(stable[1:].decode())[1:]
        before = Step(order.purchase.at, None)
        for step, changing in versions(rng, order):
            if changing:
                head = msgspec.json.encode(changing)[:-1].decode() + ","
                text = msgspec.json.encode(head)[:-1] + tail
                self._transport.send("vtex.order", step.at, text)
            if step.has_event:
                if rng.random() < faults.missed_events:
                    self._truth.missed_events += 1
                else:
                    self._truth.entities["vtex.order_event"] += 1
                    text = _text(event(rng, order, before, step))
                    self._transport.send("vtex.order_event", step.at, text)
            before = step

    def poison(self, number: int, orders: int) -> None:
        """Send every kind of poison, spread over the time of the orders told."""
        rng = stream(self._seed, "poison", number)
        customer = self._customers.get(number)
        visit = Visit(number + 10**9, self._rhythm.time_of(number), customer)
        order = purchase_orders(rng, self._catalogue, visit, is_old=False)[0]
        changing = next(part for _, part in versions(rng, order) if part)
        document = {**changing, **stable_part(rng, order), "status": "invoiced"}
        change = {
            "Domain": "Marketplace",
            "OrderId": order.order_id,
            "State": "invoiced",
            "LastState": "invoice",
            "LastChange": document["lastChange"],
            "CurrentChange": document["lastChange"],
        }
        price = {"itemId": "999999999", "listPrice": 10.5, "basePrice": 9.9, "fixedPrices": []}
        kinds = list(poisons(document, change, price))
        for place, (contract, reason, data) in enumerate(kinds, start=1):
            at = self._rhythm.time_of(number + orders * place / (len(kinds) + 1))
            self._transport.send_poison(contract, at, reason, data)
