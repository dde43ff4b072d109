"""What shops and campaigns tell, counted again from its text; shares nothing with the simulator."""

from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import Decimal

CONTRACTS = {
    "cupom": "pos.receipt",
    "novo_operador": "pos.operator",
    "novo_cliente": "pos.customer",
    "campanha": "marketing.campaign",
    "resgate": "marketing.coupon_redemption",
}
_NUMBER = (int, float)
_TEXTS = {
    "pos.operator": ("id",),
    "pos.customer": ("id",),
    "marketing.campaign": ("id", "inicio", "fim"),
    "marketing.coupon_redemption": ("id", "campanha_id", "cliente_id"),
}


def body_of(contract, document):
    """What a message tells, without its envelope."""
    [key] = [key for key, name in CONTRACTS.items() if name == contract]
    return document.get(key)


def is_usable(contract, document):
    """What the raw layer's contract asks of a message of a shop or of a campaign."""
    body = body_of(contract, document)
    if not isinstance(body, dict) or not _is_time(document.get("timestamp")):
        return False
    if contract == "pos.receipt":
        return _is_receipt(body)
    return all(isinstance(body.get(key), str) for key in _TEXTS[contract])


def _is_time(text):
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _is_receipt(body):
    shop, lines = body.get("loja"), body.get("itens")
    texts = (body.get("id"), shop.get("id") if isinstance(shop, dict) else None)
    if not all(isinstance(text, str) for text in texts) or not isinstance(lines, list):
        return False
    return isinstance(body.get("valor_total"), _NUMBER) and all(
        isinstance(line.get("produto_id"), str)
        and all(
            isinstance(line.get(key), _NUMBER) for key in ("sequencia", "quantidade", "valor_total")
        )
        for line in lines
    )


def cents(amount):
    """An amount in whole cents; anything finer is refused."""
    scaled = Decimal(str(amount)) * 100
    if scaled != int(scaled):
        raise ValueError(amount)
    return int(scaled)


def sums_of(receipt):
    """The figures of a receipt."""
    lines = receipt["itens"]
    return {
        "receipts": 1,
        "lines": len(lines),
        "thousandths": int(sum(Decimal(str(line["quantidade"])) * 1000 for line in lines)),
        "gross_cents": sum(cents(line["valor_bruto"]) for line in lines),
        "discount_cents": sum(cents(line["desconto"]) for line in lines),
        "coupon_cents": sum(cents(line["desconto_cupom"]) for line in lines),
        "net_cents": cents(receipt["valor_total"]),
    }


class Told:
    """A message: what it tells, when, and when it was published."""

    def __init__(self, row, contract, document):
        self.body = body_of(contract, document)
        self.timestamp = document["timestamp"]
        self.at = datetime.fromisoformat(self.timestamp).astimezone(UTC)
        self.day = self.timestamp[:10]  # on the till's own clock
        self.published = row["publish_time"]
        self.attributes = row["attributes"]


class Tills:
    """All distinct messages of shops and campaigns."""

    def __init__(self):
        self.versions = defaultdict(dict)  # contract, id -> text: message

    def read(self, row, contract, document):
        told = Told(row, contract, document)
        self.versions[contract, told.body["id"]].setdefault(row["data"], told)

    def newest(self, contract):
        """{id: what was told last, by the message's own time}."""
        return {
            entity: max(versions.values(), key=lambda told: told.at)
            for (of, entity), versions in self.versions.items()
            if of == contract
        }

    def all(self, contract):
        """Every distinct message of a contract."""
        return [
            told
            for (of, _), versions in self.versions.items()
            if of == contract
            for told in versions.values()
        ]

    def by_day_and_store(self):
        found = defaultdict(lambda: defaultdict(Counter))
        for told in self.newest("pos.receipt").values():
            found[told.day][told.body["loja"]["id"]].update(sums_of(told.body))
        return {day: {shop: dict(sums) for shop, sums in by.items()} for day, by in found.items()}
