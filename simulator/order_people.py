"""The parts of an order's document that describe the customer, the payment and the campaign."""

import random
from typing import Any

from simulator.orders import Order
from simulator.payments import Payment, Transaction, repeated
from simulator.registers import sales_shops
from simulator.words import ACCOUNT, PARTNERS, STORE_NAME

Document = dict[str, Any]


_SELLER_NAMES = {
    "1": STORE_NAME,
    **{seller_id: name for seller_id, name, _ in PARTNERS},
    **{shop.seller_id: shop.name for shop in sales_shops()},
}


def profile(order: Order) -> Document:
    """Return `clientProfileData`; a guest has no profile id."""
    purchase = order.purchase
    customer = purchase.customer
    tells_none = customer.is_undocumented and not purchase.is_guest
    company = f"{customer.last_name} Comércio Ltda" if customer.is_corporate else None
    return {
        "id": "clientProfileData",
        "email": purchase.alias,
        "firstName": customer.first_name,
        "lastName": customer.last_name,
        "documentType": "cpf",
        "document": None if tells_none else customer.document,
        "phone": purchase.phone,
        "corporateName": company,
        "tradeName": company,
        "corporateDocument": f"{customer.document[:8]}000191" if company else None,
        "stateInscription": "",
        "corporatePhone": None,
        "isCorporate": customer.is_corporate,
        "userProfileId": None if purchase.is_guest else customer.profile_id,
        "userProfileVersion": None,
        "customerClass": None,
        "customerCode": None,
    }


def address(order: Order) -> Document:
    """Return the delivery address: the customer's, or the shop where the order is picked up."""
    purchase = order.purchase
    customer = purchase.customer
    home = customer.at(purchase.at).address
    place, street, number = home.place, home.street, home.number
    kind, address_id, postal_code = "residential", home.address_id, home.postal_code
    if purchase.pickup:
        place, street, number = purchase.pickup.place, "Rua da Loja", "10"
        kind, address_id = "pickup", purchase.pickup.pickup_point_id
        postal_code = f"{place.postal_prefix}-000"
    return {
        "addressType": kind,
        "receiverName": f"{customer.first_name} {customer.last_name}",
        "addressId": address_id,
        "versionId": None,
        "entityId": None,
        "postalCode": postal_code,
        "city": place.city,
        "state": place.state,
        "country": "BRA",
        "street": street,
        "number": number,
        "neighborhood": home.district,
        "complement": None,
        "reference": None,
        "geoCoordinates": [place.longitude, place.latitude],
    }


def _payment(rng: random.Random, payment: Payment) -> Document:
    gift = payment.group == "giftCards"
    card = payment.group in ("creditCard", "debitCard")
    slip = payment.group == "bankInvoice"
    answer = {"Tid": payment.payment_id[:18], "ReturnCode": "00", "nsu": payment.payment_id[:9]}
    document = {
        "id": payment.payment_id,
        "paymentSystem": payment.system_id,
        "paymentSystemName": payment.system_name,
        "value": payment.cents,
        "installments": payment.installments,
        "referenceValue": payment.cents,
        "cardHolder": None,
        "cardNumber": None,
        "firstDigits": "411111" if card else None,
        "lastDigits": f"{rng.randrange(10_000):04}" if card else None,
        "cvv2": None,
        "expireMonth": None,
        "expireYear": None,
        "url": None,
        "giftCardId": payment.payment_id[:12] if gift else None,
        "giftCardName": "Vale-presente" if gift else None,
        "giftCardCaption": None,
        "redemptionCode": payment.payment_id[12:28] if gift else None,
        "group": payment.group,
        "tid": answer["Tid"] if card else None,
        "dueDate": "2030-01-31" if slip else None,
        "connectorResponses": answer if card else {},
        "giftCardProvider": "VtexGiftCard" if gift else None,
        "giftCardAsDiscount": False if gift else None,
        "koinUrl": None,
        "accountId": None,
        "parentAccountId": None,
    }
    if slip:
        document["bankIssuedInvoiceIdentificationNumber"] = None
        document["bankIssuedInvoiceBarCodeNumber"] = None
        document["bankIssuedInvoiceBarCodeType"] = None
    return document


def _transaction(rng: random.Random, transaction: Transaction) -> Document:
    payments = []
    for payment in transaction.payments:
        document = _payment(rng, payment)
        payments.append(document)
        if repeated(rng, payment):
            payments.append(document)
    return {
        "isActive": transaction.is_active,
        "transactionId": transaction.transaction_id,
        "merchantName": ACCOUNT.upper(),
        "payments": payments,
    }


def payment_data(rng: random.Random, order: Order) -> Document:
    """Return `paymentData`: refused transactions stay, a payment may be listed twice."""
    transactions = [_transaction(rng, transaction) for transaction in order.transactions]
    return {"giftCards": [], "transactions": transactions}


def marketing(order: Order) -> Document | None:
    """Return `marketingData`; the convention of a clerk's code stands in `utmiCampaign`."""
    purchase = order.purchase
    source, medium, campaign = purchase.utm
    coupon = purchase.promotion.coupon if purchase.promotion else None
    if not (source or coupon or purchase.clerk):
        return None
    return {
        "id": "marketingData",
        "utmSource": source,
        "utmPartner": None,
        "utmMedium": medium,
        "utmCampaign": campaign,
        "coupon": coupon,
        "utmiCampaign": "codigodavendedora" if purchase.clerk else None,
        "utmipage": None,
        "utmiPart": None,
        "marketingTags": [],
    }


def sellers(order: Order) -> list[Document]:
    """Return `sellers`: one, since a purchase is split by seller."""
    return [
        {
            "id": order.seller_id,
            "name": _SELLER_NAMES[order.seller_id],
            "logo": "",
            "fulfillmentEndpoint": f"http://fulfillment.vtexcommerce.com.br/api/fulfillment?an={ACCOUNT}",
        }
    ]
