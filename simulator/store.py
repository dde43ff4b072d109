"""The store: everything it says over time, as raw rows, in order of arrival."""

import random
from collections import deque
from collections.abc import Iterator
from datetime import date, timedelta
from zlib import crc32

import msgspec

from simulator import catalogue_documents as shapes
from simulator import order_changes, promotion_documents, registers, returns
from simulator import storefront_documents as pages
from simulator.catalogue import Catalogue, Change
from simulator.client_documents import life
from simulator.customers import Customers, customer_of
from simulator.order_documents import stable_part, versions
from simulator.order_events import event
from simulator.orders import Order, Visit, purchase_orders
from simulator.poison import Poison, poisons
from simulator.rhythm import Rhythm
from simulator.seeds import scramble, stream
from simulator.sessions import LEAD, Sessions
from simulator.spool import Spool
from simulator.statuses import Step
from simulator.stock import WINDOW, Stock
from simulator.storefront_poison import storefront_poisons
from simulator.till_poison import till_poisons
from simulator.tills import Tills
from simulator.timestamps import DAY, HOUR, SECOND, local_date
from simulator.transport import Faults, Transport, Way, text_of
from simulator.truth import Truth

_OLD_SHARE = 0.1  # of the history's orders lack the blocks that documents gained later
_PERIOD_BYTES = 1 << 20
_PURCHASE_BYTES, _RECEIPT_BYTES = 90_000, 5_000


def messages(  # noqa: PLR0913 - the arguments of `vitrine simulate`
    orders: int,
    seed: int,
    start: date,
    days: int,
    *,
    new_orders_from: int = 0,
    history: int | None = None,
    products: int = 120,
    receipts: float = 2.0,
    faults: Faults | None = None,
    truth: Truth | None = None,
) -> Iterator[bytes]:
    """Yield raw rows: one JSON object of the five keys each, without a line end.

    The store's history is `orders` purchases in the `days` after `start`; some become several
    orders. With `new_orders_from` that many purchases have been told by earlier runs with the same
    seed, start, days and products, and `orders` more are told, at the same pace, with the same
    catalogue and customers; of those only what changes or is new. `history` is the number of
    purchases of the first of these runs, if there were several. `receipts` is how many the tills of
    the shops print for each purchase of the history; they change nothing of the other messages.
    The same arguments give the same bytes. Memory follows neither the orders nor the days they
    live, but `products`. `truth`, if given, is complete once all rows have been taken.
    """
    history = history or new_orders_from or orders
    rhythm = Rhythm(start, days, history)
    last = new_orders_from + orders
    truth = truth or Truth(last)
    truth.storefront.seed = truth.tills.seed = seed
    faults = faults or Faults()
    took = rhythm.time_of(last) - rhythm.time_of(new_orders_from)
    purchase_bytes = _PURCHASE_BYTES + int(receipts * _RECEIPT_BYTES)
    period = took * _PERIOD_BYTES // max(orders * purchase_bytes, 1)
    with Spool(min(max(period, 60 * SECOND), DAY)) as spool:
        # Another history is another store, even where its seed is the same.
        name = f"{seed}/{start}/{days}/{history}/{products}"

        def way(whose: Way, name: str = name) -> Transport:
            return Transport(crc32(name.encode()), new_orders_from, faults, spool, truth, whose)

        old_before = int(history * _OLD_SHARE)
        catalogue = Catalogue(seed, products)
        ways = (way(Way.VTEX), way(Way.STOREFRONT))
        store = _Store(seed, rhythm, old_before, catalogue, *ways, truth)
        if receipts:
            tills = way(Way.TILLS, f"{name}/{receipts:g}")
            store.open_shops(tills, receipts * history / days, days, history)
        if new_orders_from:
            store.live_through(new_orders_from)
        else:
            store.open()
        if faults.has_poison:
            store.poison(new_orders_from, orders)
        delivered = 0
        for number in range(new_orders_from, last):
            at = store.sell(number, faults)
            if at - delivered > HOUR:
                delivered = at
                yield from spool.deliver(at - LEAD)
        store.pass_time(rhythm.time_of(last))
        truth.stock = store.stock.as_dict()
        yield from spool.deliver()


