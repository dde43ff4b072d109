"""The page over a warehouse made by hand: who is in it, and those who use the page."""

import http.client
import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from hashlib import md5, sha256
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode

import duckdb
import uvicorn

from apps.seller.app import LIMITS, create_app
from apps.seller.audit import Audit
from apps.seller.config import Config, Shop
from ingestion.gateway import server
from ingestion.gateway.protocol import make_protocol

NOW = datetime(2026, 5, 14, 17, 40, tzinfo=UTC)
HASH_KEY = "not a secret"
TOKEN = "token-of-centro"  # noqa: S105 (not a secret)

_TABLES = {
    "pii.hash_keys": "hash_key varchar",
    "pii.customer_contacts": "customer_id varchar, first_name varchar, last_name varchar",
    "cleansed.cleansed_customer_identities": "identifier_id varchar, identifier_type varchar,"
    " customer_id varchar, is_shared boolean",
    "cleansed.cleansed_skus": "sku_id varchar, image_url varchar, is_current boolean",
    "activation.contact_suggestions": "store_id varchar, customer_id varchar, sku_id varchar,"
    " reason varchar",
    "activation.similar_skus": "sku_id varchar, similar_sku_id varchar, rank bigint",
    "activation.product_recommendations": "customer_id varchar, sku_id varchar, reason varchar,"
    " rank bigint",
    "marts.dim_customers": "customer_id varchar, city varchar, state varchar,"
    " accepts_messages boolean, first_order_date date, is_current boolean",
    "marts.dim_stores": "store_id varchar, store_name varchar",
    "marts.dim_skus": "sku_id varchar, sku_key varchar, product_id varchar, sku_name varchar,"
    " product_name varchar, brand_name varchar, is_active boolean, is_current boolean",
    "marts.fct_price_changes": "sku_id varchar, price_series_id varchar, price_type varchar,"
    " trade_policy_id varchar, minimum_quantity bigint, price_amount numeric(38, 9),"
    " list_price_amount numeric(38, 9), currency_code varchar, is_current boolean,"
    " begins_at timestamp, ends_at timestamp",
    "marts.fct_order_items": "order_id varchar, line_number bigint, sku_key varchar,"
    " unit_count numeric(38, 9)",
    "marts.fct_receipts": "receipt_id varchar, customer_id varchar, store_id varchar,"
    " sold_at timestamp, total_amount numeric(38, 9), currency_code varchar",
    "marts.fct_receipt_items": "receipt_id varchar, line_number bigint, sku_key varchar",
    "marts.fct_sales": "sale_id varchar, customer_id varchar, sku_id varchar, store_id varchar,"
    " sale_date date",
    "speed.known_products": "product_id varchar, product_name varchar",
    "speed.live_customer_events": "customer_id varchar, occurred_at timestamp, activity varchar,"
    " sku_id varchar, search_term varchar, product_id varchar, event_id varchar,"
    " cart_effect varchar, is_live boolean",
    "speed.live_customer_carts": "customer_id varchar, sku_id varchar, sku_name varchar,"
    " unit_count numeric(38, 9), unit_price_amount numeric(38, 9), currency_code varchar,"
    " last_changed_at timestamp, is_abandoned boolean",
    "speed.live_orders": "order_id varchar, customer_id varchar, status varchar,"
    " status_group varchar, status_changed_at timestamp, ordered_at timestamp, is_counted boolean,"
    " total_amount numeric(38, 9), currency_code varchar, store_id varchar, is_live boolean",
    "speed.live_store_stock": "store_id varchar, sku_id varchar, available_units numeric(38, 9),"
    " is_unlimited boolean, stated_at timestamp, is_live boolean",
}


