"""Small shops that make trouble: message sets drawn to collide.

Times come from a small pool, so that versions tie; documents go back to what they said before;
orders are copies of one sale; messages are published again, or are no messages a warehouse can use.
Each shop's ids begin with its number, so that many shops share one build.
"""

import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from simulator.customers import cpf
from tests.project.shop_afterwards import Afterwards
from tests.project.till_messages import TillMessages
from tests.project.visits import Visits

Message = dict[str, object]

_START = datetime(2024, 1, 31, 22, 0, tzinfo=UTC)
_STATUSES = [
    None,
    "payment-pending",
    "payment-approved",
    "handling",
    "invoiced",
    "canceled",
    "no-such-status",
]


class Shop:
    """One shop: `messages()` is its message set, each message with its own id."""

    def __init__(self, number: int, seed: int) -> None:
        self.prefix = f"s{number}"
        self.random = random.Random(f"{number}/{seed}")
        self.instants = [
            _START + timedelta(hours=7 * step, microseconds=step * 100_001) for step in range(12)
        ]
        self.published = 0
        digits = cpf(number)
        self.document = f"{digits[:3]}.{digits[3:6]}.{digits[6:9]}-{digits[9:]}"
        self.phone = f"11{912_000_000 + number}"
        self.afterwards = Afterwards(self.random, self._id, self._time)

    def messages(self) -> list[Message]:
        drawn = [
            *self._catalogue("vtex.sku", "sku", 3),
            *self._catalogue("vtex.product", "product", 2),
            *self._catalogue("vtex.category", "category", 2),
            *self._catalogue("vtex.brand", "brand", 1),
            *self._catalogue("vtex.seller", "seller", 2),
            *self._prices_and_stock(),
            *self._registers(),
            *self._people(),
            *self._orders(),
            *self._after_orders(),
            *self._poison(),
            *self._visits(),
            *self._tills(),
        ]
        again = [
            self._message(m["attributes"]["contract"], m["data"])
            for m in self.random.sample(drawn, 6)
        ]  # type: ignore[index]
        return drawn + again

    def _message(self, contract: str, data: object) -> Message:
        self.published += 1
        at = self.random.choice(self.instants) + timedelta(seconds=self.random.choice([0, 0, 5]))
        return {
            "subscription_name": contract.replace(".", "-"),
            "message_id": f"{self.prefix}-{self.published}",
            "publish_time": at.isoformat().replace("+00:00", "Z"),
            "attributes": {"contract": contract},
            "data": data if isinstance(data, str) else json.dumps(data),
        }

    def _id(self, kind: str, number: int) -> str:
        return f"{self.prefix}-{kind}{number}"

    def _time(self) -> str:
        at = self.random.choice(self.instants)
        return self.random.choice([at.isoformat(), at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "7Z"])

    def _catalogue(self, contract: str, kind: str, count: int) -> Iterator[Message]:
        pick = self.random.choice
        for number in range(count):
            for _ in range(self.random.randint(0, 4)):
                document = {
                    "Id": self._id(kind, number),
                    "Name": f"{kind} {pick('AB')}",
                    "IsActive": pick([True, False]),
                }
                if kind == "sku":
                    document |= {"ProductId": self._id("product", pick([0, 1, 2]))}
                    codes = {"Ean": self._id("ean", 0), "RefId": self._id("reference", 0)}
                    document |= pick([codes, {}, {}])
                if kind == "product":
                    document |= {
                        "CategoryId": self._id("category", pick([0, 1])),
                        "BrandId": self._id("brand", 0),
                    }
                if kind == "product" and pick([True, False]):
                    document |= {"DepartmentId": self._id("category", 1)}
                if kind == "seller":
                    document = {"SellerId": document["Id"], "Name": document["Name"]}
                if pick([True, False, False]):
                    document = {key[0].lower() + key[1:]: value for key, value in document.items()}
                yield self._message(contract, document)

    def _prices_and_stock(self) -> Iterator[Message]:
        for _ in range(3):
            sku = self._id("sku", self.random.choice([0, 1]))
            yield self._message("vtex.price", self.afterwards.price(sku))
            stock = self.afterwards.inventory(sku)
            yield self._message("vtex.inventory", stock)
            for level in stock["balance"]:  # As the API of one warehouse tells it.
                yield self._message("vtex.inventory", {"skuId": sku} | level)

    def _registers(self) -> Iterator[Message]:
        documents = {
            "vtex.promotion": self.afterwards.promotion,
            "vtex.coupon": self.afterwards.coupon,
            "vtex.pickup_point": self.afterwards.pickup_point,
            "vtex.warehouse": self.afterwards.warehouse,
            "vtex.category": self.afterwards.tree,
        }
        for contract, document in documents.items():
            for _ in range(self.random.randint(1, 4)):
                yield self._message(contract, document(self.random.choice([0, 1])))

    def _after_orders(self) -> Iterator[Message]:
        documents = {
            "vtex.return": self.afterwards.returned,
            "vtex.order_change": self.afterwards.order_change,
        }
        for contract, document in documents.items():
            for _ in range(self.random.randint(1, 4)):
                order = self._id("order", self.random.choice([0, 1, 2]))
                sku = self._id("sku", self.random.choice([0, 1]))
                yield self._message(contract, document(self.random.choice([0, 1]), order, sku))

    def _people(self) -> Iterator[Message]:
        pick = self.random.choice
        for number in range(3):
            for _ in range(self.random.randint(0, 4)):
                client = {
                    "id": self._id("client", number),
                    "userId": pick([self._id("person", number), None]),
                }
                client |= {
                    "isNewsletterOptIn": pick([True, False]),
                    "document": pick([self.document, None]),
                    "email": pick([f"{self.prefix}+{number}@example.com", None]),
                    "phone": pick([self.phone, None]),
                }
                client |= {"createdIn": self._time(), "updatedIn": pick([self._time(), None])}
                yield self._message("vtex.client", client)
            for _ in range(self.random.randint(0, 3)):
                address = {
                    "id": self._id("address", pick([0, 1])),
                    "userId": self._id("person", number),
                }
                address |= {"city": pick(["Recife", "Olinda", None]), "state": pick(["PE", "pe"])}
                yield self._message(
                    "vtex.address", address | {"createdIn": self._time(), "updatedIn": self._time()}
                )

    def _orders(self) -> Iterator[Message]:
        pick = self.random.choice
        for number in range(5):
            order_id = self._id("order", number)
            for _ in range(self.random.randint(1, 4)):
                changed = self._time()
                document = self._order(order_id, changed, pick(_STATUSES))
                if number == 1:
                    document |= {"sellerOrderId": self._id("order", 2)}
                if number >= 2:
                    document |= {
                        "origin": pick(["Fulfillment", "Chain"]),
                        "marketplaceOrderId": self._id("order", number - 1),
                    }
                yield self._message("vtex.order", document)
                event = {
                    "OrderId": order_id,
                    "State": document["status"] or "order-created",
                    "CurrentChange": changed,
                }
                if pick([True, False]):
                    event = {key[0].lower() + key[1:]: value for key, value in event.items()}
                yield self._message("vtex.order_event", event)

    def _order(self, order_id: str, changed: str, status: str | None) -> dict[str, object]:
        pick = self.random.choice
        tag = {
            "name": "discount@price-1",
            "value": -33,
            "isPercentual": False,
            "identifier": self._id("promotion", 0),
        }
        items = [
            {
                "uniqueId": str(line),
                "id": self._id("sku", pick([0, 1, 2, 9])),
                "seller": self._id("seller", pick([0, 1, 7])),
                "name": pick(["one", "two"]),
                "quantity": pick([1, 2]),
                "price": pick([1000, 333]),
                "unitMultiplier": pick([1, 0.25]),
                "priceTags": pick([[], [tag]]),
            }
            for line in range(self.random.randint(0, 3))
        ]
        payment = {
            "id": pick(["A", "B", None]),
            "paymentSystem": "2",
            "group": "creditCard",
            "value": 500,
            "installments": 2,
        }
        return self.afterwards.of_order(len(items)) | {
            "orderId": order_id,
            "status": status,
            "creationDate": self.instants[0].isoformat(),
            "lastChange": changed,
            "value": 1000,
            "totals": [
                {"id": "Items", "value": 1000},
                {"id": "Discounts", "value": pick([0, -33])},
            ],
            "items": items,
            "origin": "Marketplace",
            "salesChannel": "1",
            "authorizedDate": pick([None, self._time()]),
            "paymentData": {
                "transactions": [
                    {"isActive": pick([True, False]), "payments": [payment] * pick([0, 1, 2])}
                ]
            },
            "clientProfileData": {
                "userProfileId": pick([None, self._id("person", pick([0, 1]))]),
                "document": pick([None, re.sub(r"\D", "", self.document)]),
                "email": pick([None, f"{self.prefix}@example.com", "nao@tem"]),
                "phone": pick([None, f"+55{self.phone}"]),
            },
        }

    def _poison(self) -> Iterator[Message]:
        for data in ['{"orderId": "x",}', "", "[]", '{"orderId": 7}', '{"a": NaN}']:
            yield self._message(self.random.choice(["vtex.order", "vtex.sku", "vtex.client"]), data)
        yield self._message("no.such", {"x": 1})

    def _visits(self) -> Iterator[Message]:
        visits = Visits(self.random, self._id, self.document)
        for event, attributes in visits.events(self.instants[0]):
            message = self._message("storefront.event", event)
            yield message | {"attributes": {"contract": "storefront.event"} | attributes}

    def _tills(self) -> Iterator[Message]:
        tills = TillMessages(self.random, self._id, self.document, self.phone)
        for contract, document in tills.all():
            yield self._message(contract, document)
