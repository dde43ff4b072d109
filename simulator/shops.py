"""The shops that have tills: where, on which clock, who sits there, when their line is down."""

from collections.abc import Iterator
from typing import NamedTuple

from simulator.seeds import Weighted, scramble
from simulator.timestamps import LOCAL_OFFSET, MINUTE, local_date, zone_offset
from simulator.words import FIRST_NAMES, FRANCHISES, LAST_NAMES, SHOPS

OPENS, CLOSES = 7, 23  # o'clock on the shop's own clock
_HIRED_EVERY = 60  # days
_AT_WORK = 4
_BLOCK = 30  # days in which a shop is cut off at most once
HOURS = Weighted(
    range(OPENS, CLOSES),
    (0.5, 0.8, 1.0, 1.2, 1.3, 1.3, 1.0, 0.9, 0.9, 1.0, 1.3, 1.7, 1.8, 1.5, 1.0, 0.4),
)


class TillShop(NamedTuple):
    """A shop with tills: its id is that of the pickup point, else of the seller, else its own.

    `is_terse`: its tills tell a message's contract by its keys alone.
    """

    shop_id: str
    number: int
    zone: str
    weight: float
    is_terse: bool = False


TILL_SHOPS = (
    *(
        TillShop(shop.pickup_point_id or shop.seller_id, number, "-03:00", weight)
        for number, (shop, weight) in enumerate(
            zip((*SHOPS, *FRANCHISES), (6, 4, 4, 3, 3), strict=True), start=1
        )
    ),
    # Where VTEX knows nothing of: Recife, Manaus (an hour behind) and Belém.
    TillShop("205", 6, "-03:00", 4),
    TillShop("206", 7, "-04:00", 2),
    TillShop("207", 8, "-03:00", 2, is_terse=True),
)
BY_WEIGHT = Weighted(TILL_SHOPS, [shop.weight for shop in TILL_SHOPS])


class Operator(NamedTuple):
    """Somebody at a shop's tills."""

    operator_id: str
    shop: TillShop
    name: str


def is_closed(at: int) -> bool:
    """Tell whether the shops are closed on the day of an instant: on two days a year."""
    day = local_date(at)
    return (day.month, day.day) in ((1, 1), (12, 25))


def on_clock(shop: TillShop, day_begins: int, minutes: int) -> int:
    """Return the instant at which a shop's own clock shows so many minutes after midnight."""
    return day_begins + LOCAL_OFFSET - zone_offset(shop.zone) + minutes * MINUTE


def on_line_again(seed: int, shop: TillShop, day: int) -> int | None:
    """Return the day on which what a shop's tills say on `day` gets through, if they are cut off.

    In four of ten months a shop is cut off for one to four days.
    """
    block, place = divmod(day, _BLOCK)
    bits = scramble(seed ^ 0x0FF1, block << 8 | shop.number)
    first, days = 4 + (bits >> 8) % (_BLOCK - 9), 1 + (bits >> 20) % 4
    is_cut_off = bits % 10 < 4 and first <= place < first + days
    return block * _BLOCK + first + days if is_cut_off else None


def at_work(day: int) -> range:
    """Return the numbers of a shop's operators of a day: now and then the eldest goes."""
    gone = max(day, 0) // _HIRED_EVERY
    return range(gone, gone + _AT_WORK)


def operator_id(shop: TillShop, number: int) -> str:
    """Return the id of an operator of a shop."""
    return f"{shop.shop_id}-{number + 1}"


def _operator(seed: int, shop: TillShop, number: int) -> Operator:
    bits = scramble(seed ^ 0x0BE7, number << 8 | shop.number)
    first, last = FIRST_NAMES[bits % len(FIRST_NAMES)], LAST_NAMES[(bits >> 16) % len(LAST_NAMES)]
    return Operator(operator_id(shop, number), shop, f"{first} {last}")


def hired(seed: int, day: int) -> Iterator[tuple[Operator, int]]:
    """Yield who is told of on a day, and at which minute: the new ones, and names put right."""
    for shop in TILL_SHOPS:
        if day < 0:
            for number in at_work(day):
                yield _operator(seed, shop, number), 9 * 60 + shop.number
        elif day and day % _HIRED_EVERY == 0:
            operator = _operator(seed, shop, at_work(day)[-1])
            if shop.number % 3 == 0:
                yield operator._replace(name=operator.name.split()[0]), 6 * 60 + 30
            yield operator, 6 * 60 + 45
