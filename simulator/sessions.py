"""What people do in the storefront: the visits that led to orders, and those that led to none.

All of a purchase's visits, strangers' and crawlers' around its time too, are a pure function of the
seed and the purchase: nobody is remembered. Instants are whole milliseconds, as browsers tell them.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from simulator import devices
from simulator.baskets import Line
from simulator.catalogue import Catalogue, Sku
from simulator.customers import Customer, Customers, customer_of
from simulator.devices import Device
from simulator.orders import SOURCES, Order, Purchase
from simulator.seeds import Weighted, hexadecimal, stream, uuid
from simulator.timestamps import DAY, HOUR, MINUTE, SECOND

LEAD = DAY  # nothing that a purchase's visits tell is older than this

Utm = tuple[str | None, str | None, str | None]

FASTSTORE = {
    "pageView": "page_view",
    "productImpression": "view_item_list",
    "productView": "view_item",
    "productClick": "select_item",
    "internalSiteSearchView": "search",
    "addToCart": "add_to_cart",
    "removeFromCart": "remove_from_cart",
    "viewCart": "view_cart",
    "beginCheckout": "begin_checkout",
    "orderPlaced": "purchase",
}
SEARCH_SERVICE = {"internalSiteSearchView": "search.query", "productClick": "search.click"}
_MILLISECOND = 1000
_TABLET_EVERY = 31  # purchases, of which one is followed by a visit on a family's tablet
_TABLET_VISITS = 12  # of one tablet; the last three do not say who it is
_NOTHING = ("carregador de celular", "pneu aro 15", "fralda", "geladeira", "ração para gatos")
PERSONAL = ("ana.lima@example.com", "529.982.247-25")  # typed into the wrong box


class CartLine(NamedTuple):
    """A SKU in the cart; the price of a unit in cents of the visit's currency."""

    sku: Sku
    quantity: int
    cents: int


class Identity(NamedTuple):
    """Who somebody says they are; what is None is not told."""

    person: int
    profile_id: str | None
    email: str | None
    document: str | None
    phone: str | None
    first_name: str


@dataclass(slots=True)
class Action:
    """One event. `activity` is the Pixel's name for it, `name` what its source calls it.

    `lines` are what was put in or taken out, or the whole cart; `results` is None where the source
    does not tell; `has_id` says whether the collector gave the event an id.
    """

    at: int
    activity: str
    name: str
    event_id: str
    sku: Sku | None = None
    lines: tuple[CartLine, ...] = ()
    term: str | None = None
    results: int | None = None
    identity: Identity | None = None
    orders: tuple[Order, ...] = ()
    has_id: bool = True


@dataclass(slots=True)
class Session:
    """One visit, as the page's cookie sees it. `entry` is how the visitor came."""

    session_id: str
    device: Device
    is_faststore: bool
    has_search_service: bool
    currency: str
    entry: Utm
    actions: list[Action] = field(default_factory=list)

    @property
    def is_bot(self) -> bool:
        """Whether a crawler made the visit."""
        return self.device.kind == "bot"


def is_of_search_service(action: Action) -> bool:
    """Tell whether Intelligent Search tells of an event, as its name shows."""
    return "." in action.name


