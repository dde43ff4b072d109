"""A store's messages counted again from their text alone, sharing nothing with the simulator."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from tests.simulator import storefront_recount, till_recount

KEYS = ["subscription_name", "message_id", "publish_time", "attributes", "data"]
LOCAL = timedelta(hours=-3)
_IDENTITIES = (
    *("itemId", "skuId", "SellerId", "idCalculatorConfiguration", "couponCode", "requestId"),
    *("Id", "id"),
)
CATALOGUE = ("vtex.product", "vtex.sku", "vtex.category", "vtex.brand")
MANDATORY = {
    "vtex.order": {
        "orderId": str,
        "status": (str, type(None)),
        "creationDate": "time",
        "lastChange": "time",
        "value": int,
        "totals": list,
        "items": list,
    },
    "vtex.price": {"itemId": str, "basePrice": (int, float)},
    "vtex.inventory": {"skuId": str, "balance": list},
    "vtex.client": {"id": str},
    "vtex.address": {"id": str},
    "vtex.seller": {"SellerId": str},
    "vtex.promotion": {"idCalculatorConfiguration": str, "lastModified": "time"},
    "vtex.coupon": {"couponCode": str},
    "vtex.pickup_point": {"id": str},
    "vtex.warehouse": {"id": str},
    "vtex.return": {"id": str, "orderId": str, "status": str, "dateSubmitted": "time"},
    "vtex.order_change": {"requestId": str, "status": str},
    "vtex.order_event": {},
    **{contract: {"Id": int} for contract in CATALOGUE},
}


def instant(text):
    """An aware datetime in UTC; a text without a zone is refused."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(text)
    return at.astimezone(UTC)


def parse(data):
    """The document of a payload, or None if it is not an object of strict JSON."""
    if not isinstance(data, str):
        return None
    try:
        document = msgspec.json.decode(data)
    except msgspec.DecodeError:
        return None
    return document if isinstance(document, dict) else None


def contract_of(row):
    """What a message says it is of, else what its keys say."""
    if "contract" in row["attributes"]:
        return row["attributes"]["contract"]
    keys = msgspec.json.decode(row["data"]).keys() & till_recount.CONTRACTS.keys()
    return till_recount.CONTRACTS[keys.pop()]


def event_of(document):
    """(order, state, change) of an order event, in any of the three spellings."""
    spellings = (
        ("OrderId", "State", "CurrentChange"),
        ("orderId", "state", "currentChange"),
        ("orderId", "currentState", "currentChangeDate"),
    )
    for spelling in spellings:
        if all(key in document for key in spelling):
            return tuple(document[key] for key in spelling)
    return None


def is_usable(contract, document):
    """What the raw layer's contract asks of a message."""
    if contract == "storefront.event" and document is not None:
        return storefront_recount.is_usable(document)
    if contract in till_recount.CONTRACTS.values() and document is not None:
        return till_recount.is_usable(contract, document)
    if document is None or contract not in MANDATORY:
        return False
    if contract == "vtex.order_event":
        event = event_of(document)
        return event is not None and all(map(_is_text, event)) and _is_time(event[2])
    if contract in CATALOGUE:
        document = {"Id": document.get("Id", document.get("id"))}
    for key, kind in MANDATORY[contract].items():
        value = document.get(key, ...)
        right = _is_time(value) if kind == "time" else isinstance(value, kind)
        if not right or isinstance(value, bool):
            return False
    return True


def _is_text(value):
    return isinstance(value, str)


def _is_time(value):
    try:
        instant(value)
    except (TypeError, ValueError):
        return False
    return True


def line_cents(item):
    """(Items, Items + Discounts, shipping discounts) of a line, in cents; tags read as they are."""
    exact = Decimal(item["price"]) * item["quantity"] * Decimal(str(item["unitMultiplier"]))
    paid, shipping = exact, 0
    for tag in item["priceTags"]:
        if tag["name"].startswith("discount@shipping"):
            shipping += tag["value"]
        elif not tag["name"].startswith("tax@"):
            share = exact * Decimal(str(tag["rawValue"]))
            paid += share if tag["isPercentual"] else Decimal(tag["value"])
    return _cents(exact), _cents(paid), shipping


def _cents(amount):
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def totals_of(order):
    """The totals of an order by their id."""
    return {total["id"]: total["value"] for total in order["totals"]}


