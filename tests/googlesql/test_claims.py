"""Only what checks claims of the module is emptied, and another module is not touched."""

from pathlib import Path

import pytest
from zetasql.wasi import get_wasm_path

from tests.googlesql.claims import OtherModuleError, without_claims


def test_all_but_the_functions_that_check_claims_stays_as_it_is() -> None:
    module = Path(get_wasm_path()).read_bytes()
    edited = without_claims(module)
    assert len(edited) == len(module)
    assert 0 < sum(a != b for a, b in zip(module, edited, strict=True)) < 50_000
    with pytest.raises(OtherModuleError, match="0 functions check claims, not 96"):
        without_claims(edited)
