"""Files landed in a bucket: whole or not at all, and once, whatever happens on the way."""

import random
import signal
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ingestion import journal
from ingestion.buckets import gcs, s3
from ingestion.buckets import journal as bucket_journal
from ingestion.errors import LandingError
from ingestion.raw_layer import ensure_raw
from tests import forks
from tests.ingestion.support import land, raw_row, start, write
from tests.storage.conftest import Store, in_one_store
from tests.storage.proxy import FAULTS, Request
from tests.storage.support import landed_ids, objects

pytestmark = pytest.mark.usefixtures("few_contracts")

IDS = [str(number) for number in range(4)]
MIXED = [
    raw_row(contract=name, message_id=message_id)
    for message_id, name in zip(IDS, ["vtex.order", "no.such"] * 2, strict=True)
]
EXPECTED = Counter(IDS)


class Death(BaseException):
    """The process is dead: nothing it does from here on has any effect."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "a.ndjson", *MIXED)


def test_a_file_lands_and_landing_it_again_adds_nothing(bucket: str, path: Path) -> None:
    assert land(bucket, path).status == "landed"
    assert landed_ids(bucket) == EXPECTED
    before = objects(bucket, "landed"), objects(bucket, "journal")
    assert land(bucket, path).status == "already_there"
    assert (objects(bucket, "landed"), objects(bucket, "journal")) == before
    assert objects(bucket, "staging") == []


def test_bare_payloads_land_too(bucket: str, tmp_path: Path) -> None:
    path = write(tmp_path / "skus.ndjson", b'{"Id": 1}\n', b'{"Id": 2}\n')
    assert land(bucket, path, "vtex.sku").counts["vtex.sku"].landed == 2
    assert len(landed_ids(bucket)) == 2


def die_at(call: int, patch: pytest.MonkeyPatch) -> list[str]:
    """Let the process die before the n-th request that changes the bucket; lists them."""
    calls: list[str] = []
    lock = threading.Lock()

    def mortal(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any) -> Any:
            with lock:  # One at a time: nothing happens once the process is dead.
                calls.append(name)
                if len(calls) > call:
                    raise Death
                function(*arguments)

        return wrapped

    for owner in (gcs.GcsBucket, s3.S3Bucket):
        for name in ("upload", "copy", "remove"):
            patch.setattr(owner, name, mortal(name, getattr(owner, name)))
    return calls


def test_dying_at_any_request_loses_and_doubles_nothing(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.ingestion.support.ensure_raw", lambda _: None)  # It takes long.
    deaths = 0
    while True:
        root = f"{store.new_bucket()}/raw"
        with pytest.MonkeyPatch.context() as patch:
            calls = die_at(deaths, patch)
            try:
                land(root, path)
            except Death:
                pass
            else:
                break
        seen = landed_ids(root)
        assert seen <= EXPECTED, calls  # Nothing is doubled; what is visible is committed.
        was_committed = bool(objects(root, "journal"))
        assert was_committed or not seen, calls
        journal.recover(root)
        was_promised = bool(objects(root, "journal"))
        assert was_promised >= was_committed
        if was_promised:
            assert landed_ids(root) == EXPECTED, calls
            assert objects(root, "staging") == []
        assert land(root, path).status == ("already_there" if was_promised else "landed")
        assert landed_ids(root) == EXPECTED, calls
        deaths += 1
    assert deaths >= 2 + 1 + 1 + 2 + 3  # files, intent, entry, copies, removals
    assert set(calls) == {"upload", "copy", "remove"}


def kill_at_random(store: Store, chance: random.Random, path: Path) -> None:
    """Kill a real landing when it makes one of its requests, or just after; and land again."""
    root = f"{store.new_bucket()}/raw"
    ensure_raw(root)
    # Of its 17 requests the first three see whether the tables are there.
    remaining = chance.randint(4, 17)
    process: forks.Command | None = None
    counted = threading.Lock()

    def kill(_: Request) -> str | None:
        nonlocal remaining
        with counted:
            remaining -= 1
            if remaining <= 0 and process:
                process.kill()
                return "reset before" if chance.random() < 0.5 else None
        return None

    with store.proxy.faulty(kill):
        process = start(root, "land", path)
        assert process.wait(60) == -signal.SIGKILL
    seen = landed_ids(root)
    assert seen <= EXPECTED
    assert objects(root, "journal") or not seen
    journal.recover(root)
    land(root, path)
    assert landed_ids(root) == EXPECTED
    assert len(objects(root, "journal")) == 1


def test_a_killed_landing_is_completed_by_the_next(store: Store, path: Path) -> None:
    chance = random.Random(5)
    for _ in range(3):
        kill_at_random(store, chance, path)


@pytest.mark.long
def test_many_killed_landings_are_completed_by_the_next(store: Store, path: Path) -> None:
    chance = random.Random()
    for _ in range(40):
        kill_at_random(store, chance, path)


@in_one_store
def test_of_several_that_land_the_same_content_one_wins(bucket: str, tmp_path: Path) -> None:
    ensure_raw(bucket)
    paths = [write(tmp_path / f"{number}.ndjson", *MIXED) for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        accounts = list(pool.map(lambda path: land(bucket, path), paths))
    assert sorted(account.status for account in accounts) == ["already_there"] * 3 + ["landed"]
    assert landed_ids(bucket) == EXPECTED
    assert objects(bucket, "staging") == []


@in_one_store
def test_several_may_recover_what_one_left(bucket: str, path: Path) -> None:
    ensure_raw(bucket)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bucket_journal, "_settle", _raise_death)
        with pytest.raises(Death):
            land(bucket, path)
    assert objects(bucket, "journal")
    assert not landed_ids(bucket)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(journal.recover, [bucket] * 4))
    assert landed_ids(bucket) == EXPECTED
    assert objects(bucket, "staging") == []


def _raise_death(*_: object) -> None:
    raise Death


@pytest.mark.usefixtures("impatient")
def test_a_store_that_often_fails_gets_every_file_once(store: Store, tmp_path: Path) -> None:
    root = f"{store.new_bucket()}/raw"
    chance = random.Random(3)
    happened: Counter[str] = Counter()

    def fail(_: Request) -> str | None:
        fault = chance.choice(FAULTS) if chance.random() < 0.25 else None
        happened[fault or ""] += 1
        return fault

    ensure_raw(root)
    with store.proxy.faulty(fail):
        for number in range(3):
            path = write(tmp_path / f"{number}.ndjson", *MIXED, raw_row(message_id=f"n{number}"))
            assert land(root, path).status == "landed"
            assert land(root, path).status == "already_there"
    assert min(happened[fault] for fault in FAULTS) >= 1
    assert landed_ids(root) == Counter(IDS * 3 + ["n0", "n1", "n2"])
    assert len(objects(root, "journal")) == 3
    assert objects(root, "staging") == []


@in_one_store
@pytest.mark.usefixtures("impatient")
def test_a_commit_without_an_answer_is_told_so_and_completed_later(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.buckets.storage.GIVE_UP_SECONDS", 0.2)
    root = f"{store.new_bucket()}/raw"
    ensure_raw(root)
    is_down = False

    def go_down(request: Request) -> str | None:
        nonlocal is_down
        was_down = is_down
        is_down = is_down or (request.method in ("PUT", "POST") and _names_journal(request))
        return "reset before" if was_down else "reset after" if is_down else None

    with store.proxy.faulty(go_down), pytest.raises(LandingError, match="land it again, and it"):
        land(root, path)
    assert is_down
    assert not landed_ids(root)
    journal.recover(root)
    assert land(root, path).status == "already_there"
    assert landed_ids(root) == EXPECTED


def _names_journal(request: Request) -> bool:
    return "/raw/journal/" in request.path or b"raw/journal/" in request.body[:300]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it, and a day has gone by."""
    return lambda: monkeypatch.setattr(bucket_journal, "_ABANDON_AFTER_SECONDS", -1)


