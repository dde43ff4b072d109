"""Files and links, without dbt: what is left whenever a build is killed, and what mends it."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from warehouse.errors import WarehouseError
from warehouse.prepared import Prepared, find_prepared, note, publish_prepared
from warehouse.publish import copy_published, mend, prune, publish
from warehouse.record import BuildRecord, BuildReport
from warehouse.versions import Warehouse, build_time, next_build_id

OLD, NEW = "20240101T000000000000Z", "20240102T000000000000Z"


class KilledError(BaseException):
    """Stands for SIGKILL: nothing catches it."""


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "shop.duckdb")


def publish_build(warehouse: Warehouse, build_id: str) -> None:
    mend(warehouse)
    warehouse.workspace.main.write_text(build_id)
    warehouse.workspace.pii.write_text(f"pii of {build_id}")
    publish(warehouse, build_id)


def read_links(warehouse: Warehouse) -> tuple[str, str]:
    return warehouse.link.read_text(), warehouse.pii_link.read_text()


def kill_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Let the file system change `step` times, then die in place of the next change."""
    changes = 0

    def killing(change: Callable[..., object]) -> Callable[..., object]:
        def changed(*arguments: object, **options: object) -> object:
            nonlocal changes
            changes += 1
            if changes > step:
                raise KilledError
            return change(*arguments, **options)

        return changed

    for name in ("rename", "replace", "unlink", "symlink_to", "chmod"):
        monkeypatch.setattr(Path, name, killing(getattr(Path, name)))


