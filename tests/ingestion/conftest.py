from pathlib import Path

import pytest


@pytest.fixture
def raw_root(tmp_path: Path) -> Path:
    return tmp_path / "raw"
