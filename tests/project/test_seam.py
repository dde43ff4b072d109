"""The seam between batch and speed: builds are published while events flow and readers ask.

Whatever moment a reader asks in, it gets each event that had landed before once, and none that had
not been begun: from the published file as anybody opens it, and from a process that follows raw.
"""

import pytest

from tests.project.conftest import House
from tests.project.late_shops import LateShops
from tests.project.streaming import Stream, build_while_events_flow, parts_of


def test_no_event_is_missing_or_doubled_while_a_build_is_published(late_shops: LateShops) -> None:
    late_shops.seam.assert_is_unseen()


@pytest.mark.long
def test_no_event_is_missing_or_doubled_while_ten_builds_are_published(house: House) -> None:
    stream = Stream(house.folder, house.folder / "raw")
    stream.land()
    house.run("simulate", "--orders", 30, "--out", house.folder / "shop.ndjson")
    before, *afterwards = parts_of(house.folder / "shop.ndjson", 3)
    house.run("land", before)
    house.run("build", "--quiet")
    build_while_events_flow(house, stream, 10, 0.1, afterwards).assert_is_unseen()
