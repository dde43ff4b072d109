from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.delivery.published import DAY, Published
from tests.delivery.sending import Sending
from tests.delivery.twilio_server import ACCOUNT, TOKEN, Twilio


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


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    one = Twilio()
    yield one
    one.close()


@pytest.fixture
def sending(
    published: Published, twilio: Twilio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Sending:
    """A warehouse, and all that it takes to send to Twilio."""
    environment = {
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "VITRINE_DELIVERY_CONFIG": str(tmp_path / "delivery.toml"),
        "VITRINE_DELIVERY_JOURNAL": str(tmp_path / "deliveries.sqlite"),
        "VITRINE_CONTRACTS": str(tmp_path / "contracts.toml"),
        "VITRINE_SUPPRESSION_KEY": str(tmp_path / "suppression.key"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    # Two raw tables for each test, rather than all.
    (tmp_path / "contracts.toml").write_text(
        "".join(
            f'[[contract]]\nname = "delivery.{name}"\ntable = "delivery_{table}"\n'
            for name, table in {"status": "statuses", "reply": "replies"}.items()
        )
    )
    one = Sending(tmp_path, published, twilio)
    one.configure()
    return one
