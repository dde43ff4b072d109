"""How fresh messages of a real subscription are, as status tells it."""

from datetime import UTC, datetime
from pathlib import Path

from tests.pubsub.emulator import Emulator
from tests.pubsub.lander import Lander, landed_ids
from warehouse.raw_state import read_raw_state


def test_a_message_of_a_running_lander_is_measured_from_its_publication(
    tmp_path: Path, emulator: Emulator
) -> None:
    root = tmp_path / "raw"
    topic, subscription = emulator.topic()
    before = datetime.now(UTC)
    ids = emulator.publish(topic, [(b"{}", {"contract": "vtex.order"})] * 20)
    lander = Lander(root, emulator, f"pubsub:{subscription}")
    lander.wait_for(lambda: len(landed_ids(root)) >= 20)
    assert lander.stop() == 0
    now = datetime.now(UTC)
    told = read_raw_state(root, None, now)["vtex_orders"].freshness
    assert (told.messages, told.backfilled_files, told.skewed_messages) == (len(ids), 0, 0)
    assert told.published_to_landed is not None
    assert told.published_to_visible is not None
    # It waits for more messages first.
    assert 0.3 <= told.published_to_landed.p50 < told.published_to_visible.p50
    assert told.published_to_visible.p99 <= (now - before).total_seconds()
