"""From Pub/Sub into a bucket that refuses for a while, and whose answers get lost."""

import random
from collections import Counter
from pathlib import Path

from tests.pubsub.emulator import Emulator
from tests.pubsub.lander import Lander
from tests.storage.proxy import FAULTS, Request
from tests.storage.stores import Store
from tests.storage.support import landed_ids


def test_a_bucket_that_refuses_for_a_while_gets_every_message_once(
    store: Store, emulator: Emulator, tmp_path: Path
) -> None:
    root = f"{store.new_bucket()}/raw"
    topic, subscription = emulator.topic()
    # Logs beside, not in, the root.
    lander = Lander(tmp_path / "log", emulator, f"pubsub:{subscription}", VITRINE_RAW=root)
    try:
        lander.wait_for(lambda: "receiving" in lander.said)
        with store.proxy.faulty(lambda _: "403"):
            ids = emulator.publish(topic, [(b"{}", {"contract": "vtex.sku"})] * 500)
            lander.wait_for(lambda: "cannot land" in lander.said)
        lander.wait_for(lambda: len(landed_ids(root)) == len(ids))
        assert "access denied" in lander.said

        # A quarter of all requests fails, half of those after they took effect.
        chance = random.Random(7)

        def fault(_: Request) -> str | None:
            return chance.choice(FAULTS) if chance.random() < 0.25 else None

        with store.proxy.faulty(fault):
            ids += emulator.publish(topic, [(b"{}", {"contract": "vtex.order"})] * 500)
            lander.wait_for(lambda: "vtex_orders" in str(store.proxy.requests[-40:]))
        lander.wait_for(lambda: len(landed_ids(root)) == len(ids))
        assert lander.stop() == 0
        assert landed_ids(root) == Counter(ids)
    finally:
        lander.process.kill()
        lander.process.wait()
