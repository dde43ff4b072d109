"""What a small shop's tills and campaigns say, and what came of the messages that it sent.

Drawn from small pools, so that versions tie, go back and contradict each other.
"""

import hashlib
import random
import re
from collections.abc import Callable, Iterator

Document = dict[str, object]


class TillMessages:
    """Draws documents; `named` makes ids of the shop's own."""

    def __init__(
        self,
        chance: random.Random,
        named: Callable[[str, int], str],
        document: str,
        phone: str,
    ) -> None:
        self._chance = chance
        self._pick = chance.choice
        self._named = named
        self._cpf_hash = hashlib.sha256(re.sub(r"\D", "", document).encode()).hexdigest()
        self._phone = f"+55{phone}"

    def all(self) -> Iterator[tuple[str, Document]]:
        """Yield contracts and documents."""
        for _ in range(self._chance.randint(2, 6)):
            yield "pos.receipt", self._receipt()
        for _ in range(self._chance.randint(1, 3)):
            yield "pos.operator", self._told("novo_operador", self._operator())
        for _ in range(self._chance.randint(1, 4)):
            yield "pos.customer", self._told("novo_cliente", self._customer())
        for _ in range(self._chance.randint(1, 3)):
            yield "marketing.campaign", self._told("campanha", self._campaign())
        for _ in range(self._chance.randint(1, 3)):
            yield "marketing.coupon_redemption", self._told("resgate", self._redemption())
        for _ in range(self._chance.randint(1, 4)):
            yield "delivery.status", self._delivery()
        for _ in range(self._chance.randint(0, 2)):
            yield "delivery.reply", self._reply()

    def _told(self, key: str, body: Document) -> Document:
        return {"timestamp": self._clock(), key: body}

    def _clock(self) -> str:
        """Return an instant as tills write it: to the second, on one of two clocks, often a tie."""
        day, zone = self._pick([1, 2]), self._pick(["-03:00", "-04:00", "Z"])
        return f"2024-02-0{day}T{self._pick(['00:10:00', '22:50:00'])}{zone}"

    def _person(self, number: int) -> str:
        return self._named("card", number)

    def _product(self) -> str:
        own = self._named("grocery", self._pick([0, 1]))
        return self._pick([own, self._named("ean", 0), self._named("reference", 0)])

    def _receipt(self) -> Document:
        pick = self._pick
        lines = [self._line(pick([number, 1])) for number in range(1, self._chance.randint(1, 4))]
        payment = {"tipo": pick(["pix", "dinheiro", None]), "valor": pick([5, 7.25, "7"])}
        return self._told(
            "cupom",
            {
                "id": self._named("receipt", pick([0, 1, 2])),
                "loja": {"id": self._named("shop", pick([0, 1]))},
                "operador": pick([{"id": self._named("operator", 0)}, {"id": None}, None]),
                "cliente": pick(
                    [
                        {
                            "id": self._person(pick([0, 1])),
                            "cpf_hash": pick([None, self._cpf_hash]),
                        },
                        {"id": None, "cpf_hash": pick([None, self._cpf_hash, "nao tem"])},
                        None,
                    ]
                ),
                "itens": lines,
                "pagamentos": pick([[payment], [payment, payment], [], None]),
                "valor_total": pick([10, 7.25, -2.5]),
            },
        )

    def _line(self, number: int) -> Document:
        pick = self._pick
        return {
            "sequencia": number,
            "produto_id": self._product(),
            "descricao": pick(["BANANA", "CAFE"]),
            "departamento": pick(["Hortifruti", None]),
            "categoria": pick(["Frutas", "Cafes"]),
            "marca": pick([None, "Acme"]),
            "quantidade": pick([1, 0, 0.312, 2]),
            "valor_unitario": pick([5, 1.99]),
            "valor_bruto": pick([5, 1.99, None]),
            "desconto": pick([0, 0.5, None]),
            "desconto_cupom": pick([0, 0.25]),
            "valor_total": pick([5, 1.24, -1]),
        }

    def _operator(self) -> Document:
        return {
            "id": self._named("operator", self._pick([0, 1])),
            "loja_id": self._named("shop", self._pick([0, 1])),
            "nome": self._pick(["Ana", "Ana Lima", None]),
        }

    def _customer(self) -> Document:
        pick = self._pick
        return {
            "id": self._person(pick([0, 1])),
            "cpf_hash": pick([None, self._cpf_hash]),
            "age": pick([None, "25-34", "35-44"]),
            "income": None,
            "household_size": pick([None, "2"]),
            "aceita_mensagens": pick([True, False, None]),
            "telefone": pick([None, self._phone, "nao tem"]),
        }

    def _campaign(self) -> Document:
        pick = self._pick
        members = [self._person(number) for number in pick([[], [0], [0, 1], [1, 1]])]
        coupon = {"coupon_upc": self._named("coupon", pick([0, 1])), "produtos": [self._product()]}
        return {
            "id": self._named("campaign", pick([0, 1])),
            "tipo": pick(["Tipo A", "Tipo B", None]),
            "inicio": pick(["2024-01-30", "2024-02-01"]),
            "fim": pick(["2024-02-10", "2024-02-20"]),
            "clientes": members,
            "cupons": pick([[], [coupon], [coupon, coupon]]),
        }

    def _redemption(self) -> Document:
        pick = self._pick
        return {
            "id": self._named("redemption", pick([0, 1])),
            "campanha_id": self._named("campaign", pick([0, 1, 9])),
            "cliente_id": self._person(pick([0, 1, 9])),
            "coupon_upc": self._named("coupon", pick([0, 1])),
            "data": pick(["2024-02-01", "2024-02-02", None]),
        }

    def _delivery(self) -> Document:
        """Return a status: our own, a callback's that names the delivery, or one that does not."""
        pick, number = self._pick, self._pick([0, 1])
        sid = {"message_sid": self._named("sid", number)}
        delivery = {"delivery_id": self._named("delivery", number)}
        sent = {
            "customer_id": f"till-{self._person(number)}",
            "store_id": self._named("shop", 0),
            "campaign_id": self._named("campaign", 0),
            "sku_id": f"pos:{self._named('grocery', 0)}",
            "reason_code": "campaign_target",
            "channel": "sms",
            "run_date": "2024-02-01",
        }
        named = pick([delivery | sent, delivery | sid, delivery | sid | sent, sid, {}])
        status = pick(["queued", "sent", "delivered", "read", "failed", None])
        told = {"timestamp": self._clock(), "status": status, "error_code": pick([None, 30003])}
        return told | named

    def _reply(self) -> Document:
        return {
            "timestamp": self._clock(),
            "message_sid": self._named("reply", self._pick([0, 1])),
            "from": self._pick([self._phone, f"whatsapp:{self._phone}", None]),
            "body": self._pick(["Sair, por favor", "voltar", "obrigada", None]),
        }
