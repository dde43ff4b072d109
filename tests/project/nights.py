"""One store of two nights and a rerun, which the tests of several files question.

It does what breaks pipelines (trap_store), says what is odd (poison) or has another shape than it
had (changed_shapes), has what changes from build to build (histories) and ten random shops that
make trouble, whose messages come in any order, cut anywhere into the two nights, some of them
twice. Ids differ, so none touches another's rows. Before the second night is built, a build of it
is killed.
"""

import os
import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from tests.project import changed_shapes, histories, poison, trap_store
from tests.project.comparison import Rows, rows_of
from tests.project.conftest import House, write_messages
from tests.project.kills import ORDERS, Reads, kill_build_at, reading
from tests.project.shops import Message, Shop

FIRST, SECOND = "2024-05-10T12:00:00Z", "2024-06-10T12:00:00Z"
SHOPS = 10
# A build of the second night is killed somewhere between these parts of it.
_KILLED_BETWEEN = (0.05, 0.9)
# A reader that hardly rests takes half a core.
_READER_RESTS_SECONDS = 0.5
# The ids of random shops begin so.
OF_SHOPS = "^s[0-9]+-"
_NIGHTS = {
    FIRST: (
        trap_store.first_night,
        poison.messages,
        histories.first_night,
        changed_shapes.messages,
    ),
    SECOND: (trap_store.second_night, histories.second_night),
}


@dataclass
class Nights:
    """A house after its nights, each message that it was told, and what it was on the way."""

    house: House
    chance: random.Random
    messages: list[Message] = field(default_factory=list)
    before_rerun: Rows = field(default_factory=dict)
    # What was published before and after a build was killed, and what a reader met meanwhile and
    # during the build that was not.
    orders_before_kill: list[tuple[object, ...]] = field(default_factory=list)
    orders_after_kill: list[tuple[object, ...]] = field(default_factory=list)
    reads: Reads = field(default_factory=Reads)


def seed() -> int:
    """Draw a seed, and print it; VITRINE_TEST_SEED gives one."""
    drawn = int(os.environ.get("VITRINE_TEST_SEED", "0")) or random.SystemRandom().randrange(
        1, 10**9
    )
    print(f"VITRINE_TEST_SEED={drawn}")
    return drawn


def pass_nights(house: House) -> Nights:
    """Land and build two nights, each in any order, and build once more over the same messages."""
    drawn = seed()
    chance = random.Random(drawn)
    nights = Nights(house, chance)
    shops = [message for number in range(SHOPS) for message in Shop(number, drawn).messages()]
    delivered = shops + chance.sample(shops, len(shops) // 4)
    chance.shuffle(delivered)
    cut = chance.randrange(1, len(delivered))
    nights.messages += shops
    for (as_of, several), of_shops in zip(
        _NIGHTS.items(), (delivered[:cut], delivered[cut:]), strict=True
    ):
        of_night = [message for some in several for message in some()]
        nights.messages += of_night
        messages = of_night + of_shops
        chance.shuffle(messages)
        house.run("land", write_messages(house.folder / f"until-{as_of[:10]}.ndjson", messages))
        if as_of == FIRST:
            house.run("build", "--quiet", "--as-of", as_of)
        else:
            _be_killed_and_build(nights)
    nights.before_rerun = rows_of(house)
    house.run("build", "--quiet", "--as-of", SECOND)
    return nights


def _be_killed_and_build(nights: Nights) -> None:
    """Build the second night, at last."""
    house, words = nights.house, ("--quiet", "--as-of", SECOND)
    nights.orders_before_kill = house.query(ORDERS)
    with reading(house, _READER_RESTS_SECONDS) as nights.reads:
        kill_build_at(house, nights.chance.uniform(*_KILLED_BETWEEN), *words)
        nights.orders_after_kill = house.query(ORDERS)
        house.run("build", *words)


def all_in_one_go(nights: Nights, folder: Path) -> House:
    """Land the same messages elsewhere, each once and at once, and build all of it anew.

    It has nothing of the nights but the key of keyed hashes.
    """
    shutil.copytree(
        nights.house.folder, folder, symlinks=True, ignore=shutil.ignore_patterns("raw", "*.ndjson")
    )
    other = House(folder)
    nights.chance.shuffle(nights.messages)
    other.run("land", write_messages(folder / "all.ndjson", nights.messages))
    other.run("build", "--quiet", "--as-of", SECOND, "--full-refresh")
    return other
