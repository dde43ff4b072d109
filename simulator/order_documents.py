"""Orders as VTEX's Get Order tells them: the whole document again at every step.

Most of a document never changes, so it is encoded once an order; each version adds what has
changed. The order of keys in a JSON object means nothing.
"""

import random
from collections.abc import Iterator
from typing import Any

from simulator.order_lines import item, logistics, metadata
from simulator.order_people import address, marketing, payment_data, profile, sellers
from simulator.orders import Order, invoice_number, parcels
from simulator.promotions import FREE_SHIPPING_ID, GIFT_ID
from simulator.seeds import Weighted
from simulator.statuses import DESCRIPTIONS, Effect, Step
from simulator.timestamps import HOUR, SECOND, iso
from simulator.words import ACCOUNT, MARKETPLACES

Document = dict[str, Any]

_DIGITS = Weighted((7, 6, 4), (70, 15, 15))
_ZONES = Weighted(("+00:00", "Z", "-03:00"), (75, 15, 10))
_REASONS = ("Desisti da compra", "Comprei errado", "Prazo de entrega", "Pagamento não realizado")
_ENDPOINT = f"http://oms.vtexinternal.com.br/api/oms?an={ACCOUNT}"


_MARKETPLACE_NAMES = dict(MARKETPLACES)


def stamp(rng: random.Random, at: int) -> str:
    """Write an instant as one of VTEX's services would."""
    return iso(at, _DIGITS.pick(rng), _ZONES.pick(rng))


def stable_part(rng: random.Random, order: Order) -> Document:
    """Return what all versions of an order have in common, money aside."""
    purchase = order.purchase
    place = address(order)
    document: Document = {
        "sequence": order.sequence,
        "marketplaceOrderId": order.marketplace_order_id,
        "marketplaceServicesEndpoint": _ENDPOINT,
        "sellerOrderId": order.seller_order_id,
        "origin": order.origin,
        "affiliateId": order.affiliate_id,
        "salesChannel": purchase.sales_channel,
        "merchantName": None,
        "creationDate": stamp(rng, purchase.at),
        "orderGroup": order.group,
        "followUpEmail": purchase.alias,
        "hostname": ACCOUNT,
        "allowEdition": False,
        "isCheckedIn": purchase.checked_in is not None,
        "checkedInPickupPointId": (
            purchase.checked_in.pickup_point_id if purchase.checked_in else None
        ),
        "sellers": sellers(order),
        "cancellationRequests": None,
        "taxData": None,
        "subscriptionData": _subscriptions(order),
        "itemMetadata": metadata(order),
        "marketplace": {
            "baseURL": _ENDPOINT,
            "isCertified": None,
            "name": _MARKETPLACE_NAMES.get(order.affiliate_id, ACCOUNT),
        },
        "openTextField": {"value": purchase.clerk} if purchase.clerk else None,
        "callCenterOperatorData": None,
        "paymentData": payment_data(rng, order),
        "shippingData": {
            "id": "shippingData",
            "address": place,
            "logisticsInfo": [
                logistics(order, index, line, place["addressId"])
                for index, line in enumerate(order.lines)
            ],
            "trackingHints": None,
            "selectedAddresses": [place],
            "contactInformation": [],
        },
        "ratesAndBenefitsData": _benefits(order),
        "marketingData": marketing(order),
        "giftRegistryData": None,
        "clientProfileData": profile(order),
        "items": [item(rng, order, line) for line in order.lines],
        "marketplaceItems": [],
    }
    if not purchase.is_old:
        document |= _newer_blocks(order)
    return document


def _subscriptions(order: Order) -> Document | None:
    subscribed = [
        {
            "ExecutionCount": line.plan.executions,
            "PriceAtSubscriptionDate": float(line.price),
            "ItemIndex": index,
            "Plan": {
                "type": "RECURRING_PAYMENT",
                "frequency": {"periodicity": line.plan.periodicity, "interval": line.plan.interval},
                "validity": {"begin": iso(order.purchase.at, 7, "Z"), "end": None},
            },
        }
        for index, line in enumerate(order.lines)
        if line.plan
    ]
    if not subscribed:
        return None
    return {"SubscriptionGroupId": order.purchase.form_id.upper(), "Subscriptions": subscribed}