class Store:
    """A warehouse in memory, as the page reads it: cursors as those of `warehouse.live.Live`."""

    def __init__(self) -> None:
        self.database = duckdb.connect()
        self.error: Exception | None = None
        self._lock = threading.Lock()
        for schema in sorted({name.split(".")[0] for name in _TABLES}):
            self.database.execute(f"create schema {schema}")
        for name, columns in _TABLES.items():
            self.database.execute(f"create table {name} ({columns})")
        self.add("pii.hash_keys", hash_key=HASH_KEY)

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        if self.error:
            raise self.error
        with self._lock:
            cursor = self.database.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    def add(self, table: str, **values: Any) -> None:
        """Add a row; what is not named is null."""
        names, marks = ", ".join(values), ", ".join("?" for _ in values)
        with self._lock:
            self.database.execute(
                f"insert into {table} ({names}) values ({marks})",
                [_naive(value) for value in values.values()],
            )

    def change(self, statement: str) -> None:
        with self._lock:
            self.database.execute(statement)

    def identify(self, customer_id: str, kind: str, value: str, *, is_shared: bool = False) -> None:
        """Let a normal form name a customer."""
        hashed = sha256(value.encode()).hexdigest() if kind == "document" else value
        digest = md5(f"{HASH_KEY}{hashed}".encode(), usedforsecurity=False).hexdigest()
        self.add(
            "cleansed.cleansed_customer_identities",
            identifier_id=f"{kind}-{digest}",
            identifier_type=kind,
            customer_id=customer_id,
            is_shared=is_shared,
        )

    def customer(self, customer_id: str, *, accepts: bool = True, **values: Any) -> None:
        """Add a customer, with first_name, last_name, email, document, phone as given."""
        self.add(
            "marts.dim_customers",
            customer_id=customer_id,
            city=values.get("city"),
            state=values.get("state"),
            accepts_messages=accepts,
            first_order_date=values.get("first_order_date"),
            is_current=True,
        )
        self.add(
            "pii.customer_contacts",
            customer_id=customer_id,
            first_name=values.get("first_name"),
            last_name=values.get("last_name"),
        )
        for kind in ("email", "document", "phone"):
            if kind in values:
                self.identify(customer_id, kind, values[kind])

    def sku(  # noqa: PLR0913 (a SKU has as many sides)
        self,
        sku_id: str,
        name: str,
        price: float | None = None,
        *,
        list_price: float | None = None,
        product_id: str | None = None,
        stock: float | None = None,
        image_url: str | None = None,
    ) -> None:
        """Add a SKU with its price, and its stock in the shop `centro`."""
        self.add(
            "marts.dim_skus",
            sku_id=sku_id,
            sku_key=f"key-{sku_id}",
            product_id=product_id or f"p{sku_id}",
            sku_name=name,
            brand_name="Maré",
            is_active=True,
            is_current=True,
        )
        self.add("cleansed.cleansed_skus", sku_id=sku_id, image_url=image_url, is_current=True)
        if price is not None:
            self.price(sku_id, price, list_price_amount=list_price)
        if stock is not None:
            self.stock(sku_id, stock)

    def price(self, sku_id: str, amount: float, **values: Any) -> None:
        known = {"price_type": "base", "currency_code": "BRL", "is_current": True}
        self.add("marts.fct_price_changes", sku_id=sku_id, price_amount=amount, **known | values)

    def stock(self, sku_id: str, units: float, store_id: str = "centro") -> None:
        self.add(
            "speed.live_store_stock",
            store_id=store_id,
            sku_id=sku_id,
            available_units=units,
            is_unlimited=False,
        )

    def event(self, customer_id: str, activity: str, minutes_ago: float, **values: Any) -> None:
        """Let a customer do something online."""
        occurred_at = NOW - timedelta(minutes=minutes_ago)
        values = {"event_id": f"{activity}-{occurred_at:%d%H%M%S%f}"} | values
        self.add(
            "speed.live_customer_events",
            customer_id=customer_id,
            occurred_at=occurred_at,
            activity=activity,
            cart_effect="add" if activity == "addToCart" else None,
            is_live=True,
            **values,
        )

    def cart(self, customer_id: str, sku_id: str, price: float, minutes_ago: float = 5) -> None:
        self.add(
            "speed.live_customer_carts",
            customer_id=customer_id,
            sku_id=sku_id,
            unit_count=1,
            unit_price_amount=price,
            currency_code="BRL",
            last_changed_at=NOW - timedelta(minutes=minutes_ago),
            is_abandoned=False,
        )

    def order(self, order_id: str, customer_id: str | None, **values: Any) -> None:
        known = {
            "status": "invoiced",
            "status_group": "invoiced",
            "ordered_at": NOW - timedelta(days=20),
            "total_amount": 259.8,
            "currency_code": "BRL",
            "is_counted": True,
        }
        self.add("speed.live_orders", order_id=order_id, customer_id=customer_id, **known | values)

    def recommend(self, customer_id: str, rank: int, sku_id: str, reason: str) -> None:
        self.add(
            "activation.product_recommendations",
            customer_id=customer_id, sku_id=sku_id, reason=reason, rank=rank,
        )  # fmt: skip

    def sale(self, customer_id: str, sku_id: str, day: date, store_id: str | None = None) -> None:
        self.add(
            "marts.fct_sales",
            sale_id=f"s-{day}",
            customer_id=customer_id,
            sku_id=sku_id,
            store_id=store_id,
            sale_date=day,
        )