class _Visitor:
    """A visit under way: what the visitor does, in order, with the time between."""

    def __init__(
        self, rng: random.Random, device: Device, currency: str = "BRL", entry: Utm | None = None
    ) -> None:
        is_faststore = rng.random() < 0.2
        self._rng = rng
        self._now = 0
        self._cart: dict[int, CartLine] = {}
        self._is_hasty = device.kind == "bot"
        self.session = Session(
            session_id=hexadecimal(rng) if is_faststore else uuid(rng),
            device=device,
            is_faststore=is_faststore,
            has_search_service=rng.random() < (0.7 if is_faststore else 0.25),
            currency=currency,
            entry=SOURCES.pick(rng) if entry is None else entry,
        )

    def _do(self, activity: str, *, in_search: bool = False) -> Action:
        rng, session = self._rng, self.session
        luck = rng.random()
        if self._is_hasty:
            pause = rng.randrange(150, 2500) * _MILLISECOND
        elif luck < 0.006:  # gone, and back in what the cookie thinks is one visit
            pause = rng.randrange(31 * MINUTE, 3 * HOUR)
        elif luck < 0.02:
            pause = rng.randrange(15 * MINUTE, 29 * MINUTE)
        else:
            pause = rng.randrange(2 * SECOND, 100 * SECOND)
        self._now += pause // _MILLISECOND * _MILLISECOND
        name = activity
        if in_search and session.has_search_service:
            name = SEARCH_SERVICE[activity]
        elif session.is_faststore:
            name = FASTSTORE.get(activity, activity)
        action = Action(self._now, activity, name, uuid(rng), has_id=rng.random() > 0.03)
        if is_of_search_service(action) and not session.is_faststore:
            action.has_id = False
        session.actions.append(action)
        return action

    def arrive(self) -> None:
        """Open a page; those who are not logged in are announced as nobody, sometimes."""
        self._do("pageView")
        if self._rng.random() < 0.06:
            self._do("userData")
        if self.session.has_search_service and self._rng.random() < 0.1:
            self._do("session.ping")

    def search(self, sku: Sku | None) -> str:
        """Look for a SKU by its name, or for what the shop does not have; return the term."""
        rng = self._rng
        action = self._do("internalSiteSearchView", in_search=True)
        if sku is None:
            luck = rng.random()
            action.term = rng.choice(PERSONAL if luck < 0.08 else _NOTHING)
            action.results = 0
        else:
            shelf = sku.product.shelf
            action.term = rng.choice((shelf.product, shelf.name, sku.product.base_name)).lower()
            action.results = rng.randrange(1, 60)
        if rng.random() < 0.1:
            action.term = action.term.upper()
        if action.name == "search":
            action.results = None  # FastStore's own event knows only the term
        return action.term

    def see_shelf(self, skus: Sequence[Sku]) -> None:
        """Have a shelf shown."""
        self._do("productImpression").lines = tuple(CartLine(sku, 1, sku.price) for sku in skus)

    def click(self, sku: Sku, term: str | None = None) -> None:
        """Choose a product of a shelf, or of what was found for a term."""
        action = self._do("productClick", in_search=term is not None)
        action.sku, action.term = sku, term

    def view(self, sku: Sku) -> None:
        """Open a product's page."""
        self._do("productView").sku = sku

    def add(self, lines: Sequence[CartLine]) -> None:
        """Put lines into the cart with one click."""
        for line in lines:
            before = self._cart.get(line.sku.sku_id)
            quantity = line.quantity + (before.quantity if before else 0)
            self._cart[line.sku.sku_id] = line._replace(quantity=quantity)
        self._do("addToCart").lines = tuple(lines)

    def remove(self, sku: Sku) -> None:
        """Take a SKU out of the cart."""
        self._do("removeFromCart").lines = (self._cart.pop(sku.sku_id),)

    def show_cart(self) -> None:
        """Have the whole cart told: where it changed, or on the cart's page."""
        is_page = self.session.is_faststore or self._rng.random() < 0.4
        self._do("viewCart" if is_page else "cartChanged").lines = self._whole_cart()

    def _whole_cart(self) -> tuple[CartLine, ...]:
        return tuple(self._cart.values())

    def say_who(self, identity: Identity) -> None:
        """Log in, or leave an e-mail address at the checkout."""
        self._do("userData").identity = identity

    def begin_checkout(self) -> None:
        """Go to the checkout."""
        self._do("beginCheckout").lines = self._whole_cart()

    def order(self, orders: Sequence[Order]) -> None:
        """Place the orders of a purchase."""
        action = self._do("orderPlaced")
        action.lines, action.orders = self._whole_cart(), tuple(orders)

    def leave(self, at: int) -> Session:
        """Return the visit, moved in time so that its last event happens at an instant."""
        shift = at // _MILLISECOND * _MILLISECOND - self._now
        for action in self.session.actions:
            action.at += shift
        return self.session


