"""Two people of a shop, and the messages that they leave."""

import json
from hashlib import sha256
from typing import Any

from ingestion.forgetting.identifiers import Identifier, Key, normal_forms
from ingestion.forgetting.matching import Matcher
from ingestion.forgetting.scrubbing import Scrubber

KEY = Key(b"not a secret")

ANA = [
    Identifier("profile_id", "0f6c1f8e-1111-4a4a-9b9b-aaaaaaaaaaaa"),
    Identifier("client_id", "c0ffee00-2222-4b4b-8c8c-bbbbbbbbbbbb"),
    Identifier("address_id", "c0ffee00-3333-4c4c-8d8d-cccccccccccc"),
    Identifier("document", "529.982.247-25"),
    Identifier("email", "ana.souza@example.com"),
    Identifier("phone", "+55 (81) 99876-5432"),
]
RUI = [
    Identifier("profile_id", "1a2b3c4d-4444-4d4d-9e9e-dddddddddddd"),
    Identifier("document", "111.444.777-35"),
    Identifier("email", "rui@example.com"),
]
_ADDRESS = {
    "addressType": "residential",
    "receiverName": "Ana Souza",
    "addressId": "8106074111154",
    "postalCode": "50030-230",
    "city": "Recife",
    "state": "PE",
    "country": "BRA",
    "street": "Rua da Aurora",
    "number": "12",
    "complement": "apto 7",
    "geoCoordinates": [-34.8771, -8.0578],
}


def scrubber(*people: list[Identifier]) -> Scrubber:
    """One who knows these people."""
    normals = [normal for one in people for each in one for normal in normal_forms(each)]
    return Scrubber(Matcher(KEY, [KEY.hashes(normals)]))


def order(order_id: str = "v1-01", **profile: Any) -> dict[str, Any]:
    """An order of Ana's, or of who is given."""
    return {
        "orderId": order_id,
        "status": "invoiced",
        "creationDate": "2024-02-01T10:00:00.0000000+00:00",
        "lastChange": "2024-02-02T10:00:00.1234567+00:00",
        "value": 10500,
        "totals": [{"id": "Items", "value": 10000}, {"id": "Shipping", "value": 500}],
        "items": [
            {"uniqueId": "A1", "id": "20216", "name": "Chapéu", "quantity": 1, "price": 10000,
             "unitMultiplier": 1.0, "priceTags": []}
        ],
        "paymentData": {"transactions": [{"isActive": True, "payments": [
            {"id": "P1", "value": 10500, "firstDigits": "411111", "lastDigits": "4986"}]}]},
        "shippingData": {"address": _ADDRESS, "selectedAddresses": [_ADDRESS]},
        "openTextField": {"value": "ligar para 81 99876-5432"},
        "clientProfileData": {
            "id": "clientProfileData",
            "email": "3f0e@ct.vtex.com.br",
            "firstName": "Ana",
            "lastName": "Souza",
            "documentType": "cpf",
            "document": "52998224725",
            "phone": "+5581998765432",
            "isCorporate": False,
            "userProfileId": ANA[0].value,
        }
        | profile,
    }  # fmt: skip


def client() -> dict[str, Any]:
    """Ana's client document."""
    return {
        "id": ANA[1].value,
        "userId": ANA[0].value,
        "email": "ana.souza@example.com",
        "firstName": "Ana",
        "lastName": "Souza",
        "document": "52998224725",
        "homePhone": "8134221000",
        "isNewsletterOptIn": True,
        "rclastcart": "ADD 20216",
        "createdIn": "2024-01-01T00:00:00Z",
        "updatedIn": None,
    }


def address() -> dict[str, Any]:
    """Ana's address document."""
    return {
        "id": ANA[2].value,
        "userId": ANA[1].value,
        "createdIn": "2024-01-01T00:00:00Z",
    } | _ADDRESS


def message(message_id: str, contract: str, data: Any) -> dict[str, Any]:
    """A raw row."""
    return {
        "subscription_name": "any",
        "message_id": message_id,
        "publish_time": "2024-02-03T00:00:00Z",
        "attributes": {"contract": contract},
        "data": data if isinstance(data, str) else json.dumps(data, ensure_ascii=False),
    }


def till_messages(documents: list[str]) -> list[dict[str, Any]]:
    """What tills tell of people with these documents: a card, receipts, a campaign and a coupon."""
    cards = [str(990_000_000 + number) for number in range(len(documents))]
    members = {"id": "C24", "inicio": "2024-01-01", "fim": "2024-02-01", "clientes": cards}
    told: list[tuple[str, Any]] = [("marketing.campaign", {"campanha": members})]
    for number, (card, document) in enumerate(zip(cards, documents, strict=True)):
        hashed = sha256(document.encode()).hexdigest()
        register = {
            "id": card,
            "cpf_hash": hashed,
            "age": "35-44",
            "telefone": f"+5511912{number:06}",
        }
        told.append(("pos.customer", {"novo_cliente": register | {"aceita_mensagens": True}}))
        # By the card and the document, and by the document alone.
        for who, total in ((card, 3.2), (None, 12.5)):
            item = {"sequencia": 1, "produto_id": "1082310", "quantidade": 1, "valor_total": total}
            receipt = {
                "id": f"R{number}-{total}",
                "loja": {"id": "346"},
                "cliente": {"id": who, "cpf_hash": hashed},
                "itens": [item],
                "valor_total": total,
            }
            told.append(("pos.receipt", {"cupom": receipt}))
        used = {"id": f"C24-{card}-5111-20240105", "campanha_id": "C24", "cliente_id": card,
                "coupon_upc": "5111", "data": "2024-01-05"}  # fmt: skip
        told.append(("marketing.coupon_redemption", {"resgate": used}))
    time = {"timestamp": "2024-01-05T10:00:00-03:00"}
    return [
        message(f"till-{number}", contract, time | what)
        for number, (contract, what) in enumerate(told)
    ]
