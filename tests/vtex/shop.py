"""A VTEX shop as VTEX's own descriptions have it: its limits, and what it does to who reads it.

Every answer is (status, body, headers). What a request changes is changed before it is answered.
"""

import json
import random
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from threading import RLock
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from simulator import catalogue_documents as shapes
from simulator.catalogue import Catalogue
from simulator.stock import Stock
from simulator.store import messages
from simulator.transport import Faults as NoWay

KEY, TOKEN = "vtexappkey-shop-ABCDEF", "token-of-the-shop"
Answer = tuple[int, bytes, dict[str, str]]
MOST_PAGES, MOST_PER_PAGE = 30, 100


@dataclass
class Order:
    """An order: all its versions, as written, and which one is told now."""

    order_id: str
    created_ms: int
    versions: list[bytes]
    now: int = 0
    in_list: dict[str, Any] = field(default_factory=dict)

    def listed(self) -> dict[str, Any]:
        return {"orderId": self.order_id, **self.in_list} | (
            {"status": json.loads(self.versions[self.now])["status"]} if self.versions else {}
        )


@dataclass
class Event:
    """A notification on the feed, of an order's version."""

    order: Order
    version: int
    shown: dict[str, Any]
    handle: str = ""
    hidden_until: float = 0.0
    is_committed: bool = False


