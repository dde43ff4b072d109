"""What visitors of a small shop do, in the words of three sources, drawn to collide.

Times lie a quarter of an hour apart, so that visits meet, part and tie; ids of events repeat with
other content, in other sessions too; browsers and sessions are shared.
"""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

Event = dict[str, Any]

_AGENTS = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148",
    "Mozilla/5.0 (compatible; Googlebot/2.1)",
    None,
]
_TERMS = ["bota", " Bota ", "tênis", "ana@example.com", "529.982.247-25"]


class Visits:
    """Draws events with the attributes of their messages; `name` makes the shop's own ids."""

    def __init__(
        self, chance: random.Random, name: Callable[[str, int], str], document: str
    ) -> None:
        self._pick = chance.choice
        self._name = name
        self._document = document

    def events(self, first: datetime) -> Iterator[tuple[Event, dict[str, str]]]:
        """Draw about forty events."""
        pick = self._pick
        kinds = [self._page, self._product, self._search, self._cart, self._order, self._user]
        for _ in range(40):
            at = first + timedelta(minutes=15 * pick(range(24)), microseconds=pick([0, 0, 1]))
            event = pick(kinds)() | {"timestamp": pick([at.isoformat(), f"{at:%Y-%m-%dT%H:%M}Z"])}
            event |= {pick(["sessionId", "session"]): self._name("session", pick([0, 1, 2]))}
            event |= {"deviceId": pick([None, self._name("device", pick([0, 1]))])}
            event |= {"userAgent": pick(_AGENTS)}
            given = self._name("event", pick(range(12)))
            yield event, pick([{}, {}, {"event_id": given}])
        yield from ((event, {}) for event in self._odd(first.isoformat()))

    def _page(self) -> Event:
        path = self._pick(["/", "/ana@example.com/x", "/p?utm_source=google&utm_medium=cpc"])
        return {
            "event": "pageView",
            "pageUrl": f"https://loja.example.com{path}",
            "referrer": self._pick(["", "https://www.google.com/", "https://loja.example.com/a"]),
        }

    def _product(self) -> Event:
        product, sku = self._name("product", 0), self._name("sku", self._pick([0, 1]))
        return self._pick(
            [
                {
                    "event": "productView",
                    "product": {"productId": product, "selectedSku": {"itemId": sku}},
                },
                {"name": "view_item", "params": {"items": [{"item_id": product}]}},
                {"type": "search.click", "product": product},
            ]
        )

    def _search(self) -> Event:
        term, results = self._pick(_TERMS), self._pick([0, 3, None])
        return self._pick(
            [
                {
                    "event": "pageInfo",
                    "eventType": "internalSiteSearchView",
                    "search": {"term": term, "results": results},
                },
                {"type": "search.query", "text": term, "match": results},
                {"name": "search", "params": {"search_term": term}},
            ]
        )

    def _cart(self) -> Event:
        sku = self._name("sku", self._pick([0, 1]))
        line = {"skuId": sku, "productId": "p", "quantity": self._pick([1, 2, "two", None, 0.5])}
        line |= {"price": self._pick([1990, 19.9, "19.9"]), "priceIsInt": self._pick([True, None])}
        lines = [line] * self._pick([0, 1, 2])
        return self._pick(
            [
                {"event": "addToCart", "items": lines},
                {"eventName": "vtex:removeFromCart", "items": lines},
                {"event": "viewCart", "items": self._pick([lines, None, {}, ["text", None]])},
                {"event": "beginCheckout", "items": None, "products": lines},
                {"name": "add_to_cart", "params": {"items": [{"item_variant": sku}]}},
            ]
        )

    def _order(self) -> Event:
        group = self._name("group", self._pick([0, 1]))
        return self._pick(
            [
                {
                    "event": "orderPlaced",
                    "orderGroup": group,
                    "transactionTotal": self._pick([51.2, "51.2", None, 1e300]),
                    "transactionProducts": [{"id": "p", "sku": "s", "quantity": 1}],
                },
                {"type": "page.confirmation", "order": group, "products": []},
                {"name": "purchase", "params": {"transaction_id": group, "value": 7}},
            ]
        )

    def _user(self) -> Event:
        return {
            "event": "userData",
            "id": self._pick([None, self._name("person", 0), self._name("client", 1)]),
            "email": self._pick([None, self._name("visitor", self._pick([0, 1])) + "@example.com"]),
            "document": self._pick([None, None, self._document]),
            "phone": self._pick([None, "nao tem"]),
        }

    def _odd(self, at: str) -> Iterator[Event]:
        known = {"sessionId": self._name("session", 0), "timestamp": at}
        yield {"event": "productView"} | known
        yield {"event": "productView", "product": "text"} | known
        yield {"event": ""} | known
        yield {"name": "of a product"} | known
        yield {"event": "pageView", "timestamp": at, "sessionId": {"a": 1}, "session": "s"}
        yield {"event": "pageView", "session": {"a": 1}} | known
        yield {"event": "pageView", "session": ""} | known
        yield {"event": "pageView", "sessionId": self._name("session", 0), "timestamp": 5}
        yield {"event": ["pageView"], "eventName": "vtex:pageView"} | known
        yield {"event": "no such activity", "items": [{"quantity": 1}]} | known
