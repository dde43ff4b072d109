"""What every storage promises, on a folder and on emulated buckets."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

import duckdb
import pytest

from ingestion import journal, settings
from ingestion.errors import LandingError
from ingestion.storage import Storage, open_storage

PLACE = PurePosixPath("landed/vtex_orders/landed_date=2024-05-01/landed_hour=12/a.parquet")


def create(storage: Storage, place: PurePosixPath | str, content: bytes) -> None:
    with storage.workspace() as folder:
        (folder / "new").write_bytes(content)
        storage.create(PurePosixPath(place), folder / "new")


def test_a_file_comes_back_byte_for_byte(storage: Storage, tmp_path: Path) -> None:
    # A parted request must not end where its payload holds what usually parts one.
    content = bytes(range(256)) * 40 + b"\r\n--==0==--\r\n" + b"\n--==0==\n"
    create(storage, PLACE, content)
    assert storage.read(PLACE) == content
    storage.fetch(PLACE, tmp_path / "fetched")
    assert (tmp_path / "fetched").read_bytes() == content
    assert storage.has(PLACE)


def test_a_large_file_comes_back_byte_for_byte(storage: Storage) -> None:
    content = os.urandom(1 << 20) * 56
    create(storage, PLACE, content)
    assert storage.read(PLACE) == content


def test_nothing_is_ever_replaced(storage: Storage) -> None:
    create(storage, PLACE, b"first")
    for other in (b"second", b"first"):
        with pytest.raises(FileExistsError):
            create(storage, PLACE, other)
    assert storage.read(PLACE) == b"first"


def test_of_many_who_create_one_place_one_wins(storage: Storage) -> None:
    start = threading.Barrier(8)

    def attempt(number: int) -> int | None:
        start.wait()
        try:
            create(storage, PLACE, str(number).encode())
        except FileExistsError:
            return None
        return number

    with ThreadPoolExecutor(8) as pool:
        winners = [number for number in pool.map(attempt, range(8)) if number is not None]
    assert [storage.read(PLACE)] == [str(number).encode() for number in winners]


def test_files_are_found_by_folder_and_suffix(storage: Storage) -> None:
    before = time.time()
    for place in ("landed/a/1.parquet", "landed/a/b/2.parquet", "landed/ab/3.parquet"):
        create(storage, place, b"four")
    create(storage, "landed/a/x.json", b"{}")
    found = list(storage.find(PurePosixPath("landed/a")))
    assert sorted(str(one.place) for one in found) == ["landed/a/1.parquet", "landed/a/b/2.parquet"]
    assert {one.size_bytes for one in found} == {4}
    assert all(before - 2 <= one.modified_at <= time.time() + 2 for one in found)
    assert len(list(storage.find(PurePosixPath("landed"), ""))) == 4
    assert list(storage.find(PurePosixPath("nothing"))) == []


def test_a_file_bears_the_time_when_it_was_put_into_its_place(storage: Storage) -> None:
    long_ago = time.time() - 5000
    with storage.workspace() as folder:
        (folder / "new").write_bytes(b"written long before")
        os.utime(folder / "new", (long_ago, long_ago))
        before = time.time()
        storage.create(PLACE, folder / "new")
    # So does one that is put there with others, once their input is committed.
    other = PLACE.with_name("b.parquet")
    with journal.open_staging(storage.url) as staging:
        staged = staging.new_file(other)
        staged.write_bytes(b"written long before")
        os.utime(staged, (long_ago, long_ago))
        assert staging.commit("key", staged, 1, {})
    found = list(storage.find(PLACE.parent))
    assert [one.place for one in found] == [PLACE, other]
    assert all(before - 2 <= one.modified_at <= time.time() + 2 for one in found)


def test_more_files_are_found_than_a_page_holds(storage: Storage) -> None:
    names = {f"landed/a/{number:03}.parquet" for number in range(120)}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: create(storage, name, b""), names))
    assert {str(one.place) for one in storage.find(PurePosixPath("landed"))} == names
    # And the very next listing tells of what has gone.
    storage.remove(PurePosixPath(min(names)))
    assert len(list(storage.find(PurePosixPath("landed")))) == len(names) - 1


def test_what_is_missing_is_told_so(storage: Storage, tmp_path: Path) -> None:
    assert not storage.has(PLACE)
    with pytest.raises(FileNotFoundError):
        storage.read(PLACE)
    with pytest.raises(FileNotFoundError):
        storage.fetch(PLACE, tmp_path / "fetched")
    storage.remove(PLACE)  # It may be gone already.
    create(storage, PLACE, b"here")
    storage.remove(PLACE)
    assert not storage.has(PLACE)


def test_a_workspace_is_gone_afterwards(storage: Storage) -> None:
    with storage.workspace() as folder:
        (folder / "left").write_bytes(b"behind")
    assert not folder.exists()


def test_what_a_killed_process_left_is_removed_by_the_next(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    script = (
        "import sys; from ingestion.storage import open_storage\n"
        f"with open_storage({bucket!r}).workspace() as folder:\n"
        "    (folder / 'payload').write_text('x'); print(folder, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        left = Path(process.stdout.readline().strip())
        with open_storage(bucket).workspace():
            assert (left / "payload").exists()  # Its process lives.
        process.kill()
        process.wait()
    assert left.exists()
    with open_storage(bucket).workspace():
        assert not left.exists()


def test_duckdb_reads_the_files_of_a_pattern_and_of_a_list(storage: Storage) -> None:
    with storage.workspace() as folder:
        for number in range(3):
            place = f"landed/orders/landed_date=2024-05-0{number + 1}/landed_hour=00/x.parquet"
            duckdb.sql(f"select {number} as number").write_parquet(str(folder / "new"))
            storage.create(PurePosixPath(place), folder / "new")
    places = [f"{storage.url}/{one.place}" for one in storage.find(PurePosixPath("landed"))]
    with duckdb.connect() as connection:
        storage.register(connection)
        for files in (f"{storage.url}/landed/orders/*/*/*.parquet", places):
            rows = connection.execute(
                "select number from read_parquet(?, hive_partitioning = false) order by all",
                [files],
            ).fetchall()
            assert rows == [(0,), (1,), (2,)]
        found = connection.execute("select count(*) from glob(?)", [f"{storage.url}/landed/z/*"])
        assert found.fetchall() == [(0,)]


@pytest.mark.parametrize(
    "root", ["s3://", "gs://Shop/raw", "http://shop/raw", "gs://shop/it's", "s3://shop/a b"]
)
def test_what_is_no_raw_root_is_refused(root: str) -> None:
    with pytest.raises(LandingError, match="not a raw root; set VITRINE_RAW"):
        open_storage(root)


def test_a_slash_at_the_end_changes_nothing(bucket: str) -> None:
    create(open_storage(bucket), PLACE, b"one")
    assert open_storage(f"{bucket}/").read(PLACE) == b"one"
    assert open_storage(f"{bucket}/").url == bucket


def test_a_url_in_the_settings_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITRINE_RAW", "gs://shop/raw/")
    assert settings.raw_root() == "gs://shop/raw"


def test_a_relative_folder_is_made_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_storage("data/raw").url == str(tmp_path / "data/raw")
