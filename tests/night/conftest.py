from pathlib import Path

import pytest

from tests.night.shop import make_tiny_project


@pytest.fixture(scope="session")
def tiny_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of all tiny shops, which is parsed once."""
    folder = tmp_path_factory.mktemp("tiny")
    make_tiny_project(folder)
    return folder
