"""One store of two nights and a rerun, which the tests of several files question.

It does what breaks pipelines (trap_store), says what is odd (poison) and has what changes from
build to build (histories): their ids differ, so none touches another's rows.
"""

import random
from dataclasses import dataclass, field

from tests.project import histories, poison, trap_store
from tests.project.comparison import Rows, rows_of
from tests.project.conftest import House, write_messages

FIRST, SECOND = "2024-05-10T12:00:00Z", "2024-06-10T12:00:00Z"
_NIGHTS = {
    FIRST: (trap_store.first_night, poison.messages, histories.first_night),
    SECOND: (trap_store.second_night, histories.second_night),
}


@dataclass
class Nights:
    """A house after its nights; how many messages landed, and what it was before the rerun."""

    house: House
    landed: int = 0
    before_rerun: Rows = field(default_factory=dict)


def pass_nights(house: House) -> Nights:
    """Land and build two nights, each in any order, and build once more over the same messages."""
    nights = Nights(house)
    for night, (as_of, several) in enumerate(_NIGHTS.items()):
        messages = [message for some in several for message in some()]
        random.Random(7).shuffle(messages)
        house.run("land", write_messages(house.folder / f"night-{night}.ndjson", messages))
        house.run("build", "--quiet", "--as-of", as_of)
        nights.landed += len(messages)
    nights.before_rerun = rows_of(house)
    house.run("build", "--quiet", "--as-of", SECOND)
    return nights
