from collections.abc import Iterator

import pytest

from tests.gateway.support import Gateway, limits, source

PAGE = "https://shop.example"


@pytest.fixture(scope="package")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One gateway for all tests that leave it as it was; messages are told apart by their ids."""
    with Gateway(
        tmp_path_factory.mktemp("gateway"),
        limits(commit_seconds=0.01, head_seconds=1.0, body_seconds=1.5, body_bytes=1_000_000),
        source("till", contracts=["*"], push=True, metrics=True),
        source("hook", contracts=["vtex.order_event"]),
        source("page", contracts=["storefront.event"], origins=[PAGE]),
        source("pusher", push=True),
        source("slow", contracts=["*"], rate=2, burst=3),
    ) as started:
        yield started
