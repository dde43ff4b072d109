"""The page's Portuguese: what was done, how an order is, money and times."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

_ACTIVITIES = {
    "pageView": "Entrou na loja online",
    "productView": "Viu",
    "productClick": "Abriu",
    "internalSiteSearchView": "Buscou",
    "addToCart": "Pôs no carrinho",
    "removeFromCart": "Tirou do carrinho",
    "cartChanged": "Mudou o carrinho",
    "viewCart": "Abriu o carrinho",
    "beginCheckout": "Começou a fechar o pedido",
    "orderPlaced": "Fez o pedido",
    "userData": "Identificou-se",
}
_STATUSES = {
    "created": "Recebido",
    "paying": "Aguardando pagamento",
    "approved": "Pagamento aprovado",
    "handling": "Em separação",
    "invoiced": "Faturado",
    "cancelled": "Cancelado",
    "failed": "Não concluído",
    "receipt": "Cupom de caixa",
}
_CURRENCIES = {"BRL": "R$", "USD": "US$", "EUR": "€"}
_THUMBNAIL = re.compile(r"(/arquivos/ids/\d+)(?:-\d+-(?:\d+|auto))?(?=[/?]|$)")


def activity(name: str) -> str:
    """Say what was done."""
    return _ACTIVITIES.get(name, "Outra atividade")


def status(group: str) -> str:
    """Say where in its life an order is."""
    return _STATUSES.get(group, "Situação desconhecida")


def wanted(view_count: int, *, is_in_cart: bool) -> str:
    """Say how something was wanted."""
    if is_in_cart:
        return "deixou no carrinho"
    return f"viu {view_count} vezes" if view_count > 1 else "viu e não comprou"


def advised(kind: str, reason: str | None) -> str:
    """Say why something is advised; only what is recommended has a reason of its own."""
    fixed = {"contact": "motivo do contato de hoje", "similar": "combina com o último que olhou"}
    return fixed.get(kind) or reason or "recomendado"


def money(amount: Decimal, currency: str | None) -> str:
    """Write an amount: `R$ 1.234,50`, which no line breaks."""
    cents = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    return f"{_CURRENCIES.get(currency or 'BRL', currency)}\u00a0{cents}"


def units(count: Decimal) -> str:
    """Write a number of units: `3`, `0,5`."""
    return f"{count.normalize():f}".replace(".", ",")


def clock(time: datetime, zone: ZoneInfo) -> str:
    """Write a UTC time as the shop's clock shows it: `14:32`."""
    return f"{_local(time, zone):%H:%M}"


def day(time: datetime | date, now: datetime, zone: ZoneInfo) -> str:
    """Write a UTC time's local day, or a local day: `hoje`, `ontem`, `12/03/2026`."""
    local = _local(time, zone).date() if isinstance(time, datetime) else time
    today = _local(now, zone).date()
    near = {today: "hoje", today - timedelta(days=1): "ontem"}
    return near.get(local) or f"{local:%d/%m/%Y}"


def ago(time: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Write how long ago a UTC time was, if it is not long."""
    minutes = int((_aware(now) - _aware(time)).total_seconds() // 60)
    if minutes < 1:
        return "agora mesmo"
    if minutes < 60:
        return f"há {minutes} min"
    if minutes < 12 * 60:
        return f"há {minutes // 60} h"
    return f"{day(time, now, zone)}, {clock(time, zone)}"


def picture(url: str) -> str:
    """Give the secure address of a picture large enough to be seen.

    VTEX's documents name thumbnails, and often without TLS.
    """
    return _THUMBNAIL.sub(r"\1-480-auto", re.sub(r"^(http:)?//", "https://", url))


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _local(time: datetime, zone: ZoneInfo) -> datetime:
    return _aware(time).astimezone(zone)
