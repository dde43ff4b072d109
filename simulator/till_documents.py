"""The shops' contracts, as their tills and the campaigns' makers tell them."""

from datetime import date, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from simulator.campaigns import Campaign, Coupon
from simulator.customers import document_of
from simulator.members import Member
from simulator.receipts import Receipt, ReceiptLine
from simulator.seeds import scramble
from simulator.shops import Operator, TillShop
from simulator.timestamps import iso

Document = dict[str, Any]

_AGES = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
_INCOMES = ("até 2 SM", "2-4 SM", "4-10 SM", "10-20 SM", "20+ SM")
_HOMES = ("própria", "alugada", None)
_MARITAL = ("casado", "solteiro", None)
_HOUSEHOLDS = (
    ("1", "1 adulto", "0"),
    ("2", "2 adultos", "0"),
    ("3", "2 adultos com filhos", "1"),
    ("4", "2 adultos com filhos", "2"),
    ("5+", "2 adultos com filhos", "3+"),
)


@lru_cache(200)
def cpf_hash(seed: int, person: int | None) -> str | None:
    """Return the SHA-256 of a person's document as tills make it: of its digits, in hexadecimal."""
    return None if person is None else sha256(document_of(seed, person).encode()).hexdigest()


def _number(thousandths: int, is_weighed: bool) -> int | float:
    return thousandths / 1000 if is_weighed else thousandths // 1000


def _line(number: int, line: ReceiptLine) -> Document:
    product = line.product
    return {
        "sequencia": number,
        "produto_id": product.code,
        "descricao": product.name.upper(),
        "departamento": product.department,
        "categoria": product.category,
        "marca": product.brand or None,
        "quantidade": _number(line.thousandths, line.is_weighed),
        "valor_unitario": line.unit_cents / 100,
        "valor_bruto": line.gross_cents / 100,
        "desconto": line.discount_cents / 100,
        "desconto_cupom": line.coupon_cents / 100,
        "valor_total": line.net_cents / 100,
    }


def receipt(seed: int, what: Receipt) -> Document:
    """Return a pos.receipt."""
    return {
        "timestamp": iso(what.at, 0, what.shop.zone),
        "cupom": {
            "id": what.number,
            "loja": {"id": what.shop.shop_id},
            "operador": {"id": what.operator_id},
            "cliente": {"id": what.card, "cpf_hash": cpf_hash(seed, what.person)},
            "itens": [_line(number, line) for number, line in enumerate(what.lines, start=1)],
            "pagamentos": [{"tipo": kind, "valor": cents / 100} for kind, cents in what.payments],
            "valor_total": what.net_cents / 100,
        },
    }


def operator(what: Operator, at: int) -> Document:
    """Return a pos.operator."""
    return {
        "timestamp": iso(at, 0, what.shop.zone),
        "novo_operador": {
            "id": what.operator_id,
            "loja_id": what.shop.shop_id,
            "nome": what.name,
        },
    }


class Registration(NamedTuple):
    """What a member tells at a shop's till, when the card is made or when something has changed."""

    member: Member
    shop: TillShop
    at: int
    phone: str | None
    accepts_messages: bool


def customer(seed: int, what: Registration) -> Document:
    """Return a pos.customer; two in five tell nothing of their household."""
    member = what.member
    bits = scramble(seed ^ 0xDE30, member.number)
    tells = bits % 5 > 1
    size, kind, kids = _HOUSEHOLDS[(bits >> 24) % 5] if tells else (None, None, None)
    person = member.person if member.has_document else None
    return {
        "timestamp": iso(what.at, 0, what.shop.zone),
        "novo_cliente": {
            "id": member.card,
            "cpf_hash": cpf_hash(seed, person),
            "age": _AGES[(bits >> 8) % 6] if tells else None,
            "income": _INCOMES[(bits >> 12) % 5] if tells else None,
            "home_ownership": _HOMES[(bits >> 16) % 3] if tells else None,
            "marital_status": _MARITAL[(bits >> 20) % 3] if tells else None,
            "household_size": size,
            "household_comp": kind,
            "kids_count": kids,
            "aceita_mensagens": what.accepts_messages,
            "telefone": what.phone,
        },
    }


def campaign(what: Campaign, cards: list[str], start: date, at: int) -> Document:
    """Return a marketing.campaign; `start` is the first day of the history."""
    return {
        "timestamp": iso(at, 0, "-03:00"),
        "campanha": {
            "id": what.campaign_id,
            "tipo": what.kind,
            "inicio": (start + timedelta(days=what.first)).isoformat(),
            "fim": (start + timedelta(days=what.last)).isoformat(),
            "clientes": cards,
            "cupons": [
                {"coupon_upc": each.code, "produtos": [one.entry.code for one in each.articles]}
                for each in what.coupons
            ],
        },
    }


def redemption(what: Receipt, coupon: Coupon, day: date, at: int) -> Document:
    """Return the marketing.coupon_redemption of a coupon on a receipt; `day` is the till's."""
    return {
        "timestamp": iso(at, 0, what.shop.zone),
        "resgate": {
            "id": f"{coupon.campaign_id}-{what.card}-{coupon.code}-{day:%Y%m%d}",
            "campanha_id": coupon.campaign_id,
            "cliente_id": what.card,
            "coupon_upc": coupon.code,
            "data": day.isoformat(),
        },
    }
