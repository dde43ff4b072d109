"""Forgetting somebody in a bucket, where nothing can be rewritten in place."""

from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ingestion import contracts
from ingestion.compaction import Compaction
from ingestion.forgetting import suppression
from ingestion.forgetting.identifiers import Identifier
from ingestion.snapshots import read_raw_files
from ingestion.storage import Storage, open_storage
from tests.ingestion.support import land, raw_row, write
from tests.storage.conftest import in_one_store
from warehouse import forgetting
from warehouse.versions import Warehouse

_PERSON = [Identifier("email", "ana@example.com")]
_ORDERS = [
    raw_row(f'{{"orderId": "{number}", "clientProfileData": {{"email": "{name}@example.com"}}}}',
            message_id=str(number))
    for number, name in enumerate(["ana", "rui"])
]  # fmt: skip


def _payloads(storage: Storage, folder: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for place in read_raw_files(storage, "vtex_orders").places:
        storage.fetch(place, file := folder / place.name)
        for row in pq.read_table(file, partitioning=None).to_pylist():
            found.setdefault(row["message_id"], set()).add(row["data"])
    return found


@in_one_store
@pytest.mark.usefixtures("few_contracts")
def test_somebody_in_a_bucket_is_forgotten_and_stays_so(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VITRINE_WAREHOUSE", str(tmp_path / "vitrine.duckdb"))
    monkeypatch.setattr(suppression, "REFRESH_SECONDS", 0.0)
    monkeypatch.setattr(forgetting, "_LANDERS_SECONDS", 0.1)
    land(bucket, write(tmp_path / "a.ndjson", *_ORDERS))
    storage = open_storage(bucket)
    order = contracts.load().by_name["vtex.order"]
    Compaction(storage, timedelta(hours=-2), timedelta(hours=1)).compact(order, lambda _: None)
    land(bucket, write(tmp_path / "b.ndjson", *reversed(_ORDERS)))
    own = forgetting.Forgetting(Warehouse(tmp_path / "vitrine.duckdb"), bucket, [])
    audit = own.complete(own.begin(_PERSON), tmp_path, lambda _: None)
    assert audit.proof.found_in == []
    assert audit.tables["vtex.order"].files >= 2
    land(bucket, write(tmp_path / "c.ndjson", *_ORDERS, _ORDERS[0]))
    payloads = _payloads(storage, tmp_path)
    assert payloads["0"] == {'{"orderId": "0", "clientProfileData": {"email": null}}'}
    assert payloads["1"] == {'{"orderId": "1", "clientProfileData": {"email": "rui@example.com"}}'}