def _naive(value: Any) -> Any:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def shop(name: str = "centro", token: str = TOKEN, **values: Any) -> Shop:
    known: dict[str, Any] = {
        "store_id": "centro",
        "token_sha256": (sha256(token.encode()).hexdigest(),),
        "expires_at": NOW + timedelta(days=30),
        "rate": 1000.0,
        "burst": 1000,
    }
    return Shop(name=name, **known | values)


class Page:
    """The page on a free port, in a thread; leave the context to end it."""

    def __init__(self, folder: Path, store: Store, *shops: Shop, **settings: Any) -> None:
        self.now = NOW
        self.seconds = 0.0
        self.audit_path = folder / "audit.jsonl"
        app = create_app(
            Config(shop=shops or (shop(),), **settings),
            store,
            Audit(self.audit_path),
            lambda: self.now,
            lambda: self.seconds,
        )
        self._socket = server.listen("127.0.0.1", 0)
        self.port = self._socket.getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}/"
        self._server = uvicorn.Server(
            uvicorn.Config(
                app, http=make_protocol(LIMITS), ws="none", lifespan="on", log_config=None,
                access_log=False, timeout_graceful_shutdown=1,
            )
        )  # fmt: skip
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    @property
    def audited(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.audit_path.read_text().splitlines()]


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def words(self) -> str:
        """What is to be read, without tags and with single spaces."""
        return " ".join(re.sub(r"<[^>]+>", " ", self.text).replace("\u00a0", " ").split())

    @property
    def notice(self) -> str | None:
        found = re.search(r'data-notice="(\w+)"', self.text)
        return found[1] if found else None

    def attribute(self, name: str) -> str:
        found = re.search(rf'{name}="([^"]*)"', self.text)
        assert found, name
        return found[1]


class Clerk:
    """A browser without a window."""

    def __init__(self, page: Page, token: str | None = TOKEN) -> None:
        self._page = page
        self.cookie: str | None = None
        self.csrf = ""
        if token is not None:
            assert self.come_in(token).status == 303
            self.csrf = self.get("/").attribute('name="csrf" value')

    def request(
        self, method: str, path: str, body: bytes | None = None, **headers: str | None
    ) -> Answer:
        sent = {name.replace("_", "-"): text for name, text in headers.items() if text is not None}
        if self.cookie:
            sent["Cookie"] = self.cookie
        connection = http.client.HTTPConnection("127.0.0.1", self._page.port, timeout=20)
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read().decode())
        finally:
            connection.close()
        return answer

    def get(self, path: str) -> Answer:
        return self.request("GET", path)

    def post(self, path: str, fields: dict[str, str], **headers: str | None) -> Answer:
        sent: dict[str, str | None] = {
            "Content_Type": "application/x-www-form-urlencoded",
            "Origin": f"http://{self._page.host}",
            "X_Fragment": "1",
        }
        body = urlencode(fields, errors="surrogatepass").encode()
        return self.request("POST", path, body, **sent | headers)

    def come_in(self, token: str, **headers: str | None) -> Answer:
        answer = self.post("/entrar", {"token": token}, **headers)
        if cookie := answer.headers["Set-Cookie"]:
            self.cookie = cookie.split(";")[0]
        return answer

    def look_up(self, text: str, **headers: str | None) -> Answer:
        return self.post("/consulta", {"csrf": self.csrf, "q": text}, **headers)

    def update(self, shown: Answer) -> Answer:
        fields = {name: shown.attribute(f"data-{name}") for name in ("view", "version")}
        return self.post("/agora", {"csrf": self.csrf, **fields})