def services_cents(item):
    """What is paid for wrapping a line and the like."""
    return sum(each["price"] * each["quantity"] for each in item["bundleItems"])


def removed_units(order):
    """{SKU: units} that changes have taken out of an order."""
    units = Counter()
    for change in (order["changesAttachment"] or {"changesData": []})["changesData"]:
        for item in change["itemsRemoved"]:
            units[item["id"]] += item["quantity"]
    return units


def local_day(text):
    """The store's date at an instant."""
    return (instant(text) + LOCAL).date().isoformat()


def parcels_of(order):
    """The parcels that left: when, the units of each line, when they were delivered."""
    return [
        {
            "issued_at": instant(package["issuanceDate"]),
            "units": {part["itemIndex"]: part["quantity"] for part in package["items"]},
            "delivered_on": local_day(package["courierStatus"]["deliveredDate"])
            if (package["courierStatus"] or {}).get("finished")
            else None,
        }
        for package in order["packageAttachment"]["packages"]
        if package["type"] == "Output"
    ]


def sent_back_of(order):
    """{invoice number: cents} of what an order tells as sent back."""
    return {
        package["invoiceNumber"]: package["restitutions"]["Refund"]["value"]
        for package in order["packageAttachment"]["packages"]
        if package["type"] == "Input"
    }


def discounts_of(order):
    """(promotion, cents) of every line and promotion that its tags name, taxes aside."""
    for item in order["items"]:
        names = {tag["identifier"]: tag for tag in item["priceTags"]}
        exact, paid, _ = line_cents(item)
        for identifier, tag in names.items():
            if tag["name"].startswith("discount@shipping"):
                yield identifier, -tag["value"]
            elif not tag["name"].startswith("tax@"):
                yield identifier, exact - paid


def active_payments(order, *, is_active=True):
    """{id: cents} of the payments in active (or refused) transactions."""
    return {
        payment["id"]: payment["value"]
        for transaction in order["paymentData"]["transactions"]
        if transaction["isActive"] is is_active
        for payment in transaction["payments"]
    }


def summary(order):
    """What is kept of an order's newest version."""
    totals = totals_of(order)
    return {
        "status": order["status"] or "incomplete",
        "origin": order["origin"],
        "currency": order.get("storePreferencesData", {"currencyCode": "BRL"})["currencyCode"],
        "day": local_day(order["creationDate"]),
        "marketplace_order_id": order["marketplaceOrderId"],
        "person": order["clientProfileData"]["document"],
        "profile": order["clientProfileData"]["userProfileId"],
        "phone": order["clientProfileData"]["phone"],
        "created_at": instant(order["creationDate"]),
        "parcels": parcels_of(order),
        "promised_on": local_day(order["shippingData"]["logisticsInfo"][0]["shippingEstimateDate"]),
        "ships_from": [
            info["deliveryIds"][0]["warehouseId"] for info in order["shippingData"]["logisticsInfo"]
        ],
        "lines": [
            (item["id"], [(part["id"], part["quantity"]) for part in item["components"]])
            for item in order["items"]
        ],
        "removed": removed_units(order),
        "sent_back": sent_back_of(order),
        "discounts": list(discounts_of(order)),
        "named_promotions": {
            tag["identifier"] for item in order["items"] for tag in item["priceTags"]
        },
        "pickup_point": order["shippingData"]["logisticsInfo"][0]["pickupPointId"],
        "checked_in": order["checkedInPickupPointId"],
        "group": order["orderGroup"],
        "active": active_payments(order),
        "inactive": active_payments(order, is_active=False),
        "sums": {
            "orders": 1,
            "order_lines": len(order["items"]),
            "units": sum(item["quantity"] for item in order["items"]),
            "items_cents": totals["Items"],
            "discounts_cents": totals["Discounts"],
            "shipping_cents": totals["Shipping"],
            "tax_cents": totals["Tax"],
            "services_cents": sum(map(services_cents, order["items"])),
            "change_cents": totals.get("Change", 0),
            "total_cents": order["value"],
        },
    }


def _plain(email):
    """An e-mail address without case and tag."""
    local, domain = email.lower().split("@")
    return f"{local.split('+')[0]}@{domain}"


