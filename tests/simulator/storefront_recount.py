"""Storefront events counted again from their messages, sharing nothing with the simulator."""

import hashlib
from collections import Counter, defaultdict
from datetime import datetime, timedelta

ACTIVITIES = {
    "page_view": "pageView",
    "view_item_list": "productImpression",
    "view_item": "productView",
    "select_item": "productClick",
    "search": "internalSiteSearchView",
    "search.query": "internalSiteSearchView",
    "search.click": "productClick",
    "add_to_cart": "addToCart",
    "remove_from_cart": "removeFromCart",
    "view_cart": "viewCart",
    "begin_checkout": "beginCheckout",
    "purchase": "orderPlaced",
}
STEPS = ["productView", "addToCart", "beginCheckout", "orderPlaced"]
STEP_NAMES = ["viewed", "carted", "began_checkout", "ordered"]
PERSONAL = ("ana.lima@example.com", "529.982.247-25")


def name_of(document):
    """What the source calls an event, in any of the three spellings."""
    return document.get("event", document.get("name", document.get("type")))


def session_of(document):
    return document.get("sessionId", document.get("session"))


def is_usable(document):
    """What the raw layer's contract asks of a storefront event."""
    texts = (name_of(document), session_of(document), document.get("timestamp"))
    if not all(isinstance(text, str) for text in texts):
        return False
    try:
        has_zone = datetime.fromisoformat(texts[2]).tzinfo is not None
    except ValueError:
        return False
    needs_product = texts[0] in ("productView", "productClick")
    return has_zone and (not needs_product or isinstance(document.get("product"), dict))


def lines_of(document):
    """[(SKU, units)] of an event about a cart, or about what was bought."""
    items = document.get("params", document).get("items", document.get("transactionProducts", []))
    return [
        (item.get("skuId", item.get("item_variant", item.get("sku"))), item["quantity"])
        for item in items
    ]


class Click:
    """One event, as its message tells it."""

    def __init__(self, document):
        self.document = document
        self.name = name_of(document)
        self.activity = ACTIVITIES.get(self.name, self.name)
        self.session = session_of(document)
        self.at = datetime.fromisoformat(document["timestamp"])
        self.agent = document.get("userAgent", document.get("agent"))
        self.device = document["anonymous"]
        self.is_bot = any(word in self.agent.lower() for word in ("bot", "headless"))
        identifiers = ("document", "id", "email")
        self.told = {key: document[key] for key in identifiers if key in document}
        if self.activity != "userData":
            self.told = {}

    @property
    def term(self):
        search = self.document.get("search") or self.document.get("params") or self.document
        return search.get("term", search.get("search_term", search.get("text"))).lower()

    @property
    def is_without_results(self):
        results = self.document.get("search", {}).get("results", self.document.get("match"))
        return results == 0

    @property
    def skus(self):
        """The SKUs shown or touched."""
        product = self.document.get("product")
        if isinstance(product, dict):
            return {product.get("selectedSku", product.get("sku"))["itemId"]}
        return {sku for sku, _ in lines_of(self.document)}


class Clicks:
    """All distinct events of a store."""

    def __init__(self):
        self.events = {}
        self.copies = Counter()
        self.late_days = 0

    def read(self, row, document):
        content = hashlib.sha256(row["data"].encode()).hexdigest()
        event_id = row["attributes"].get("event_id", content)
        self.copies[event_id] += 1
        if event_id in self.events:
            if self.events[event_id].document != document:
                raise AssertionError(f"{event_id} names two events")
            return
        self.events[event_id] = Click(document)

    def sessions(self):
        """{source session: its events by time}."""
        found = defaultdict(list)
        for click in self.events.values():
            found[click.session].append(click)
        return {name: sorted(clicks, key=lambda each: each.at) for name, clicks in found.items()}

    def parts(self):
        """Sessions divided where more than 30 minutes pass."""
        for clicks in self.sessions().values():
            part = [clicks[0]]
            for click in clicks[1:]:
                if click.at - part[-1].at > timedelta(minutes=30):
                    yield part
                    part = []
                part.append(click)
            yield part

    def funnel(self):
        done, reached = Counter(), Counter()
        for part in self.parts():
            if part[0].is_bot:
                continue
            places = {STEPS.index(click.activity) for click in part if click.activity in STEPS}
            done.update(["sessions", *(STEP_NAMES[place] for place in places)])
            reached.update(["sessions", *STEP_NAMES[: max(places, default=-1) + 1]])
        return {"funnel": dict(done), "reached": dict(reached)}

    def searches(self):
        found = defaultdict(Counter)
        for click in self.events.values():
            if click.activity == "internalSiteSearchView" and click.term not in PERSONAL:
                told = {"searches": 1, "without_results": click.is_without_results}
                found[click.term].update(told)
        return {term: dict(counts) for term, counts in found.items()}

    def owned(self, person_of):
        """[(event, its person)]: who was told last before it in the session, else first after."""
        pairs = []
        for clicks in self.sessions().values():
            known = [(click.at, person_of(click.told)) for click in clicks if click.told]
            for click in clicks:
                before = [person for at, person in known if at <= click.at]
                after = [person for at, person in known if at > click.at]
                pairs.append((click, before[-1] if before else after[0] if after else None))
        return pairs


def carts_of(owned):
    """{person: {SKU: units}} of the carts that are not empty, replayed event by event."""
    carts = defaultdict(Counter)
    for click, person in sorted(owned, key=lambda pair: pair[0].at):
        units = Counter()
        for sku, quantity in lines_of(click.document):
            units[sku] += quantity
        if person is None:
            continue
        if click.activity in ("cartChanged", "viewCart", "beginCheckout"):
            carts[person] = units
        elif click.activity == "addToCart":
            carts[person].update(units)
        elif click.activity == "removeFromCart":
            carts[person].subtract(units)
        elif click.activity == "orderPlaced":
            carts[person] = Counter()
    left = {person: {sku: n for sku, n in cart.items() if n > 0} for person, cart in carts.items()}
    return {person: cart for person, cart in left.items() if cart}
