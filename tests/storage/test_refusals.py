"""A store that refuses: one sentence that says what to do, and nothing lost."""

import sys
from pathlib import Path, PurePosixPath

import pytest

from ingestion.errors import LandingError
from ingestion.raw_layer import ensure_raw
from ingestion.storage import open_storage
from tests.ingestion.support import land, raw_row, write
from tests.storage.stores import Store
from tests.storage.support import landed_ids, vitrine

pytestmark = pytest.mark.usefixtures("few_contracts")


def test_a_forbidden_bucket_is_told_without_a_traceback(store: Store, tmp_path: Path) -> None:
    root = f"{store.new_bucket()}/raw"
    ensure_raw(root)
    path = write(tmp_path / "a.ndjson", raw_row())
    with store.proxy.faulty(lambda _: "403"):
        with pytest.raises(LandingError, match="access denied: this account needs"):
            land(root, path)
        done = vitrine(root, tmp_path, "status")
    assert done.returncode == 1
    assert "access denied: this account needs" in done.stderr
    assert "Traceback" not in done.stderr
    land(root, path)
    assert sum(landed_ids(root).values()) == 1


def test_a_file_that_may_not_be_read_is_told_without_a_traceback(
    stores: dict[str, Store], tmp_path: Path
) -> None:
    store = stores["gs"]
    root = f"{store.new_bucket()}/raw"
    land(root, write(tmp_path / "a.ndjson", raw_row()))
    # The listing is allowed, the files are not.
    with store.proxy.faulty(lambda request: "403" if ".parquet" in request.path else None):
        done = vitrine(root, tmp_path, "status")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("Error: ")
    assert "Forbidden" in done.stderr
    assert ".py" not in done.stderr


def test_a_missing_bucket_is_told(store: Store, tmp_path: Path) -> None:
    root = f"{store.scheme}://no-such-bucket/raw"
    for act in (lambda: ensure_raw(root), lambda: land(root, write(tmp_path / "a", raw_row()))):
        with pytest.raises(LandingError, match="no such bucket: create it, or check VITRINE_RAW"):
            act()
    with pytest.raises(OSError, match="no such bucket"):
        list(open_storage(root).find(PurePosixPath("landed")))


@pytest.mark.usefixtures("impatient")
def test_a_store_that_stays_away_is_given_up(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.buckets.storage.GIVE_UP_SECONDS", 0.2)
    root = f"{store.new_bucket()}/raw"
    ensure_raw(root)
    path = write(tmp_path / "a.ndjson", raw_row())
    monkeypatch.setattr("tests.ingestion.support.ensure_raw", lambda _: None)
    with (
        store.proxy.faulty(lambda request: "503 before" if "staging" in str(request) else None),
        pytest.raises(LandingError, match=r"try again later. Nothing of this file was landed"),
    ):
        land(root, path)
    assert land(root, path).status == "landed"


def test_missing_credentials_are_told(bucket: str, tmp_path: Path) -> None:
    scheme = bucket.partition(":")[0]
    path = write(tmp_path / "a.ndjson", raw_row())
    done = vitrine(
        bucket,
        tmp_path,
        *("land", path),
        without=("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "STORAGE_EMULATOR_HOST"),
        HOME=str(tmp_path),
        AWS_EC2_METADATA_DISABLED="true",
        NO_GCE_CHECK="true",
    )
    assert done.returncode == 1
    advice = {"gs": "gcloud auth application-default login", "s3": "set AWS_PROFILE"}
    assert "credentials" in done.stderr
    assert advice[scheme] in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_library_is_told(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scheme = bucket.partition(":")[0]
    extra, library = {"gs": ("gcs", "gcsfs"), "s3": ("s3", "s3fs")}[scheme]
    monkeypatch.delitem(sys.modules, f"ingestion.buckets.{extra}", raising=False)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(LandingError, match=rf"pip install 'vitrine\[{extra}\]'"):
        open_storage(bucket)
