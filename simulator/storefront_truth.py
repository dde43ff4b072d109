"""What the store knows of the visits to its pages, counted from the visits themselves."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from simulator.customers import document_of
from simulator.sessions import PERSONAL, Action, Session
from simulator.timestamps import MINUTE

_IDLE = 30 * MINUTE
_WHOLE = frozenset({"cartChanged", "viewCart", "beginCheckout"})
_CHANGES = {"addToCart": 1, "removeFromCart": -1}
_TOUCHING = _WHOLE | _CHANGES.keys()
_STEPS = {
    "productView": "viewed",
    "addToCart": "carted",
    "beginCheckout": "began_checkout",
    "orderPlaced": "ordered",
}


def owners(session: Session) -> Iterator[tuple[Action, int | None]]:
    """Yield each event with its person: who was named last before it, else first after it."""
    named = [action.identity.person for action in session.actions if action.identity]
    person = named[0] if named else None
    for action in session.actions:
        if action.identity:
            person = action.identity.person
        yield action, person


class _Carts:
    """What people have in their carts, whatever order their visits are told in.

    Only what is newer than a person's last order is kept.
    """

    def __init__(self, people: int) -> None:
        self._emptied = array("q", bytes(8 * people))
        self._told: dict[int, list[tuple[int, str, Counter[str]]]] = {}

    def tell(self, person: int, action: Action) -> None:
        """Take note of what an event does to a person's cart."""
        if action.activity == "orderPlaced":
            self._emptied[person] = max(self._emptied[person], action.at)
            self._told[person] = [
                told for told in self._told.get(person, []) if told[0] > action.at
            ]
            if not self._told[person]:
                del self._told[person]
        elif action.activity in _TOUCHING and action.at > self._emptied[person]:
            units: Counter[str] = Counter()
            for line in action.lines:
                units[str(line.sku.sku_id)] += line.quantity
            self._told.setdefault(person, []).append((action.at, action.activity, units))

    def left_open(self) -> Iterator[tuple[int, dict[str, int]]]:
        """Yield each person whose cart is not empty, with the units of each SKU in it."""
        for person, told in sorted(self._told.items()):
            units: Counter[str] = Counter()
            for _, activity, told_units in sorted(told, key=lambda each: each[0]):
                if activity in _WHOLE:
                    units = Counter(told_units)
                else:
                    sign = _CHANGES[activity]
                    units.update({sku: sign * count for sku, count in told_units.items()})
            held = {sku: count for sku, count in sorted(units.items()) if count > 0}
            if held:
                yield person, held


class StorefrontTruth:
    """Figures of distinct events; people are named by their documents.

    `known` are the visits in which somebody said who they are, and the events of these; `by_device`
    those that only their device gives away, which one person uses alone and has been named on. A
    visit is divided where more than 30 minutes pass without an event. `funnel` counts such parts
    that did each step, and `reached` those that did it or a later one; crawlers are in neither, nor
    in `searches`. Memory is 13 bytes an order, and what is in carts that were left.
    """

    def __init__(self, orders: int) -> None:
        self.seed = 0  # of the store, for its people's documents
        self._by_type: Counter[str] = Counter()
        self._by_activity: Counter[str] = Counter()
        self._by_device_type: Counter[str] = Counter()
        self._sums: Counter[str] = Counter()
        self._funnel: Counter[str] = Counter()
        self._reached: Counter[str] = Counter()
        self._searches: dict[str, Counter[str]] = defaultdict(Counter)
        self._events = array("I", bytes(4 * orders))
        self._carts = _Carts(orders)
        self._named_on = bytearray(orders)  # a bit for each device of a person
        self._unnamed: dict[tuple[int, int], list[int]] = {}  # device -> visits, events

    def count(self, session: Session) -> None:
        """Count a visit."""
        actions = session.actions
        self._sums.update(events=len(actions), source_sessions=1)
        self._by_device_type[session.device.kind] += 1
        if session.is_bot:
            self._sums.update(bot_sessions=1, bot_events=len(actions))
        for action in actions:
            self._by_type[action.name] += 1
            self._by_activity[action.activity] += 1
            if action.activity == "internalSiteSearchView" and not session.is_bot:
                self._count_search(action)
        for part in _parts(actions):
            self._sums["sessions_of_30_minutes"] += 1
            if not session.is_bot:
                self._count_steps(part)
        self._count_people(session)

    def _count_search(self, action: Action) -> None:
        term = (action.term or "").lower()
        if term in PERSONAL:
            self._sums["personal_searches"] += 1
        else:
            self._searches[term].update(searches=1, without_results=action.results == 0)

    def _count_steps(self, part: list[Action]) -> None:
        done = {_STEPS[each.activity] for each in part if each.activity in _STEPS}
        self._funnel.update({"sessions": 1} | dict.fromkeys(done, 1))
        steps = list(_STEPS.values())
        last = max((steps.index(step) for step in done), default=-1)
        self._reached.update({"sessions": 1} | dict.fromkeys(steps[: last + 1], 1))

    def _count_people(self, session: Session) -> None:
        is_known = False
        for action, person in owners(session):
            if person is not None:
                is_known = True
                self._events[person] += 1
                self._carts.tell(person, action)
        if is_known:
            self._sums.update(known_sessions=1, known_events=len(session.actions))
        device = session.device
        if device.owner is not None and is_known:
            self._named_on[device.owner] |= 1 << device.place
        elif device.owner is not None:
            counts = self._unnamed.setdefault((device.owner, device.place), [0, 0])
            counts[0] += 1
            counts[1] += len(session.actions)

    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        by_device: Counter[str] = Counter(sessions=0, events=0)
        given_away: Counter[int] = Counter()
        for (person, place), (sessions, events) in self._unnamed.items():
            if self._named_on[person] >> place & 1:
                by_device.update(sessions=sessions, events=events)
                given_away[person] += events
        customers: dict[str, dict[str, Any]] = {
            document_of(self.seed, person): {
                "events": count,
                "events_by_device": given_away[person],
            }
            for person, count in enumerate(self._events)
            if count
        }
        for person, units in self._carts.left_open():
            customers[document_of(self.seed, person)]["cart"] = units
        return {
            **dict(sorted(self._sums.items())),
            "by_type": dict(sorted(self._by_type.items())),
            "by_activity": dict(sorted(self._by_activity.items())),
            "sessions_by_device_type": dict(sorted(self._by_device_type.items())),
            "by_device": by_device,
            "funnel": self._funnel,
            "reached": self._reached,
            "searches": dict(sorted(self._searches.items())),
            "customers": customers,
        }


def _parts(actions: list[Action]) -> Iterator[list[Action]]:
    """Yield a visit's events, divided where too much time passes."""
    part = actions[:1]
    for before, action in pairwise(actions):
        if action.at - before.at > _IDLE:
            yield part
            part = []
        part.append(action)
    yield part