_TOLD = Weighted(range(4), (40, 35, 10, 15))  # e-mail; e-mail and id; id; everything


def _identity(rng: random.Random, customer: Customer) -> Identity:
    """Return who a customer says to be; a guest, who has no account, gives the document."""
    told = _TOLD.pick(rng)
    email = customer.email if rng.random() < 0.9 else customer.email.title()
    tells_all = told == 3 or customer.is_guest
    tells_document = tells_all and not customer.is_undocumented
    return Identity(
        person=customer.person,
        profile_id=None if customer.is_guest or told == 0 else customer.profile_id,
        email=None if told == 2 and not customer.is_guest else email,
        document=customer.document if tells_document else None,
        phone=customer.phone if tells_all else None,
        first_name=customer.first_name,
    )


class Sessions:
    """The visits to a store's pages."""

    def __init__(self, seed: int, catalogue: Catalogue, customers: Customers) -> None:
        self._seed = seed
        self._catalogue = catalogue
        self._customers = customers

    def around(self, orders: Sequence[Order]) -> Iterator[Session]:
        """Yield the visits around a purchase, given all its orders, copies too."""
        purchase = orders[0].purchase
        rng = stream(self._seed, "sessions", purchase.number)
        customer, at = purchase.customer, purchase.at
        here = devices.own(self._seed, customer.person, int(rng.random() < 0.3))
        elsewhere = devices.own(self._seed, customer.person, rng.randrange(2))
        sold_here = [order for order in orders if order.origin == "Marketplace"]
        lines = [line for order in sold_here for line in order.lines if not line.is_gift]
        if lines and not purchase.checked_in:  # who stands in a shop has no need of its pages
            if rng.random() < 0.14:
                before = at - rng.randrange(6 * HOUR, 11 * HOUR)
                yield self._research(rng, customer, elsewhere, lines).leave(before)
            yield self._purchase(rng, purchase, here, sold_here, lines)
        if rng.random() < 0.07:
            moved = rng.choice((-1, 1)) * rng.randrange(6 * HOUR, 11 * HOUR)
            yield self._abandon(rng, customer, elsewhere, at + moved)
        if rng.random() < 0.36:
            device = devices.of_stranger(rng)
            yield self._browse(rng, device).leave(at + rng.randrange(-2 * HOUR, 2 * HOUR))
        if rng.random() < 0.012:
            yield self._crawl(rng).leave(at + rng.randrange(-2 * HOUR, 2 * HOUR))
        turn, remainder = divmod(purchase.number, _TABLET_EVERY)
        if remainder == _TABLET_EVERY - 1:
            yield self._share(rng, turn, purchase).leave(at + rng.randrange(6 * HOUR, 11 * HOUR))

    def _purchase(
        self,
        rng: random.Random,
        purchase: Purchase,
        device: Device,
        orders: Sequence[Order],
        lines: Sequence[Line],
    ) -> Session:
        """Return the visit in which a purchase was made, or nearly so."""
        visitor = _Visitor(rng, device, purchase.currency, purchase.utm)
        identity = _identity(rng, purchase.customer)
        wanted: dict[int, CartLine] = {}
        for line in lines:
            before = wanted.get(line.sku.sku_id)
            quantity = line.quantity + (before.quantity if before else 0)
            wanted[line.sku.sku_id] = CartLine(line.sku, quantity, line.price)
        cart = list(wanted.values())
        knows_who = rng.random() < 0.4
        visitor.arrive()
        if knows_who and rng.random() < 0.6:
            visitor.say_who(identity)
        if rng.random() < 0.2:
            visitor.click(cart[0].sku, visitor.search(cart[0].sku))
        for wish in cart[:3]:
            if rng.random() < 0.8:
                visitor.view(wish.sku)
        visitor.add(cart[:1])
        if rng.random() < 0.3:
            visitor.show_cart()
        if cart[1:]:
            visitor.add(cart[1:])
        if rng.random() < 0.08:
            self._change_mind(rng, visitor, {line.sku.sku_id for line in cart})
        # Where the checkout was not finished, all of them can be without a status.
        placed = [order for order in orders if order.steps[-1].status is not None]
        if not placed or rng.random() < 0.2:
            visitor.show_cart()
        if not any(action.identity for action in visitor.session.actions):
            visitor.say_who(identity)
        visitor.begin_checkout()
        if placed:
            visitor.order(placed)
        return visitor.leave(purchase.at + rng.randrange(SECOND, 5 * SECOND))

    def _change_mind(self, rng: random.Random, visitor: _Visitor, kept: set[int]) -> None:
        sku = self._catalogue.pick(rng)
        if sku.sku_id not in kept:
            visitor.add([CartLine(sku, 1, sku.price)])
            visitor.remove(sku)

    def _research(
        self, rng: random.Random, customer: Customer, device: Device, lines: Sequence[Line]
    ) -> _Visitor:
        """Look at what will be bought later; seldom logged in, on any of one's devices."""
        visitor = _Visitor(rng, device)
        visitor.arrive()
        if rng.random() < 0.3:
            visitor.search(lines[0].sku)
        visitor.view(lines[0].sku)
        visitor.view(self._catalogue.pick(rng, lines[0].sku.product.shelf.department))
        if rng.random() < 0.25:
            visitor.say_who(_identity(rng, customer))
        return visitor

    def _abandon(self, rng: random.Random, customer: Customer, device: Device, at: int) -> Session:
        """Fill a cart and leave it. The first thing told of it is the whole of it."""
        visitor = _Visitor(rng, device)
        visitor.arrive()
        if rng.random() < 0.5:
            visitor.say_who(_identity(rng, customer))
        for place in range(rng.choice((1, 1, 2, 3))):
            sku = self._catalogue.pick(rng, customer.departments[0])
            visitor.view(sku)
            visitor.add([CartLine(sku, rng.choice((1, 1, 1, 2)), sku.price)])
            if place == 0:
                visitor.show_cart()
        if rng.random() < 0.3:
            self._change_mind(rng, visitor, set())
        if not any(action.identity for action in visitor.session.actions):
            visitor.say_who(_identity(rng, customer))
        if rng.random() < 0.4:
            visitor.begin_checkout()
        return visitor.leave(at)

    def _browse(self, rng: random.Random, device: Device) -> _Visitor:
        """Look around, and buy nothing."""
        visitor = _Visitor(rng, device)
        visitor.arrive()
        sku = self._catalogue.pick(rng)
        if rng.random() < 0.3:
            visitor.search(None if rng.random() < 0.35 else sku)
        if rng.random() < 0.15:
            visitor.see_shelf([sku, self._catalogue.pick(rng, sku.product.shelf.department)])
            visitor.click(sku)
        if rng.random() < 0.75:
            visitor.view(sku)
        if rng.random() < 0.1:
            visitor.add([CartLine(sku, 1, sku.price)])
            visitor.show_cart()
        return visitor

    def _crawl(self, rng: random.Random) -> _Visitor:
        """Fetch many pages in a moment."""
        visitor = _Visitor(rng, devices.bot(rng))
        visitor.arrive()
        for _ in range(rng.randrange(6, 14)):
            visitor.view(self._catalogue.pick(rng))
        return visitor

    def _share(self, rng: random.Random, turn: int, purchase: Purchase) -> _Visitor:
        """Visit from a family's tablet: one of the family, or two in turn, or nobody knows who."""
        family, place = divmod(turn, _TABLET_VISITS)
        visitor = self._browse(rng, devices.family_tablet(self._seed, family))
        if place < _TABLET_VISITS - 3:
            visitor.say_who(_identity(rng, purchase.customer))
            if place % 2 and purchase.number:
                neighbour = customer_of(self._seed, purchase.number - 1)
                visitor.view(self._catalogue.pick(rng))
                visitor.say_who(_identity(rng, self._customers.get(neighbour)))
                visitor.view(self._catalogue.pick(rng))
        return visitor
