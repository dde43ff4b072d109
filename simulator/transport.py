"""Messages as they arrive: raw rows of Pub/Sub, with the faults of the way."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

import msgspec

from simulator.seeds import scramble, stream
from simulator.spool import Spool
from simulator.timestamps import DAY, HOUR, MINUTE, SECOND, iso
from simulator.truth import Truth
from simulator.words import ACCOUNT

# Documents that carry the time of their own change; the others are as new as their publishing.
_DATED = frozenset(
    {
        *("vtex.order", "vtex.order_event", "vtex.client", "vtex.address", "vtex.promotion"),
        *("storefront.event", "pos.receipt", "pos.operator", "pos.customer"),
        *("marketing.campaign", "marketing.coupon_redemption"),
    }
)

_ID_BITS = 56
_ID_FACTOR = 0x9E3779B97F4A7D  # odd, so that different messages keep different ids


@dataclass(frozen=True, slots=True)
class Faults:
    """How often the way to the warehouse fails, as shares of all messages.

    redelivered: the same message again; republished: the same data as a new message;
    out_of_order: held back for up to six hours; late: held back for one to five days;
    missed_events: status changes that no hook tells; has_poison: one message of each poison kind.
    """

    redelivered: float = 0.02
    republished: float = 0.01
    out_of_order: float = 0.05
    late: float = 0.003
    missed_events: float = 0.005
    has_poison: bool = True


class Way(Enum):
    """Whose messages these are; each has chances and message ids of its own.

    So what one of them tells changes nothing of what the others do.
    """

    VTEX = "transport"
    STOREFRONT = "storefront transport"
    TILLS = "tills' transport"


# The first two of the 40 bits of a message's number.
_BITS = {Way.VTEX: 0, Way.STOREFRONT: 1 << 39, Way.TILLS: 1 << 38}


def text_of(document: dict[str, Any]) -> bytes:
    """Encode a document as the JSON string that a raw row carries."""
    return msgspec.json.encode(msgspec.json.encode(document).decode())


class Transport:
    """The way from the store to the warehouse.

    `first` is the number of the first purchase told: it keeps the messages of a continuation apart
    from those of its history, as `seed` keeps one store's apart from another's.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what it stands between
        self,
        seed: int,
        first: int,
        faults: Faults,
        spool: Spool,
        truth: Truth,
        way: Way = Way.VTEX,
    ) -> None:
        self._rng = stream(seed, way.value, first)
        self._faults = faults
        self._spool = spool
        self._truth = truth
        # 16 bits for the store, 40 for the message; a purchase has fewer than 1,000 messages.
        self._number = ((scramble(seed, 1) & 0xFFFF) << 40) + _BITS[way]
        if first:
            self._number += first * 1000 + 10_000_000
        self._heads: dict[str, tuple[bytes, bytes]] = {}

    def send(
        self, contract: str, at: int, text: bytes, attributes: dict[str, str] | None = None
    ) -> None:
        """Send a payload, given as an encoded JSON string, about an instant."""
        counts = self._truth.messages[contract]
        counts["documents"] += 1
        rng, faults = self._rng, self._faults
        publish = at + int((0.2 + 3 * rng.random()) * SECOND)
        held_back = 0
        luck = rng.random()
        if luck < faults.late:
            held_back = rng.randrange(DAY, 5 * DAY)
            counts["late"] += 1
        elif luck < faults.late + faults.out_of_order:
            held_back = rng.randrange(5 * SECOND, 6 * HOUR)
            counts["out_of_order"] += 1
        arrival = publish + held_back
        is_dated = contract in _DATED
        if held_back and is_dated and rng.random() < 0.5:
            publish = arrival  # held back before it was published, not after
        self._deliver(contract, publish, arrival, text, attributes)
        if rng.random() < faults.republished:
            counts["republished"] += 1
            # Where publishing dates the document, it is republished before it can be outdated.
            publish += (
                rng.randrange(MINUTE, DAY) if is_dated else rng.randrange(SECOND, 20 * SECOND)
            )
            self._deliver(contract, publish, max(arrival, publish), text, attributes)

    def send_poison(self, contract: str, at: int, reason: str, data: object) -> None:
        """Send what cannot be used; it is never republished."""
        message_id = self._deliver(contract, at, at, msgspec.json.encode(data))
        self._truth.messages[contract]["poison"] += 1
        row = {"message_id": message_id, "contract": contract, "reason": reason}
        self._truth.poison.append(row)

    def _deliver(
        self,
        contract: str,
        publish: int,
        arrival: int,
        text: bytes,
        attributes: dict[str, str] | None = None,
    ) -> str:
        head, middle = self._heads.get(contract) or self._head(contract)
        if attributes:
            middle = _middle(attributes)
        message_id = str(10**16 + self._number * _ID_FACTOR % (1 << _ID_BITS))
        self._number += 1
        line = b"%b%b%b%b%b%b}" % (
            *(head, message_id.encode(), b'","publish_time":"', iso(publish, 6, "Z").encode()),
            *(middle, text),
        )
        counts = self._truth.messages[contract]
        counts["messages"] += 1
        counts["lines"] += 1
        self._spool.add(arrival, line)
        if self._rng.random() < self._faults.redelivered:
            counts["redelivered"] += 1
            counts["lines"] += 1
            self._spool.add(arrival + self._rng.randrange(10 * SECOND, 2 * DAY), line)
        return message_id

    def _head(self, contract: str) -> tuple[bytes, bytes]:
        subscription = contract.replace(".", "-").replace("_", "-")
        head = b'{"subscription_name":"%b","message_id":"' % subscription.encode()
        middle = _middle({"contract": contract, "account": ACCOUNT})
        self._heads[contract] = (head, middle)
        return head, middle


def _middle(attributes: dict[str, str]) -> bytes:
    return b'","attributes":%b,"data":' % msgspec.json.encode(attributes)