class Recount:
    """All that the tests ask of a store's messages, from one reading of its rows."""

    def __init__(self, rows: Iterable[bytes], on_order: Callable = lambda order: None) -> None:
        self._on_order = on_order
        self.lines = Counter()
        self.ids = defaultdict(set)
        self.texts = defaultdict(dict)  # contract -> hash of data -> number of ids
        self.unusable = {}
        self.status_events = Counter()
        self.spellings = Counter()
        self.encoded = []
        self.orders = {}
        self.approved = set()
        self.newest = {}
        self.publish_times = []
        self.versions = defaultdict(list)  # contract, entity -> documents in order of arrival
        self.order_versions = defaultdict(list)  # order -> (lastChange, publish time, status)
        self.rows = {}
        self.clicks = storefront_recount.Clicks()
        self.tills = till_recount.Tills()
        for row in rows:
            self._read(row)

    def _read(self, line: bytes) -> None:
        row = msgspec.json.decode(line)
        contract, message_id = contract_of(row), row["message_id"]
        self.lines[contract] += 1
        if list(row) != KEYS:
            raise AssertionError(f"{message_id} has the keys {list(row)}")
        self.publish_times.append(row["publish_time"])
        copy = hash(line)
        if self.rows.setdefault(message_id, copy) != copy:
            raise AssertionError(f"{message_id} names two messages")
        if message_id in self.ids[contract]:
            return
        self.ids[contract].add(message_id)
        if isinstance(row["data"], dict):
            self.encoded.append(row["data"]["base64"])
        document = parse(row["data"])
        if not is_usable(contract, document):
            self.unusable[message_id] = contract
            return
        content = hash(row["data"])
        self.texts[contract][content] = self.texts[contract].get(content, 0) + 1
        if contract == "vtex.order":
            self._order(row, document)
        elif contract == "storefront.event":
            self.clicks.read(row, document)
        elif contract in till_recount.CONTRACTS.values():
            self.tills.read(row, contract, document)
        elif contract == "vtex.order_event":
            self.status_events[event_of(document)] += 1
            keys = ("OrderId", "orderId", "State", "state", "currentState")
            self.spellings[" ".join(key for key in keys if key in document)] += 1
        else:
            entity = next(str(document[key]) for key in _IDENTITIES if key in document)
            self.versions[contract, entity].append((row["publish_time"], row["data"]))

    def _order(self, row, document) -> None:
        order_id, changed_at = document["orderId"], instant(document["lastChange"])
        self.order_versions[order_id].append(
            (changed_at, instant(row["publish_time"]), document["status"])
        )
        self._on_order(document)
        if document["authorizedDate"]:
            self.approved.add(order_id)
        if order_id not in self.newest or changed_at >= self.newest[order_id]:
            self.newest[order_id] = changed_at
            self.orders[order_id] = summary(document)

    def histories(self, contract):
        """{entity: its distinct documents, oldest first by publishing} of a contract."""
        found = {}
        for (of, entity), versions in self.versions.items():
            if of == contract:
                documents = {data: published for published, data in sorted(versions, reverse=True)}
                ordered = sorted(documents, key=documents.get)
                found[entity] = [msgspec.json.decode(data) for data in ordered]
        return found

    def people(self):
        """{order: its person}: the document, else that of an account with the same e-mail."""
        person_of = self.person_of()
        return {
            order_id: person_of({"document": order["person"], "id": order["profile"]})
            for order_id, order in self.orders.items()
        }

    def person_of(self):
        """Return what finds the document of who says to be {document, id, email}, or some of it."""
        accounts, documents = {}, {}
        for clients in self.histories("vtex.client").values():
            for client in clients:
                email = _plain(client["email"])
                accounts[client["userId"]] = email
                if client["document"]:
                    documents[email] = client["document"]

        def find(told):
            email = _plain(told["email"]) if "email" in told else accounts.get(told.get("id"))
            return told.get("document") or documents[email]

        return find

    def is_copy(self, order_id) -> bool:
        """Whether the order is a copy of a sale that is known."""
        return self.orders[order_id]["marketplace_order_id"] in self.orders

    def is_revenue(self, order_id) -> bool:
        """Not cancelled, paid at some time, and no copy of a sale that is known."""
        order = self.orders[order_id]
        paid = order["status"] != "canceled" and order_id in self.approved
        return paid and not self.is_copy(order_id)