def a_shop(store: Store) -> None:
    """Fill a warehouse with what the tests and the pictures of the documents show."""
    picture = "http://mare.vteximg.com.br/arquivos/ids/{}-55-55/foto.jpg?v=63"
    store.add("marts.dim_stores", store_id="centro", store_name="Maré · Shopping Centro")
    store.add("marts.dim_stores", store_id="praia", store_name="Maré · Praia")
    rows: Sequence[tuple[str, str, float, float | None, str, float]] = (
        ("101", "Vestido Midi Linho Azul 38", 329.9, 429.9, "10", 3),
        ("102", "Vestido Midi Linho Azul 40", 329.9, 429.9, "10", 1),
        ("103", "Vestido Midi Linho Azul 42", 329.9, 429.9, "10", 0),
        ("201", "Sandália Couro Caramelo 37", 259.9, None, "20", 2),
        ("301", "Bolsa Palha Trançada", 189.0, None, "30", 6),
        ("401", "Camisa Algodão Branca M", 149.9, 179.9, "40", 0),
        ("501", "Calça Pantalona Areia 40", 279.9, None, "50", 4),
    )
    for sku_id, name, price, list_price, product_id, stock in rows:
        store.sku(
            sku_id, name, price, list_price=list_price, product_id=product_id, stock=stock,
            image_url=None if sku_id == "401" else picture.format(sku_id),
        )  # fmt: skip
    store.customer(
        "ana",
        first_name="Ana",
        last_name="Moreira",
        city="Aracaju",
        state="SE",
        first_order_date=date(2023, 3, 9),
        email="ana.moreira@example.com",
        document="52998224725",
        phone="+5579999990001",
    )
    store.customer(
        "rui", accepts=False, first_name="Rui", last_name="Prado", email="rui@example.com",
        document="11144477735",
    )  # fmt: skip
    store.event("ana", "pageView", 34)
    store.event("ana", "internalSiteSearchView", 32, search_term="vestido linho")
    store.event("ana", "productView", 30, sku_id="501")
    store.event("ana", "productView", 21, sku_id="401")
    store.event("ana", "productView", 16, sku_id="301")
    store.event("ana", "productView", 15, sku_id="301")
    store.event("ana", "productView", 12, sku_id="201")
    store.event("ana", "addToCart", 11, sku_id="201")
    store.event("ana", "productView", 3, sku_id="101")
    store.cart("ana", "201", 259.9, 11)
    store.order("1470001112223-01", "ana", ordered_at=NOW - timedelta(days=24))
    store.order(
        "1460009998887-01", "ana", ordered_at=NOW - timedelta(days=120), store_id="praia",
        total_amount=419.7, status_group="cancelled",
    )  # fmt: skip
    for order_id, sku_id in (("1470001112223-01", "301"), ("1470001112223-01", "401")):
        store.add(
            "marts.fct_order_items", order_id=order_id, line_number=int(sku_id),
            sku_key=f"key-{sku_id}", unit_count=1,
        )  # fmt: skip
    store.sku("601", "Chapéu Palha Aba Larga", 119.9, stock=5)
    store.sku("701", "Óculos de Sol Tartaruga", 239.9, stock=0)
    store.recommend("ana", 1, "501", "Entre os mais comprados ultimamente")
    store.recommend("ana", 2, "701", "Entre os mais comprados ultimamente")
    store.recommend("ana", 3, "601", "Combina com Sandália Couro Caramelo 37, que viu")
    store.sale("ana", "401", date(2026, 4, 20))
    store.sale("ana", "999", date(2026, 2, 7), "praia")
