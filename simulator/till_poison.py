"""Messages of shops and campaigns that nobody can use: at least one of every kind."""

from collections.abc import Iterator
from typing import Any

import msgspec

from simulator.poison import Document, Poison
from simulator.timestamps import iso

_LACKS = object()


def _text(document: object) -> str:
    return msgspec.json.encode(document).decode()


def _changed(document: Document, path: str, value: object = _LACKS) -> str:
    """Return the text of a copy in which what a path leads to is another value, or not there."""
    changed: Any = msgspec.json.decode(_text(document))
    *parents, last = (int(key) if key.isdigit() else key for key in path.split("."))
    inner = changed
    for key in parents:
        inner = inner[key]
    if value is _LACKS:
        del inner[last]
    else:
        inner[last] = value
    return _text(changed)


def till_poisons(at: int) -> Iterator[Poison]:
    """Yield every kind of poison, of receipts, people and campaigns that never were."""
    now = iso(at, 0, "-03:00")
    line = {
        **{"sequencia": 1, "produto_id": "999999", "descricao": "ITEM INEXISTENTE"},
        **{"departamento": "Mercearia", "categoria": "Nenhuma", "marca": None, "quantidade": 1},
        **{"valor_unitario": 9.9, "valor_bruto": 9.9, "desconto": 0.0, "desconto_cupom": 0.0},
        "valor_total": 9.9,
    }
    receipt: Document = {
        "timestamp": now,
        "cupom": {
            "id": "9900000999999999",
            "loja": {"id": "205"},
            "operador": {"id": "205-1"},
            "cliente": {"id": None, "cpf_hash": None},
            "itens": [line],
            "pagamentos": [{"tipo": "dinheiro", "valor": 9.9}],
            "valor_total": 9.9,
        },
    }
    yield from _receipts(receipt)
    yield from _unreadable(receipt)
    yield from _people(now)
    yield from _campaigns(now)
    yield Poison("pos.customer", "missing_key: a receipt, told as a customer", _text(receipt))
    yield Poison("pos.recibo", "unknown_contract: pos.recibo", _text(receipt))


def _receipts(receipt: Document) -> Iterator[Poison]:
    def changed(reason: str, path: str, value: object = _LACKS) -> Poison:
        return Poison("pos.receipt", reason, _changed(receipt, path, value))

    yield changed("missing_key: no cupom", "cupom")
    yield changed("missing_key: no timestamp", "timestamp")
    yield changed("wrong_type: timestamp impossible", "timestamp", "2024-02-31T25:61:00-03:00")
    yield changed("wrong_type: timestamp is a local date", "timestamp", "31/12/2024 20:58:29")
    yield changed("missing_key: no cupom.id", "cupom.id")
    yield changed("null_key: cupom.id null", "cupom.id", None)
    yield changed("missing_key: no loja", "cupom.loja")
    yield changed("null_key: loja.id null", "cupom.loja.id", None)
    yield changed("missing_key: no valor_total", "cupom.valor_total")
    yield changed("wrong_type: valor_total is text", "cupom.valor_total", "9.90")
    yield changed("missing_key: no itens", "cupom.itens")
    yield changed("wrong_type: itens is an object", "cupom.itens", {"sequencia": 1})
    yield changed("missing_key: no sequencia", "cupom.itens.0.sequencia")
    yield changed("null_key: produto_id null", "cupom.itens.0.produto_id", None)
    yield changed("wrong_type: quantidade is text", "cupom.itens.0.quantidade", "duas")
    yield changed("wrong_type: a line's valor_total is text", "cupom.itens.0.valor_total", "9,90")


def _unreadable(receipt: Document) -> Iterator[Poison]:
    text = _text(receipt)
    yield Poison("pos.receipt", "broken_json: cut in the middle", text[: len(text) // 2])
    yield Poison("pos.receipt", "broken_json: NaN", text.replace("9.9", "NaN"))
    yield Poison("pos.receipt", "broken_json: a decimal comma", text.replace("9.9", "9,9"))
    yield Poison("pos.receipt", "non_object_json: encoded twice", _text(text))
    yield Poison("pos.receipt", "non_object_json: an array", _text([receipt]))
    yield Poison("pos.receipt", "empty_data", "")


def _people(now: str) -> Iterator[Poison]:
    person = {"id": "205-9", "loja_id": "205", "nome": "Ninguém"}
    operator = {"timestamp": now, "novo_operador": person}
    text = _changed(operator, "novo_operador.id")
    yield Poison("pos.operator", "missing_key: no id", text)
    customer = {"timestamp": now, "novo_cliente": {"id": "999999", "aceita_mensagens": True}}
    text = _changed(customer, "novo_cliente.id", None)
    yield Poison("pos.customer", "null_key: id null", text)
    yield Poison("pos.customer", "missing_key: no timestamp", _changed(customer, "timestamp"))


def _campaigns(now: str) -> Iterator[Poison]:
    told = {"id": "999", "tipo": "Tipo A", "inicio": now[:10], "fim": now[:10]}
    campaign = {"timestamp": now, "campanha": {**told, "clientes": [], "cupons": []}}
    yield Poison("marketing.campaign", "missing_key: no id", _changed(campaign, "campanha.id"))
    yield Poison("marketing.campaign", "missing_key: no fim", _changed(campaign, "campanha.fim"))
    used = {"id": "r", "campanha_id": "999", "cliente_id": "1", "coupon_upc": "1"}
    redemption = {"timestamp": now, "resgate": {**used, "data": now[:10]}}
    for key in ("campanha_id", "cliente_id"):
        text = _changed(redemption, f"resgate.{key}")
        yield Poison("marketing.coupon_redemption", f"missing_key: no {key}", text)
