from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.seller.support import Clerk, Page, Store, a_shop


@pytest.fixture
def store() -> Store:
    one = Store()
    a_shop(one)
    return one


@pytest.fixture
def page(store: Store, tmp_path: Path) -> Iterator[Page]:
    with Page(tmp_path, store) as started:
        yield started


@pytest.fixture
def clerk(page: Page) -> Clerk:
    return Clerk(page)
