"""What a small shop says beside its orders and catalogue, and of orders after the fact.

Everything is drawn from small pools, so that versions tie, go back and contradict each other.
"""

import random
from collections.abc import Callable

Document = dict[str, object]


class Afterwards:
    """Draws documents; `named` makes ids of the shop's own, `time` an instant as text."""

    def __init__(
        self, chance: random.Random, named: Callable[[str, int], str], time: Callable[[], str]
    ) -> None:
        self._pick = chance.choice
        self._named = named
        self._time = time

    def promotion(self, number: int) -> Document:
        """Draw a version of a promotion."""
        pick = self._pick
        return {
            "idCalculatorConfiguration": self._named("promotion", number),
            "name": pick(["Summer", "Winter"]),
            "type": pick(["regular", "combo"]),
            "beginDateUtc": self._time(),
            "endDateUtc": pick([self._time(), None]),
            "isActive": pick([True, False]),
            "isArchived": pick([False, None]),
            "coupon": pick([[], [self._named("coupon", 0)]]),
            "idsSalesChannel": pick([[], ["1"]]),
            "utmSource": pick(["mail", None]),
            "lastModified": pick([self._time(), None]),
        }

    def coupon(self, number: int) -> Document:
        """Draw a version of a coupon."""
        return {
            "couponCode": self._named("coupon", number),
            "utmSource": self._pick(["mail", "app"]),
            "utmCampaign": self._pick(["spring", None]),
            "isArchived": self._pick([True, False]),
        }

    def pickup_point(self, number: int) -> Document:
        """Draw a version of a physical shop."""
        pick = self._pick
        return {
            "id": pick(["", "1_"]) + self._named("shop", number),
            "name": pick(["Centro", "Norte"]),
            "isActive": pick([True, False]),
            "address": pick([{"city": "Recife", "state": "PE", "postalCode": "50000-000"}, None]),
            "warehouseId": pick([self._named("warehouse", 0), None]),
        }

    def warehouse(self, number: int) -> Document:
        """Draw a version of a warehouse."""
        return {
            "id": self._named("warehouse", number),
            "name": self._pick(["One", "Two"]),
            "isActive": self._pick([True, False]),
        }

    def tree(self, number: int) -> Document:
        """Draw a category with others within it."""
        pick = self._pick
        leaf = {"id": self._named("category", 8), "name": pick(["Shoes", "Boots"]), "children": []}
        return {
            "id": self._named("category", number),
            "name": pick("AB"),
            "hasChildren": True,
            "children": pick([[leaf], [], [leaf | {"id": self._named("category", 7)}, leaf]]),
        }

    def inventory(self, sku_id: str) -> Document:
        """Draw a SKU's stock."""
        warehouses = self._pick([[0], [0, 1], []])
        return {
            "skuId": sku_id,
            "balance": [
                {
                    "warehouseId": self._named("warehouse", number),
                    "totalQuantity": self._pick([0, 3, 7]),
                    "reservedQuantity": self._pick([0, 1]),
                    "hasUnlimitedQuantity": self._pick([False, True]),
                }
                for number in warehouses
            ],
        }

    def price(self, sku_id: str) -> Document:
        """Draw a SKU's prices."""
        pick = self._pick
        fixed = {
            "tradePolicyId": pick(["1", "2"]),
            "value": pick([8, 9.5]),
            "listPrice": None,
            "minQuantity": pick([1, 10]),
            "dateRange": pick([None, {"from": self._time(), "to": self._time()}]),
        }
        return {
            "itemId": sku_id,
            "basePrice": pick([10, 12.5]),
            "listPrice": pick([15, None]),
            "costPrice": pick([4, None]),
            "fixedPrices": pick([[], [fixed], [fixed, fixed | {"tradePolicyId": "3"}]]),
        }

    def returned(self, number: int, order_id: str, sku_id: str) -> Document:
        """Draw a version of a return."""
        pick = self._pick
        status = pick(["new", "processing", "amountRefunded", "denied", "cancelled"])
        line = {"orderItemIndex": pick([0, 1]), "id": sku_id, "quantity": pick([1, 2])}
        refund = {
            "invoiceValue": 1000,
            "refundedItemsValue": 1000,
            "refundedShippingValue": 0,
            "items": [line | {"price": 1000}],
        }
        return {
            "id": self._named("return", number),
            "orderId": order_id,
            "status": status,
            "dateSubmitted": self._time(),
            "refundableAmount": 1000,
            "items": [line | {"sellingPrice": 1000, "tax": 0, "returnReason": {"reason": "size"}}],
            "refundData": refund if status == "amountRefunded" else None,
            "refundStatusData": [
                {"status": "new", "createdAt": self._time()},
                {"status": status, "createdAt": self._time()},
            ],
        }

    def order_change(self, number: int, order_id: str, sku_id: str) -> Document:
        """Draw a version of a change of an order."""
        return {
            "requestId": self._named("change", number),
            "orderId": order_id,
            "status": self._pick(["done", "canceled", "preparing"]),
            "createdAt": self._time(),
            "items": [{"id": sku_id, "quantity": 1}],
        }

    def of_order(self, line_count: int) -> Document:
        """Draw what an order document says beside its lines and payments."""
        pick = self._pick
        package = {
            "invoiceNumber": pick(["N1", "N2"]),
            "type": pick(["Output", "Output", "Input"]),
            "invoiceValue": 500,
            "courier": pick(["Fast", None]),
            "issuanceDate": self._time(),
            "courierStatus": pick([None, {"finished": True, "deliveredDate": self._time()}]),
            "items": [
                {"itemIndex": index, "quantity": 1, "price": 100} for index in range(line_count)
            ],
        }
        logistics = {
            "itemIndex": 0,
            "deliveryChannel": pick(["delivery", "pickup-in-point"]),
            "pickupPointId": self._named("shop", 0),
            "shippingEstimateDate": self._time(),
            "selectedSla": "Normal",
            "deliveryCompany": "Fast",
        }
        address = {"city": "Recife", "state": "PE", "country": "BRA", "postalCode": "50000-123"}
        return {
            "packageAttachment": {"packages": pick([[], [package], [package, package]])},
            "shippingData": pick([None, {"address": address, "logisticsInfo": [logistics]}]),
            "ratesAndBenefitsData": {
                "rateAndBenefitsIdentifiers": [
                    {"id": self._named("promotion", 0), "name": "Summer"}
                ]
            },
            "marketingData": pick([None, {"utmiCampaign": "codigodavendedora", "coupon": "C"}]),
            "openTextField": pick([None, {"value": "T796 - NAME"}]),
        }
