"""What a failed run of dbt says to do next."""

import pytest

from warehouse.dbt_run import _advice
from warehouse.errors import Failure


@pytest.mark.parametrize(
    ("message", "is_older"),
    [
        ("The source and target schemas on this incremental model are out of sync!", True),
        ("Got 3 results, configured to fail if != 0", False),
    ],
)
def test_only_a_warehouse_of_an_older_project_is_to_be_built_anew(
    message: str, is_older: bool
) -> None:
    advice = _advice([Failure("model a", "fine"), Failure("model b", message)])
    assert ("vitrine build --full-refresh" in advice) == is_older
