"""Every test starts with an empty warehouse; all have the same paths."""

import shutil
from pathlib import Path

import pytest
from tiny_shop import Shop

from warehouse.versions import Warehouse

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shop")


@pytest.fixture
def shop(ground: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Clear the ground, but for what dbt parsed in the test before: parsing takes longest."""
    shop = Shop(ground / "project", ground / "raw", Warehouse(ground / "published/shop.duckdb"))
    target, cache = shop.project / "target", ground / "target"
    if target.exists():
        target.replace(cache)
    for path in ground.iterdir():
        if path != cache:
            shutil.rmtree(path)
    shop.warehouse.link.parent.mkdir()
    shutil.copytree(HERE / "tiny", shop.project)
    shutil.copy(HERE.parent.parent / "profiles.yml", shop.project)
    if cache.exists():
        cache.replace(target)
    monkeypatch.setenv("VITRINE_RAW", str(shop.raw))
    monkeypatch.setenv("VITRINE_WAREHOUSE", str(shop.warehouse.link))
    return shop
