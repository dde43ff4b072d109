from collections.abc import Iterator

import pytest

from tests.pubsub.emulator import Emulator, require_emulator


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    require_emulator()
    one = Emulator()
    yield one
    one.stop()
