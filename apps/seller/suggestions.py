"""What a clerk may offer: what the customer wanted, and what the build of the day advises."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from apps.seller import words
from apps.seller.goods import Advice, Sku
from apps.seller.history import Activity, CartLine

_WISHES = 4
_MOST = 8
_WANTING = ("productView", "productClick", "addToCart")


@dataclass(frozen=True)
class Suggestion:
    """A SKU to offer, and why, in Portuguese."""

    sku: Sku
    why: str


def suggest(  # noqa: PLR0913, PLR0917 (what there is to choose from)
    recent: list[Activity],
    cart: list[CartLine],
    advice: list[Advice],
    skus: dict[str, Sku],
    bought: Collection[str],
    shown: Sku | None,
) -> list[Suggestion]:
    """List what was wanted and is here, and then what is advised and not known to be missing.

    Of one product only one SKU; not what was `shown` already, or ordered minutes ago.
    """
    ordered = {one.sku_id for one in recent if one.activity == "orderPlaced" and one.sku_id}
    wishes = [
        one
        for one in _wishes(recent, cart, skus, {*bought, *ordered})
        if shown is None or one.sku.sku_id != shown.sku_id
    ]
    best = {_product(one.sku): one for one in wishes[:_WISHES]}
    known = {_product(skus[sku_id]) for sku_id in ordered if sku_id in skus}
    if shown is not None:
        known.add(_product(shown))
    for one in _advised(advice, skus):
        if _product(one.sku) not in known:
            best.setdefault(_product(one.sku), one)
    return list(best.values())[:_MOST]


def _product(sku: Sku) -> str:
    return sku.product_id or sku.sku_id


def _wishes(
    recent: list[Activity], cart: list[CartLine], skus: dict[str, Sku], had: Collection[str]
) -> list[Suggestion]:
    """List what was viewed or is in the cart, is not had, and is in stock: the cart first.

    Of one product only what was wanted most.
    """
    in_cart = {line.sku_id for line in cart}
    views = [one.sku_id for one in recent if one.activity in _WANTING and one.sku_id]
    counts = Counter(views)
    best: dict[str, Sku] = {}
    # Each once: the cart's, and then by the time when they were wanted last.
    for sku_id in dict.fromkeys([*(line.sku_id for line in cart), *views]):
        sku = skus.get(sku_id)
        if sku is None or not sku.has_stock or sku_id in had:
            continue
        known = best.setdefault(_product(sku), sku)
        if known.sku_id not in in_cart and counts[sku_id] > counts[known.sku_id]:
            best[_product(sku)] = sku
    return [
        Suggestion(sku, words.wanted(counts[sku.sku_id], is_in_cart=sku.sku_id in in_cart))
        for sku in best.values()
    ]


def _advised(advice: list[Advice], skus: dict[str, Sku]) -> Iterator[Suggestion]:
    """Give what is advised, but what the shop is known to lack; a till's shop may have anything."""
    for one in advice:
        sku = skus.get(one.sku_id or "")
        if sku is not None and sku.is_active and (sku.has_stock or sku.available_units is None):
            yield Suggestion(sku, words.advised(one.kind, one.reason))