@pytest.mark.parametrize("step", range(12))
def test_killed_at_any_step_of_publishing_a_whole_pair_stays_published(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    publish_build(warehouse, OLD)
    with monkeypatch.context() as patch:
        kill_at(patch, step)
        try:
            publish_build(warehouse, NEW)
            prune(warehouse, NEW, keep=1)
        except KilledError:
            pass
        else:
            assert step == 11, "the last step must be the one that is not killed"
    survivor = warehouse.published()
    assert survivor is not None
    assert warehouse.link.read_text() == survivor
    assert mend(warehouse) == survivor
    assert read_links(warehouse) == (survivor, f"pii of {survivor}")
    assert warehouse.build_ids()[-1] == survivor
    assert all(map(warehouse.is_complete, warehouse.build_ids()))
    publish_build(warehouse, next_build_id(survivor))
    assert warehouse.build_ids()[-1] == warehouse.published() != survivor


@pytest.mark.parametrize("step", range(10))
def test_killed_at_any_step_of_the_first_publishing_nothing_or_a_whole_pair_is_published(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    with monkeypatch.context() as patch, pytest.raises(KilledError):
        kill_at(patch, step)
        publish_build(warehouse, NEW)
    published = mend(warehouse)
    assert published in (None, NEW)
    if published is None:
        assert {path.name for path in warehouse.folder.iterdir()} == {".shop-build"}
    else:
        assert read_links(warehouse) == (NEW, f"pii of {NEW}")
    publish_build(warehouse, next_build_id(published))
    assert warehouse.published() == warehouse.build_ids()[-1]


def prepare_build(warehouse: Warehouse, build_id: str) -> None:
    """Leave an audited build in the workspace."""
    base = mend(warehouse)
    warehouse.workspace.main.write_text(build_id)
    warehouse.workspace.pii.write_text(f"pii of {build_id}")
    at = build_time(build_id)
    record = BuildRecord(build_id, at, at, at, False, "1.11", 0)
    note(warehouse.workspace, Prepared(BuildReport(record, 0, "", {}, []), base))


def test_an_audited_build_is_published_whenever_its_publication_was_killed(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaths = 0
    while True:
        for path in warehouse.folder.glob("shop*"):
            path.unlink()
        publish_build(warehouse, OLD)
        prepare_build(warehouse, NEW)
        with monkeypatch.context() as patch:
            kill_at(patch, deaths)
            try:
                publish_prepared(warehouse, NEW, keep=2)
            except KilledError:
                pass
            else:
                break
        # Whoever reads has one pair, whole.
        assert read_links(warehouse)[0] in (OLD, NEW)
        publish_prepared(warehouse, NEW, keep=2)
        assert read_links(warehouse) == (NEW, f"pii of {NEW}")
        assert warehouse.build_ids() == [OLD, NEW]
        assert not warehouse.workspace.audited.exists()
        publish_prepared(warehouse, NEW, keep=2)
        deaths += 1
    assert deaths > 6


def test_an_audited_build_that_another_overtook_is_not_published(warehouse: Warehouse) -> None:
    publish_build(warehouse, OLD)
    prepare_build(warehouse, NEW)
    found = find_prepared(warehouse)
    assert found is not None
    assert (found.build_id, found.base) == (NEW, OLD)
    warehouse.link.unlink()
    assert find_prepared(warehouse) is None
    # Another build clears the workspace, whether or not it ends well.
    mend(warehouse)
    with pytest.raises(WarehouseError, match=f"{NEW} was audited and is not there any more"):
        publish_prepared(warehouse, NEW)
    assert read_links(warehouse) == (OLD, f"pii of {OLD}")


def test_a_lost_link_is_taken_up_again(warehouse: Warehouse) -> None:
    publish_build(warehouse, OLD)
    publish_build(warehouse, NEW)
    warehouse.link.unlink()
    assert mend(warehouse) == NEW
    assert read_links(warehouse) == (NEW, f"pii of {NEW}")
    assert warehouse.build_ids() == [OLD, NEW]


def test_a_lost_version_gives_way_to_the_one_before(warehouse: Warehouse) -> None:
    publish_build(warehouse, OLD)
    publish_build(warehouse, NEW)
    warehouse.version(NEW).unlink()
    assert warehouse.published() is None
    assert mend(warehouse) == OLD
    assert read_links(warehouse) == (OLD, f"pii of {OLD}")


def test_going_back_to_an_older_build_is_a_link_and_the_newer_ones_go(warehouse: Warehouse) -> None:
    publish_build(warehouse, OLD)
    publish_build(warehouse, NEW)
    warehouse.link.unlink()
    warehouse.link.symlink_to(warehouse.version(OLD).name)
    assert mend(warehouse) == OLD
    assert read_links(warehouse) == (OLD, f"pii of {OLD}")
    assert warehouse.build_ids() == [OLD]


def test_no_build_goes_on_without_the_restricted_file(warehouse: Warehouse) -> None:
    publish_build(warehouse, OLD)
    warehouse.pii_version(OLD).unlink()
    with pytest.raises(WarehouseError, match=rf"shop_pii-{OLD}\.duckdb is missing"):
        mend(warehouse)
    assert warehouse.link.read_text() == OLD


def test_a_file_in_the_place_of_the_link_is_left_alone(warehouse: Warehouse) -> None:
    warehouse.link.write_text("someone's own")
    with pytest.raises(WarehouseError, match="is not a link to a published build"):
        mend(warehouse)
    assert warehouse.link.read_text() == "someone's own"


@pytest.mark.parametrize(
    "target", ["other.duckdb", f"../shop-{OLD}.duckdb", f"shop_pii-{OLD}.duckdb"]
)
def test_a_link_to_something_else_is_left_alone(warehouse: Warehouse, target: str) -> None:
    warehouse.link.symlink_to(target)
    with pytest.raises(WarehouseError, match="which is no build of this warehouse"):
        mend(warehouse)
    assert warehouse.link.readlink() == Path(target)


def test_warehouses_in_one_folder_leave_each_other_alone(warehouse: Warehouse) -> None:
    other = Warehouse(warehouse.folder / "shop-eu.duckdb")
    publish_build(other, NEW)
    publish_build(warehouse, OLD)
    assert warehouse.build_ids() == [OLD]
    assert mend(warehouse) == OLD
    prune(warehouse, OLD, keep=1)
    assert read_links(other) == (NEW, f"pii of {NEW}")


def test_the_newest_builds_are_kept_in_pairs(warehouse: Warehouse) -> None:
    build_ids = [f"2024010{day}T000000000000Z" for day in range(1, 6)]
    for build_id in build_ids:
        publish_build(warehouse, build_id)
    prune(warehouse, build_ids[-1], keep=3)
    assert warehouse.build_ids() == build_ids[2:]
    assert all(map(warehouse.is_complete, build_ids[2:]))


def test_a_log_beside_a_file_keeps_it_from_being_published(warehouse: Warehouse) -> None:
    publish_build(warehouse, OLD)
    mend(warehouse)
    warehouse.workspace.main.write_text(NEW)
    warehouse.workspace.pii.write_text(NEW)
    warehouse.workspace.pii.with_name("vitrine_pii.duckdb.wal").touch()
    with pytest.raises(WarehouseError, match="its log is still beside it"):
        publish(warehouse, NEW)
    assert read_links(warehouse) == (OLD, f"pii of {OLD}")


def refuse(*_: object) -> int:
    raise OSError(errno.ENOSYS, "the kernel does not know how")


@pytest.mark.parametrize("shares_blocks", [True, False])
def test_a_build_starts_from_a_copy_of_the_restricted_file(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, shares_blocks: bool
) -> None:
    publish_build(warehouse, OLD)
    if not shares_blocks:
        monkeypatch.setattr(os, "copy_file_range", refuse)
    copy_published(warehouse, OLD)
    assert not warehouse.workspace.main.exists()
    assert warehouse.workspace.pii.read_text() == f"pii of {OLD}"


def test_build_ids_sort_even_if_the_clock_is_set_back() -> None:
    tomorrow = "29991231T235959999999Z"
    after = next_build_id(tomorrow)
    assert after > tomorrow
    assert (build_time(after) - build_time(tomorrow)).total_seconds() == 1e-6
