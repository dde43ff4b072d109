"""What people hold in their hands when they visit the storefront."""

import random
from typing import NamedTuple

from simulator.seeds import scramble, uuid

_PHONES = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; SM-A546E) AppleWebKit/537.36"
    " (KHTML, like Gecko) Chrome/122.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13; moto g54 5G) AppleWebKit/537.36"
    " (KHTML, like Gecko) Chrome/121.0.0.0 Mobile Safari/537.36",
)
_DESKTOPS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"
    " (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/17.3 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:123.0) Gecko/20100101 Firefox/123.0",
)
_TABLETS = (
    "Mozilla/5.0 (iPad; CPU OS 17_3 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/17.3 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 13; SM-X200) AppleWebKit/537.36"
    " (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
)
_BOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"
    " (KHTML, like Gecko) HeadlessChrome/119.0.0.0 Safari/537.36",
)
_KINDS = {"phone": _PHONES, "desktop": _DESKTOPS, "tablet": _TABLETS, "bot": _BOTS}


class Device(NamedTuple):
    """A browser: what its cookie calls it, and what it says of itself.

    `owner` is the person (by number) whom it belongs to alone, as one of several by its `place`;
    None if it is a family's, or nobody's whom we know.
    """

    device_id: str
    kind: str
    agent: str
    owner: int | None = None
    place: int = 0


def _device(bits: int, kind: str) -> Device:
    device_id = uuid(random.Random(bits))
    agents = _KINDS[kind]
    return Device(device_id, kind, agents[bits % len(agents)])


def own(seed: int, person: int, place: int) -> Device:
    """Return a device of a person: the first is mostly a phone, the second a desktop."""
    bits = scramble(seed ^ 0xDE71CE, person * 4 + place)
    is_phone = (bits % 10 < 7) == (place == 0)
    device = _device(bits, "phone" if is_phone else "desktop")
    return device._replace(owner=person, place=place)


def family_tablet(seed: int, family: int) -> Device:
    """Return a tablet that a whole family uses."""
    return _device(scramble(seed ^ 0x7AB1E7, family), "tablet")


def of_stranger(rng: random.Random) -> Device:
    """Return the device of somebody who never says who they are."""
    kind = rng.choice(("phone", "phone", "phone", "desktop", "desktop", "tablet"))
    return _device(rng.getrandbits(64), kind)


def bot(rng: random.Random) -> Device:
    """Return what calls itself a device and is a crawler."""
    return _device(rng.getrandbits(64), "bot")