@in_one_store
def test_what_was_never_promised_goes_after_a_day(
    bucket: str, path: Path, later: Callable[[], None]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        calls = die_at(4, patch)  # The schema files of three tables, and one of two.
        with pytest.raises(Death):
            land(bucket, path)
    assert set(calls) == {"upload"}
    left = objects(bucket, "staging")
    assert len(left) == 1
    journal.recover(bucket)
    assert objects(bucket, "staging") == left
    later()
    journal.recover(bucket)
    assert objects(bucket, "staging") == []
    assert objects(bucket, "journal") == []
    assert land(bucket, path).status == "landed"


@in_one_store
def test_a_landing_that_was_abandoned_while_it_went_on_fails_and_can_be_repeated(
    bucket: str, path: Path, later: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    later()
    create = bucket_journal._create

    def recover_meanwhile(*arguments: Any) -> None:
        monkeypatch.setattr(bucket_journal, "_create", create)
        journal.recover(bucket)
        create(*arguments)

    monkeypatch.setattr(bucket_journal, "_create", recover_meanwhile)
    with pytest.raises(LandingError, match="took more than a day"):
        land(bucket, path)
    assert not landed_ids(bucket)
    assert objects(bucket, "journal") == []
    journal.recover(bucket)
    assert land(bucket, path).status == "landed"
    assert landed_ids(bucket) == EXPECTED
