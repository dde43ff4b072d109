"""Promotions and the price tags they leave on an order's lines."""

import random
from typing import Any, NamedTuple

from simulator.seeds import uuid

Tag = dict[str, Any]
FRACTION = 100_000  # shares are written in hundred-thousandths


class Promotion(NamedTuple):
    """A discount of a share of the price; `is_percentual` writes the share, not the amount.

    `season` is the first and the last month in which it holds, every year; none is always.
    """

    promotion_id: str
    name: str
    share: int
    coupon: str | None
    is_percentual: bool
    season: tuple[int, int] | None = None

    def holds_in(self, month: int) -> bool:
        """Tell whether the promotion holds in a month; a season may run over the new year."""
        if self.season is None:
            return True
        first, last = self.season
        return first <= month <= last if first <= last else month >= first or month <= last


AUTOMATIC = (
    Promotion("6e1f7c52-0a3b-4d0e-8c11-94a7d2b0e001", "Semana do Quintal", 10_000, None, False),
    Promotion(
        "6e1f7c52-0a3b-4d0e-8c11-94a7d2b0e002", "Leve Mais Linho", 15_000, None, False, (9, 3)
    ),
    Promotion("6e1f7c52-0a3b-4d0e-8c11-94a7d2b0e003", "Empório em Festa", 7_250, None, True),
    Promotion("6e1f7c52-0a3b-4d0e-8c11-94a7d2b0e004", "Pagamento à Vista", 5_000, None, False),
)
WITH_COUPON = (
    Promotion("6e1f7c52-0a3b-4d0e-8c11-94a7d2b0e011", "Boas-vindas", 12_500, "BEMVINDA", False),
    Promotion("6e1f7c52-0a3b-4d0e-8c11-94a7d2b0e012", "Volta", 8_000, "VOLTEI8", True),
    Promotion("6e1f7c52-0a3b-4d0e-8c11-94a7d2b0e013", "Aniversário", 20_000, "PARABENS", False),
)
BLACK_FRIDAY = Promotion(
    "6e1f7c52-0a3b-4d0e-8c11-94a7d2b0e021", "Sexta no Quintal", 25_000, None, False
)
FREE_SHIPPING_ID = "6e1f7c52-0a3b-4d0e-8c11-94a7d2b0e031"
GIFT_ID = "6e1f7c52-0a3b-4d0e-8c11-94a7d2b0e032"
TAX_ID = "6e1f7c52-0a3b-4d0e-8c11-94a7d2b0e041"
TAX_SHARE = 7_250  # of what leaves the country


def _tag(name: str, identifier: str, is_percentual: bool, raw_value: float) -> Tag:
    return {
        "name": name,
        "isPercentual": is_percentual,
        "identifier": identifier,
        "rawValue": raw_value,
        "rate": None,
        "jurisCode": None,
        "jurisType": None,
        "jurisName": None,
    }


def amount_tag(name: str, identifier: str, cents: int) -> Tag:
    """Return a tag that states an amount: `value` in cents, `rawValue` in currency units."""
    return _tag(name, identifier, False, cents / 100) | {"value": cents}


def share_tag(rng: random.Random, name: str, identifier: str, share: int) -> Tag:
    """Return a percentual tag: `rawValue` is the share of the price (-0.125 for 12.5 % less).

    `value`, which the specification calls an integer, is in practice the same fraction, cut to
    0, null, or absent.
    """
    fraction = share / FRACTION
    tag = _tag(name, identifier, True, fraction)
    form = rng.randrange(4)
    if form < 3:
        tag["value"] = (fraction, 0, None)[form]
    return tag


def tag_name(rng: random.Random, what: str, identifier: str) -> str:
    """Return a tag's name, e.g. `discount@price-<promotion>#<calculation>`."""
    return f"{what}-{identifier}#{uuid(rng)}"
