"""Randomness by name: every entity draws from a generator of its own.

An order, a customer or a day of catalogue changes is a pure function of the store's seed and its
own number. Nothing has to be remembered to meet it again, which is what keeps memory bounded.
"""

import random
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Generic, TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1


def stream(seed: int, name: str, number: int) -> random.Random:
    """Return the generator of entity `number` of kind `name`."""
    return random.Random(f"{seed}/{name}/{number}")


def scramble(seed: int, number: int) -> int:
    """Return 64 well-mixed bits of (seed, number): a generator's first draw without its cost."""
    bits = (number * 0x9E3779B97F4A7C15 + seed * 0xD1B54A32D192ED03 + 0x632BE59BD9B4E019) & _MASK
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & _MASK
    return bits ^ (bits >> 31)


def hexadecimal(rng: random.Random) -> str:
    """Return 32 hexadecimal digits."""
    return f"{rng.getrandbits(128):032x}"


def uuid(rng: random.Random) -> str:
    """Return a lower-case UUID."""
    digits = hexadecimal(rng)
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class Weighted(Generic[T]):
    """A choice among `values` with the given weights."""

    def __init__(self, values: Sequence[T], weights: Sequence[float]) -> None:
        self._values = values
        self._cumulative = list(accumulate(weights))

    def pick(self, rng: random.Random) -> T:
        """Draw one value."""
        point = rng.random() * self._cumulative[-1]
        return self._values[min(bisect_right(self._cumulative, point), len(self._values) - 1)]
