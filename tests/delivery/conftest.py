from pathlib import Path

import pytest

from tests.delivery.published import DAY, Published


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Published:
    """A warehouse with a row in each table that is exported, not published yet."""
    monkeypatch.setenv("VITRINE_WAREHOUSE", str(tmp_path / "vitrine.duckdb"))
    monkeypatch.setenv("VITRINE_RAW", str(tmp_path / "raw"))
    monkeypatch.setenv("VITRINE_OUT", str(tmp_path / "out"))
    one = Published(tmp_path)
    one.rows["activation.campaign_targets"] = [(DAY, "maes", "ana", "centro")]
    one.rows["activation.product_recommendations"] = [
        (DAY, "ana", rank, f"sku-{rank}", 1 / rank, "porque sim", "repeat") for rank in (1, 2)
    ]
    one.rows["activation.similar_skus"] = [("sku-1", 1, "sku-2", 0.5, 3)]
    one.suggest(("ana", "abandoned_cart"), ("bia", "birthday"))
    return one