def _newer_blocks(order: Order) -> Document:
    """Return the blocks that old orders lack altogether."""
    is_dollar = order.purchase.currency == "USD"
    customer = order.purchase.customer
    return {
        "orderFormId": order.purchase.form_id,
        "roundingError": 0,
        "commercialConditionData": None,
        "customData": None,
        "invoiceData": {"address": None, "userPaymentInfo": None, "invoiceSubject": None},
        "clientPreferencesData": {
            "locale": "en-US" if is_dollar else "pt-BR",
            "optinNewsLetter": customer.at(order.purchase.at).is_opted_in,
        },
        "storePreferencesData": {
            "countryCode": "BRA",
            "currencyCode": order.purchase.currency,
            "currencyFormatInfo": {
                "CurrencyDecimalDigits": 2,
                "CurrencyDecimalSeparator": "." if is_dollar else ",",
                "CurrencyGroupSeparator": "," if is_dollar else ".",
                "CurrencyGroupSize": 3,
                "StartsWithCurrencySymbol": True,
            },
            "currencyLocale": 1033 if is_dollar else 1046,
            "currencySymbol": "US$" if is_dollar else "R$",
            "timeZone": "E. South America Standard Time",
        },
    }


def _benefits(order: Order) -> Document:
    promotion = order.purchase.promotion
    applied: list[tuple[str, str, Document]] = []
    if promotion:
        matched = {"couponCode@Marketing": promotion.coupon} if promotion.coupon else {}
        applied.append((promotion.promotion_id, promotion.name, matched))
    if any(line.shipping_cents < line.shipping_list_cents for line in order.lines):
        applied.append((FREE_SHIPPING_ID, "Frete por nossa conta", {}))
    if any(line.is_gift for line in order.lines):
        applied.append((GIFT_ID, "Brinde do Quintal", {}))
    return {
        "id": "ratesAndBenefitsData",
        "rateAndBenefitsIdentifiers": [
            {
                "description": None,
                "featured": False,
                "id": identifier,
                "name": name,
                "matchedParameters": matched,
                "additionalInfo": None,
            }
            for identifier, name, matched in applied
        ],
    }


def versions(rng: random.Random, order: Order) -> Iterator[tuple[Step, Document | None]]:
    """Yield each step of an order with what it changes in the document; brief ones without."""
    story = _Story(rng, order)
    for step in order.steps:
        if step.effect:
            story.apply(step)
        yield step, story.changing_part(step) if step.has_document else None


def _totals(order: Order) -> list[Document]:
    return [
        {"id": "Items", "name": "Total dos Itens", "value": order.items_cents},
        {"id": "Discounts", "name": "Total dos Descontos", "value": order.discounts_cents},
        {"id": "Shipping", "name": "Total do Frete", "value": order.shipping_cents},
        {"id": "Tax", "name": "Total da Taxa", "value": order.tax_cents},
    ]