class Shop:
    """What the server serves; every public method may be called from any thread."""

    def __init__(self, orders: Iterable[Order] = (), seed: int = 7) -> None:
        self.lock = RLock()
        self.rng = random.Random(seed)
        self.orders = {order.order_id: order for order in orders}
        self.waiting = [order for order in self.orders.values() for _ in order.versions[1:]]
        self.rng.shuffle(self.waiting)
        self.events: list[Event] = []
        self.documents: dict[str, bytes] = {}
        self.entities: dict[str, list[bytes]] = {}
        self.scrolls: dict[str, list[bytes]] = {}
        self.most_scrolls = 10
        self.visibility_seconds = 30.0
        self.has_feed = True
        # How many orders change, at most, between two readings of the feed: one less.
        self.most_told = 8
        self.forbidden: set[str] = set()
        self.not_found: set[str] = set()
        self.requests: list[tuple[float, str]] = []
        self.queries: list[dict[str, str]] = []
        # Called with a method and a path before they are answered; a test may change the shop.
        self.before: Callable[[str, str], None] = lambda *_: None

    def tell_all(self) -> None:
        """Put an event of every version on the feed, and every order into its last one."""
        with self.lock:
            while self.waiting:
                self.tell(1)

    def tell(self, steps: int) -> None:
        """Let so many orders change, each with its event."""
        with self.lock:
            for _ in range(min(steps, len(self.waiting))):
                order = self.waiting.pop()
                order.now += 1
                self._notify(order)

    def _notify(self, order: Order) -> None:
        document = json.loads(order.versions[order.now])
        shown = {
            "eventId": uuid.UUID(int=self.rng.getrandbits(128)).hex.upper(),
            "domain": "Marketplace",
            "state": document["status"],
            "lastState": json.loads(order.versions[order.now - 1])["status"],
            "orderId": order.order_id,
            "lastChange": document["creationDate"],
            "currentChange": document["lastChange"],
        }
        self.events.append(Event(order, order.now, shown))

    def uncommitted(self) -> list[Event]:
        with self.lock:
            return [event for event in self.events if not event.is_committed]

    def show_again(self) -> None:
        """Let the visibility timeout of every event pass."""
        with self.lock:
            for event in self.events:
                event.hidden_until = 0.0

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> Answer:
        """Answer a request."""
        url = urlsplit(target)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        self.requests.append((time.monotonic(), url.path))
        self.queries.append(query)
        self.before(method, url.path)
        if (headers.get("X-VTEX-API-AppKey"), headers.get("X-VTEX-API-AppToken")) != (KEY, TOKEN):
            return 401, b"Unauthorized", {}
        if any(url.path.startswith(path) for path in self.forbidden):
            return 403, b"Access denied", {}
        with self.lock:
            return self._route(method, url.path, query, body)

    def _route(self, method: str, path: str, query: dict[str, str], body: bytes) -> Answer:
        if path == "/api/orders/feed":
            return self._commit(body) if method == "POST" else self._feed(query)
        if path == "/api/oms/pvt/orders":
            return self._list(query)
        if path.startswith("/api/oms/pvt/orders/"):
            return self._order(unquote(path.rpartition("/")[2]))
        if path.startswith("/api/dataentities/"):
            return self._scroll(path.split("/")[3], query)
        return self._document(path, query)

    def _feed(self, query: dict[str, str]) -> Answer:
        if not self.has_feed:
            return 404, b'"Value not found"', {}
        most = int(query.get("maxlot", 1))
        if not 1 <= most <= 10:
            return 400, b"maxlot", {}
        self.tell(self.rng.randrange(self.most_told))  # The shop is open while it is read.
        now = time.monotonic()
        lot = [each for each in self.events if not each.is_committed and each.hidden_until <= now]
        self.rng.shuffle(lot)
        for event in lot[:most]:
            event.handle = uuid.uuid4().hex
            event.hidden_until = now + self.visibility_seconds
        # Spaces and escapes that no encoder of ours would write.
        shown = [json.dumps(each.shown | {"handle": each.handle}, indent=1) for each in lot[:most]]
        return 200, f"[ {' , '.join(shown)} ]".encode(), {}

    def _commit(self, body: bytes) -> Answer:
        handles = json.loads(body)["handles"]
        if len(handles) > 10:
            return 400, b"too many handles", {}
        for event in self.events:
            if event.handle in handles:  # An old handle is of no effect.
                event.is_committed = True
        return 200, b"", {}

    def _list(self, query: dict[str, str]) -> Answer:
        page, per_page = int(query.get("page", 1)), int(query.get("per_page", 15))
        if page > MOST_PAGES or per_page > MOST_PER_PAGE:
            return 400, b'{"error":"Max page exceeded"}', {}
        start, end = (
            datetime.fromisoformat(text)
            for text in query["f_creationDate"].removeprefix("creationDate:[")[:-1].split(" TO ")
        )
        first, last = (
            (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
            for instant in (start, end)
        )
        found = [each for each in self.orders.values() if first <= each.created_ms <= last]
        assert query["orderBy"] == "creationDate,asc"
        found.sort(key=lambda each: (each.created_ms, each.order_id))
        total = len(found)
        paging = {
            "total": total,
            "pages": -(-total // per_page),
            "currentPage": page,
            "perPage": per_page,
        }
        shown = [each.listed() for each in found[(page - 1) * per_page : page * per_page]]
        return 200, json.dumps({"list": shown, "facets": [], "paging": paging}).encode(), {}

    def _order(self, order_id: str) -> Answer:
        if order_id in self.not_found or order_id not in self.orders:
            return 404, b'{"error":{"code":"OMS003","message":"Order Not Found"}}', {}
        order = self.orders[order_id]
        return 200, order.versions[order.now], {}

    def _scroll(self, entity: str, query: dict[str, str]) -> Answer:
        token = query.get("_token")
        if token is None:
            if len(self.scrolls) >= self.most_scrolls:
                return 429, b"scrolls", {}
            token = uuid.uuid4().hex
            self.scrolls[token] = list(self.entities[entity])
        elif token not in self.scrolls:
            return 400, b"token", {}
        if int(query.get("_size", 1)) > 1000:
            return 400, b"_size", {}
        # Pages are smaller here, so that there are some.
        page, self.scrolls[token] = self.scrolls[token][:2], self.scrolls[token][2:]
        if not page:
            del self.scrolls[token]
        return 200, b"[" + b",".join(page) + b"]", {"X-VTEX-MD-TOKEN": token}

    def _document(self, path: str, query: dict[str, str]) -> Answer:
        if path.endswith("/stockkeepingunitids"):
            ids = json.loads(self.documents[path])
            page, size = int(query["page"]), int(query["pagesize"])
            if size > 1000:
                return 400, b"pagesize", {}
            return 200, json.dumps(ids[(page - 1) * size : page * size]).encode(), {}
        if path.endswith("/pickuppoints/_search"):
            items = json.loads(self.documents[path])
            page, size = int(query["page"]), int(query["pageSize"])
            shown = items[(page - 1) * size : page * size]
            return 200, json.dumps({"items": shown, "paging": {"page": page}}).encode(), {}
        if path not in self.documents or path in self.not_found:
            return 404, b"Not found", {}
        return 200, self.documents[path], {}


@cache
def _rows(purchases: int) -> list[tuple[str, str]]:
    """Contract and payload of all messages of a simulated shop of the last weeks."""
    rows = messages(
        purchases,
        7,
        datetime.now(UTC).date() - timedelta(days=40),
        12,
        products=24,
        receipts=0,
        faults=NoWay(0, 0, 0, 0, 0, False),
    )
    decoded = (msgspec.json.decode(row) for row in rows)
    return [(row["attributes"]["contract"], row["data"]) for row in decoded]


def simulated_orders(purchases: int = 60) -> list[Order]:
    """Orders with all their versions, each told once."""
    orders: dict[str, Order] = {}
    for contract, data in _rows(purchases):
        if contract == "vtex.order":
            document = json.loads(data)
            created = datetime.fromisoformat(document["creationDate"])
            order = orders.setdefault(
                document["orderId"], Order(document["orderId"], int(created.timestamp() * 1000), [])
            )
            order.versions.append(data.encode())
    for order in orders.values():
        order.versions.sort(key=lambda each: datetime.fromisoformat(json.loads(each)["lastChange"]))
    return list(orders.values())


def stock(shop: Shop) -> Shop:
    """Give a shop all that is not orders: catalogue, prices, stock, registers, customers."""
    catalogue = Catalogue(7, 24)
    documents: dict[str, Any] = {}
    categories = [shapes.category(node, False) for node, _ in shapes.categories(catalogue)]
    by_parent: dict[Any, list[dict[str, Any]]] = {}
    for category, (node, _) in zip(categories, shapes.categories(catalogue), strict=True):
        parent = node.path[-2].category_id if len(node.path) > 1 else None
        by_parent.setdefault(parent, []).append({"id": node.category_id, "name": node.name})
        documents[f"/api/catalog/pvt/category/{node.category_id}"] = category

    def tree(parent: Any) -> list[dict[str, Any]]:
        return [node | {"children": tree(node["id"])} for node in by_parent.get(parent, [])]

    documents["/api/catalog_system/pub/category/tree/100"] = tree(None)
    documents["/api/catalog_system/pvt/brand/list"] = [
        {"id": brand_id, "name": name, "isActive": True} for brand_id, name in catalogue.brands
    ]
    ids = "/api/catalog_system/pvt/sku/stockkeepingunitids"
    documents[ids] = [sku.sku_id for sku in catalogue.skus]
    for product in catalogue.products:
        documents[f"/api/catalog/pvt/product/{product.product_id}"] = shapes.product(product)
    stocked = Stock(catalogue, begins_at=0)
    for sku in catalogue.skus:
        by_id = f"/api/catalog_system/pvt/sku/stockkeepingunitbyid/{sku.sku_id}"
        documents[by_id] = {"Id": sku.sku_id, "ProductId": sku.product.product_id, "Ø": 1.50}
        documents[f"/pricing/prices/{sku.sku_id}"] = shapes.price(sku, 1_700_000_000_000_000)
        empty = {"skuId": str(sku.sku_id), "balance": []}  # a kit has no stock of its own
        told = empty if sku.components else stocked.document(sku)
        documents[f"/api/logistics/pvt/inventory/skus/{sku.sku_id}"] = told
    documents["/api/logistics/pvt/configuration/warehouses"] = [{"id": "1_1"}, {"id": "2"}]
    documents["/api/catalog_system/pvt/seller/list"] = shapes.sellers()
    documents["/api/logistics/pvt/configuration/pickuppoints/_search"] = [
        {"id": f"shop {number}"} for number in range(230)
    ]
    promotions = [{"idCalculatorConfiguration": f"promotion {number}"} for number in range(5)]
    documents["/api/rnb/pvt/benefits/calculatorconfiguration"] = {
        "items": promotions[:3],
        "disabledItems": promotions[3:4],
        "archivedItems": promotions[4:],
    }
    for number, promotion in enumerate(promotions):
        path = f"/api/rnb/pvt/calculatorconfiguration/promotion%20{number}"
        documents[path] = promotion | {"name": "Frete grátis", "lastModified": str(date.today())}
    documents["/api/rnb/pvt/coupon"] = [{"couponCode": "BEMVINDO"}, {"couponCode": "VOLTE"}]
    # As no encoder of ours would write them.
    shop.documents = {path: json.dumps(each, indent=1).encode() for path, each in documents.items()}
    for entity, contract in (("CL", "vtex.client"), ("AD", "vtex.address")):
        shop.entities[entity] = [data.encode() for name, data in _rows(60) if name == contract]
    return shop
