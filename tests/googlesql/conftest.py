from collections.abc import Iterator

import pytest

from tests.googlesql.api import Api
from tests.googlesql.project import PROJECT_FOLDER
from tests.googlesql.reference import GoogleSql
from tests.googlesql.server import serving


@pytest.fixture(scope="session")
def google() -> GoogleSql:
    return GoogleSql(PROJECT_FOLDER / "target" / "googlesql")


@pytest.fixture
def api(google: GoogleSql) -> Api:
    return Api(google)


@pytest.fixture
def address(api: Api) -> Iterator[str]:
    with serving(api) as found:
        yield found