class _Story:
    """What has happened to an order so far."""

    def __init__(self, rng: random.Random, order: Order) -> None:
        self._rng = rng
        self._order = order
        self._authorized: str | None = None
        self._invoiced: str | None = None
        self._cancellation: Document | None = None
        self._reason: str | None = None
        self._changes: Document | None = None
        self._packages: list[Document] = []
        self._total_cents = order.total_cents
        self._totals = _totals(order)
        self._parcels = parcels(order)

    def apply(self, step: Step) -> None:
        """Let a step have its effect."""
        match step.effect:
            case Effect.AUTHORIZE:
                self._authorized = stamp(self._rng, step.at - SECOND)
            case Effect.INVOICE_PART:
                self._invoice()
            case Effect.INVOICE_REST:
                self._invoiced = stamp(self._rng, step.at)
                self._invoice()
            case Effect.CANCEL:
                self._cancel(step.at)
            case Effect.GIVE_REASON:
                self._reason = self._rng.choice(_REASONS)
                self._cancellation = {**(self._cancellation or {}), "Reason": self._reason}
            case Effect.CHANGE:
                self._change(step.at)
            case Effect.DELIVER:
                self._packages = [self._delivered(step.at, each) for each in self._packages]
            case Effect.RETURN:
                self._packages = [*self._packages, self._returned(step.at)]

    def _invoice(self) -> None:
        step, quantities = next(self._parcels)
        lines = [
            (index, line, quantity)
            for index, (line, quantity) in enumerate(
                zip(self._order.lines, quantities, strict=True)
            )
            if quantity
        ]
        value = sum(line.paid_cents * quantity // line.quantity for _, line, quantity in lines)
        self._packages = [*self._packages, self._package(step.at, lines, value, "Output")]

    def _package(self, at: int, lines: list[Any], value: int, kind: str) -> Document:
        number = invoice_number(self._order, len(self._packages))
        return {
            "items": [
                {
                    "itemIndex": index,
                    "quantity": quantity,
                    "price": line.price,
                    "description": None,
                    "unitMultiplier": line.unit_thousandths / 1000,
                }
                for index, line, quantity in lines
            ],
            "courier": "Transportadora Ligeira",
            "invoiceNumber": number,
            "invoiceValue": value,
            "invoiceUrl": None,
            "issuanceDate": stamp(self._rng, at - SECOND),
            "trackingNumber": f"LG{number}BR" if kind == "Output" else None,
            "invoiceKey": None,
            "trackingUrl": None,
            "embeddedInvoice": "",
            "type": kind,
            "courierStatus": self._under_way(at) if kind == "Output" else None,
            "cfop": None,
            "restitutions": {},
            "volumes": 1,
        }

    def _under_way(self, at: int) -> Document | None:
        """Return what a courier tells on the first day; most tell nothing."""
        if self._order.purchase.number % 3:
            return None
        moment = iso(at, 7, "+00:00")
        event = {
            "lastChange": moment,
            "city": "Cajamar",
            "state": "SP",
            "description": "Postado",
            "createDate": moment,
        }
        return {"status": "ok", "finished": False, "deliveredDate": None, "data": [event]}

    def _delivered(self, at: int, package: Document) -> Document:
        place = address(self._order)
        moment = stamp(self._rng, at - HOUR)
        event = {
            "lastChange": moment,
            "city": place["city"],
            "state": place["state"],
            "description": "Entregue",
            "createDate": moment,
        }
        status = {"status": "ok", "finished": True, "deliveredDate": moment, "data": [event]}
        return {**package, "courierStatus": status}

    def _returned(self, at: int) -> Document:
        line = self._order.lines[0]
        value = line.paid_cents // line.quantity + line.tax_cents // line.quantity
        package = self._package(at, [(0, line, 1)], value, "Input")
        return {**package, "restitutions": {"Refund": {"value": value, "giftCardData": None}}}

    def _cancel(self, at: int) -> None:
        by_payment = self._authorized is None
        later = any(step.effect is Effect.GIVE_REASON for step in self._order.steps)
        self._reason = None if later else self._rng.choice(_REASONS)
        self._cancellation = {
            "RequestedByUser": not by_payment,
            "RequestedBySystem": False,
            "RequestedBySellerNotification": False,
            "RequestedByPaymentNotification": by_payment,
            "Reason": self._reason,
            "CancellationDate": stamp(self._rng, at),
        }

    def _change(self, at: int) -> None:
        change_cents = self._order.change_cents
        self._total_cents += change_cents
        total = {"id": "Change", "name": "Total das mudanças", "value": change_cents}
        self._totals = [*self._totals, total]
        removed = []
        if self._order.removed is not None:
            line = self._order.lines[self._order.removed]
            removed.append(
                {
                    "id": str(line.sku.sku_id),
                    "name": line.sku.name,
                    "quantity": line.quantity,
                    "price": line.price,
                    "unitMultiplier": None,
                }
            )
        receipt = {
            "date": stamp(self._rng, at),
            "orderId": self._order.order_id,
            "receipt": self._order.purchase.form_id,
        }
        change = {
            "reason": "Produto em falta" if removed else "Compensação por atraso",
            "discountValue": -change_cents,
            "incrementValue": 0,
            "itemsAdded": [],
            "itemsRemoved": removed,
            "receipt": receipt,
        }
        self._changes = {"id": "changeAttachment", "changesData": [change]}

    def changing_part(self, step: Step) -> Document:
        """Return the part of the document that this step leaves behind."""
        status = step.status
        document: Document = {
            "orderId": self._order.order_id,
            "status": status,
            "statusDescription": DESCRIPTIONS.get(status) if status else None,
            "workflowIsInError": False,
            "value": self._total_cents,
            "totals": self._totals,
            "lastChange": stamp(self._rng, step.at),
            "lastMessage": None,
            "authorizedDate": self._authorized,
            "invoicedDate": self._invoiced,
            "allowCancellation": not self._packages and self._cancellation is None,
            "cancelReason": self._reason,
            "cancellationData": self._cancellation,
            "changesAttachment": self._changes,
            "packageAttachment": {"packages": self._packages},
        }
        if not self._order.purchase.is_old:
            document["isCompleted"] = status is not None
        return document
