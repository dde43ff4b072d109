"""What comes with the goods: gifts, wrapping and engraving, subscriptions."""

import random

from simulator.baskets import Line, Plan, Service
from simulator.catalogue import Catalogue
from simulator.seeds import Weighted

_SERVICES = Weighted(
    (
        Service("901", "Embalagem para presente", 990),
        Service("902", "Embalagem simples", 0),
        Service("903", "Gravação", 1500, "Feliz aniversário"),
    ),
    (60, 25, 15),
)
_EVERY = Weighted((("MONTH", 1), ("MONTH", 2), ("WEEK", 2)), (60, 20, 20))
_SUBSCRIBED = frozenset({"Cafés em Grãos", "Cafés Moídos"})


def enrich(rng: random.Random, catalogue: Catalogue, lines: list[Line]) -> None:
    """Give services, subscriptions and gifts to a basket; a gift is one more line of price zero."""
    for line in lines:
        weighed = line.sku.product.shelf.unit_thousandths != 1000
        if not weighed and rng.random() < 0.025:
            line.service = _SERVICES.pick(rng)
        if line.sku.product.shelf.name in _SUBSCRIBED and rng.random() < 0.2:
            line.plan = Plan(*_EVERY.pick(rng), executions=rng.randrange(6))
    if any(line.sku.product.seller_id == "1" for line in lines) and rng.random() < 0.012:
        gift = catalogue.pick(rng)
        if gift.product.seller_id == "1" and gift.product.shelf.unit_thousandths == 1000:
            lines.append(Line(gift, 1, 0, gift.list_price, is_gift=True))