class _Store:
    """The parts of a store, at work."""

    def __init__(  # noqa: PLR0913, PLR0917 - its parts
        self,
        seed: int,
        rhythm: Rhythm,
        old_before: int,
        catalogue: Catalogue,
        transport: Transport,
        storefront: Transport,
        truth: Truth,
    ) -> None:
        self._seed = seed
        self._rhythm = rhythm
        self._start = local_date(rhythm.begins_at)
        self._old_before = old_before  # purchases with lower numbers are old
        self._catalogue = catalogue
        self.stock = Stock(catalogue, rhythm.begins_at)
        self._day = 0  # the next one to begin
        self._customers = Customers(seed, rhythm)
        self._sessions = Sessions(seed, catalogue, self._customers)
        self._transport = transport
        self._storefront = storefront
        self._truth = truth
        self._tills: Tills | None = None
        self._change_times = self._all_change_times()
        self._next_change = next(self._change_times)

    def open_shops(self, transport: Transport, daily: float, days: int, history: int) -> None:
        """Give the store shops with tills: on average of the history, `daily` receipts a day."""
        parts = (self._seed, self._rhythm, self._catalogue, self._customers)
        self._tills = Tills(*parts, daily, days, history, transport, self._truth)

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

    def live_through(self, orders: int) -> None:
        """Come to the state in which an earlier run has left the store, telling nothing.

        The catalogue remembers all its changes, stock only the sales of the last weeks.
        """
        until = self._rhythm.time_of(orders)
        first = self._rhythm.orders_before(until - WINDOW)
        for number in range(first, orders):
            rng = stream(self._seed, "purchase", number)
            visit = self._visit(rng, number)
            self._forget_changes(visit.at)
            for order in self._orders(rng, visit):
                if order.is_counted:
                    self.stock.plan(order)
        self._forget_changes(until)
        while self._day_begins <= until:
            deque(self.stock.close(self._day - 1), maxlen=0)
            self._day += 1
        self.stock.forget()

    def _forget_changes(self, until: int) -> None:
        deque(self._changes(until), maxlen=0)

    @property
    def _day_begins(self) -> int:
        return self._rhythm.begins_at + self._day * DAY

    def open(self) -> None:
        """Tell the whole catalogue and all registers on the day before the first order."""
        at = self._rhythm.begins_at - DAY
        eve = self._start - timedelta(days=1)
        for node, document in shapes.categories(self._catalogue):
            if not shapes.is_told_by_tree(node):
                self._tell("vtex.category", at, document)
        for number, document in enumerate(shapes.trees(self._catalogue)):
            told_at = at + HOUR if number % 2 else at - HOUR
            self._transport.send("vtex.category", told_at, text_of(document))
        for document in registers.warehouses(day=-1):
            self._tell("vtex.warehouse", at, document)
        for document in registers.pickup_points(eve):
            self._tell("vtex.pickup_point", at, document)
        for told_at, document in promotion_documents.promotions(eve):
            self._tell("vtex.promotion", told_at, document)
        for told_at, document in promotion_documents.coupons(-1, eve):
            self._tell("vtex.coupon", told_at, document)
        self._open_catalogue(at)
        if self._tills:
            self._tills.open()

    def _open_catalogue(self, at: int) -> None:
        for brand_id, name in self._catalogue.brands:
            self._tell("vtex.brand", at + HOUR, shapes.brand(brand_id, name))
        for document in shapes.sellers():
            self._tell("vtex.seller", at + HOUR, document)
        for product in self._catalogue.products:
            self._tell("vtex.product", at + 2 * HOUR, shapes.product(product))
        for sku in self._catalogue.skus:
            self._tell("vtex.sku", at + 3 * HOUR, shapes.sku(sku))
            self._tell("vtex.price", at + 4 * HOUR, shapes.price(sku, at))
        for sku in self.stock.skus:
            self._tell("vtex.inventory", at + 5 * HOUR, self.stock.document(sku))

    def _tell(self, contract: str, at: int, document: dict[str, object]) -> None:
        """Tell of an entity for the first time."""
        self._truth.entities[contract] += 1
        self._transport.send(contract, at, text_of(document))

    def pass_time(self, until: int) -> None:
        """Tell what changes in the catalogue, the warehouses and the registers."""
        while self._day_begins <= until:
            self._tell_changes(self._day_begins)
            self._begin_day()
        self._tell_changes(until)

    def _begin_day(self) -> None:
        """Tell yesterday's stock, and what changes today."""
        at, day = self._day_begins, self._day
        today = self._start + timedelta(days=day)
        send = self._transport.send
        for sku in self.stock.close(day - 1):
            told_at = at + scramble(89, sku.sku_id) % HOUR
            send("vtex.inventory", told_at, text_of(self.stock.document(sku)))
        for document in registers.warehouses_told(day):
            send("vtex.warehouse", at, text_of(document))
        for document in registers.pickup_points_told(today):
            send("vtex.pickup_point", at, text_of(document))
        for told_at, document in promotion_documents.promotions_told(today):
            send("vtex.promotion", told_at, text_of(document))
        for told_at, document in promotion_documents.coupons_told(day, today):
            send("vtex.coupon", told_at, text_of(document))
        if self._tills:
            self._tills.tell_day(day)
        self._day += 1

    def _tell_changes(self, until: int) -> None:
        for change in self._changes(until):
            self._tell_change(change)

    def _tell_change(self, change: Change) -> None:
        send = self._transport.send
        if change.product:
            send("vtex.product", change.at, text_of(shapes.product(change.product)))
        for sku in change.skus:
            send("vtex.sku", change.at, text_of(shapes.sku(sku)))
        if change.price:
            send("vtex.price", change.at, text_of(shapes.price(change.price, change.at)))

    def _visit(self, rng: random.Random, number: int) -> Visit:
        at = self._rhythm.time_of(number + rng.random())
        return Visit(number, at, self._customers.get(customer_of(self._seed, number)))

    def _orders(self, rng: random.Random, visit: Visit) -> list[Order]:
        extras = stream(self._seed, "extras", visit.number)
        is_old = visit.number < self._old_before
        return purchase_orders(rng, extras, self._catalogue, visit, is_old)

    def sell(self, number: int, faults: Faults) -> int:
        """Make a purchase, tell the lives of its orders, and return when it was made."""
        rng = stream(self._seed, "purchase", number)
        visit = self._visit(rng, number)
        _, at, customer = visit
        self.pass_time(at)
        self._truth.count_customer(customer.person)
        if customer.number == number and not customer.is_guest:
            self._truth.entities["vtex.client"] += 1
            for since, contract, document in life(customer):
                self._truth.entities[contract] += contract == "vtex.address"
                self._transport.send(contract, since, text_of(document))
        afterwards = stream(self._seed, "afterwards", number)
        orders = self._orders(rng, visit)
        self._tell_sessions(orders)
        for order in orders:
            if order.is_counted:
                self.stock.plan(order)
            self._truth.count_order(order)
            self._tell_order(rng, order, faults)
            self._tell_afterwards(afterwards, order)
        return at

    def _tell_sessions(self, orders: list[Order]) -> None:
        """Tell of the visits to the storefront around a purchase."""
        for session in self._sessions.around(orders):
            self._truth.count_session(session)
            for action in session.actions:
                text = text_of(pages.document(session, action))
                attributes = pages.attributes(session, action)
                self._storefront.send("storefront.event", action.at, text, attributes)

    def _tell_afterwards(self, rng: random.Random, order: Order) -> None:
        """Tell how an order was changed, and what of it came back."""
        for request in order_changes.requests_of(rng, order):
            self._truth.count_change(request)
            for at, document in order_changes.documents(request):
                self._transport.send("vtex.order_change", at, text_of(document))
        all_told = list(returns.returns_of(rng, order))
        for told in all_told:
            self._truth.count_return(told)
            for at, document in returns.documents(told):
                self._transport.send("vtex.return", at, text_of(document))
        self._truth.count_sent_back(returns.sent_back_unasked(order, all_told))

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
                    text = text_of(event(rng, order, before, step))
                    self._transport.send("vtex.order_event", step.at, text)
            before = step

    def poison(self, number: int, orders: int) -> None:
        """Send every kind of poison, spread over the time of the orders told."""
        rng = stream(self._seed, "poison", number)
        customer = self._customers.get(number)
        visit = Visit(number + 10**9, self._rhythm.time_of(number), customer)
        order = self._orders(rng, visit)[0]
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
        self._send_poison(self._transport, list(poisons(document, change, price)), number, orders)
        at = self._rhythm.time_of(number)
        self._send_poison(self._storefront, list(storefront_poisons(at)), number, orders)
        if self._tills:
            self._send_poison(self._tills.transport, list(till_poisons(at)), number, orders)

    def _send_poison(
        self, transport: Transport, kinds: list[Poison], number: int, orders: int
    ) -> None:
        for place, (contract, reason, data) in enumerate(kinds, start=1):
            at = self._rhythm.time_of(number + orders * place / (len(kinds) + 1))
            transport.send_poison(contract, at, reason, data)
