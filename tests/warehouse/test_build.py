"""`vitrine build`: what it publishes, and what it refuses to."""

import os
import re
import resource
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from tiny_shop import Shop

from warehouse import publish
from warehouse.lock import build_lock


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Have the system refuse to write more into any file, as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_build_is_published_as_a_version_behind_a_link(shop: Shop) -> None:
    shop.land("a", "b")
    before = datetime.now(UTC)
    report = shop.build_well()
    version = f"shop-{report.build.build_id}.duckdb"
    pii_version = f"shop_pii-{report.build.build_id}.duckdb"
    assert shop.warehouse.link.readlink() == Path(version)
    assert shop.warehouse.pii_link.readlink() == Path(pii_version)
    assert shop.files() == {
        *("shop.duckdb", version, "shop_pii.duckdb", pii_version),
        *(".shop-build", ".shop-build.lock", "shop_nights", "shop_report.html"),
    }
    assert {path.name for path in shop.warehouse.workspace.folder.iterdir()} == {"target", "logs"}
    assert mode(shop.warehouse.version(report.build.build_id)) & 0o222 == 0
    assert mode(shop.warehouse.pii_version(report.build.build_id)) == 0o600
    assert report.tables["marts.fct_orders"] == 2
    assert [(each.contract, each.landed, each.loaded) for each in report.ledger] == [
        ("vtex.order", 2, 2)
    ]
    assert before < report.build.as_of < datetime.now(UTC)
    assert shop.query("select build_id, as_of, landed from validation.published_build") == [
        (report.build.build_id, report.build.as_of.replace(tzinfo=None), 2)
    ]
    assert shop.query("select order_count, as_of from aggregates.agg_orders") == [
        (2, report.build.as_of.replace(tzinfo=None))
    ]


def test_a_failed_audit_leaves_what_is_published_and_says_why(shop: Shop) -> None:
    shop.land("a")
    first = shop.build_well()
    files = shop.files()
    broken = shop.land("broken")
    result = shop.build("--quiet")
    assert result.exit_code == 1
    assert "nothing was published" in result.stderr
    assert "test assert_no_order_is_broken: Got 1 result" in result.stderr
    log = shop.warehouse.workspace.logs / "dbt.log"
    assert str(log) in result.stderr
    assert log.is_file()
    assert shop.files() == files
    assert {path.name for path in shop.warehouse.workspace.folder.iterdir()} == {"target", "logs"}
    assert shop.query("select count(*) from marts.fct_orders") == [(1,)]
    broken.unlink()
    shop.land("c")
    second = shop.build_well()
    assert second.build.build_id > first.build.build_id
    assert shop.query("select list(data order by data) from marts.fct_orders") == [(["a", "c"],)]


def test_a_ledger_that_does_not_balance_is_refused_even_if_no_test_of_dbt_says_so(
    shop: Shop,
) -> None:
    shop.land("a", "lost")
    result = shop.build("--json")
    assert result.exit_code == 1
    assert '"name":"validation.message_ledger"' in result.stdout
    assert "landed 2, redelivered 0, duplicates 0" in result.stdout
    assert not shop.warehouse.link.is_symlink()


@pytest.mark.parametrize("table", ["message_ledger", "reconciliation"])
def test_a_build_that_accounts_for_no_message_is_refused(shop: Shop, table: str) -> None:
    shop.land("a")
    model = shop.project / f"models/{table}.sql"
    model.write_text(
        model.read_text() + "having false"
        if "group by" in model.read_text()
        else model.read_text() + "where false"
    )
    result = shop.build("--quiet")
    assert result.exit_code == 1
    assert f"validation.{table}: is empty, although messages have landed" in result.stderr


def test_a_project_that_does_not_parse_is_told_in_words(shop: Shop) -> None:
    (shop.project / "models/wrong.sql").write_text("select * from {{ ref('nothing') }}")
    result = shop.build("--quiet")
    assert result.exit_code == 1
    assert "depends on a node named 'nothing' which was not found" in result.stderr
    assert "Traceback" not in result.output


def test_what_no_model_makes_any_more_is_no_longer_published(shop: Shop) -> None:
    extra = shop.project / "models/fct_extra.sql"
    extra.write_text("{{ config(schema='marts', materialized='table') }} select 1 as extra_id")
    assert "marts.fct_extra" in shop.build_well().tables
    extra.unlink()
    result = shop.build("--quiet")
    assert result.exit_code == 0
    assert result.output == ""
    assert shop.query(
        "select count(*) from information_schema.tables where table_name = 'fct_extra'"
    ) == [(0,)]


def test_a_view_is_refused_outside_of_the_speed_layer(shop: Shop) -> None:
    (shop.project / "models/live.sql").write_text(
        "{{ config(schema='marts', materialized='view') }} select * from {{ ref('agg_orders') }}"
    )
    result = shop.build("--quiet")
    assert result.exit_code == 1
    assert "marts.live is a view: outside of speed, only tables can be published" in result.stderr
    assert not shop.warehouse.link.is_symlink()


def test_views_of_the_speed_layer_are_published_whatever_their_names(shop: Shop) -> None:
    # In the order of their names, each would come before the one that it reads.
    for name, reads in (("a", "b"), ("b", "c"), ("c", "agg_orders")):
        (shop.project / f"models/{name}.sql").write_text(
            "{{ config(schema='speed', materialized='view') }}"
            f" select * from {{{{ ref('{reads}').include(database=false) }}}}"
        )
    shop.land("one")
    report = shop.build_well()
    assert "speed.a" not in report.tables
    assert shop.query("select count(*) from speed.a") == shop.query(
        "select count(*) from aggregates.agg_orders"
    )


def test_a_view_that_names_the_builds_own_file_is_refused(shop: Shop) -> None:
    # A reader opens the file under another name than the build did.
    (shop.project / "models/live.sql").write_text(
        "{{ config(schema='speed', materialized='view') }} select * from {{ ref('agg_orders') }}"
    )
    result = shop.build("--quiet")
    assert result.exit_code == 1
    assert "Nothing was published" in result.stderr
    assert not shop.warehouse.link.is_symlink()


def test_as_of_is_now_for_every_model(shop: Shop) -> None:
    report = shop.build_well("--as-of", "2024-03-01T09:00:00-03:00")
    assert report.build.as_of == datetime(2024, 3, 1, 12, tzinfo=UTC)
    assert shop.query("select as_of from aggregates.agg_orders") == [(datetime(2024, 3, 1, 12),)]
    assert shop.query("select as_of from validation.published_build") == [
        (datetime(2024, 3, 1, 12),)
    ]


def test_a_full_refresh_builds_incremental_tables_from_all_of_raw(shop: Shop) -> None:
    gone = shop.land("a")
    shop.build_well()
    gone.unlink()
    shop.land("b")
    assert shop.build_well().tables["marts.fct_orders"] == 2
    assert shop.build_well("--full-refresh").tables["marts.fct_orders"] == 1


def test_the_last_few_builds_are_kept_and_an_open_one_stays_readable(shop: Shop) -> None:
    shop.land("a")
    first = shop.build_well()
    with duckdb.connect(first.path, read_only=True) as reader:
        later = [shop.build_well("--keep", "2").build.build_id for _ in range(2)]
        assert shop.warehouse.build_ids() == later
        assert all(map(shop.warehouse.is_complete, later))
        assert not Path(first.path).exists()
        assert reader.execute("select count(*) from marts.fct_orders").fetchall() == [(1,)]


def test_a_second_build_can_be_told_not_to_wait(shop: Shop) -> None:
    with build_lock(shop.warehouse.lock, wait=True):
        result = shop.build("--no-wait")
    assert result.exit_code == 1
    assert f"another build is running (process {os.getpid()}, since 20" in result.stderr


def test_two_builds_at_once_run_one_after_the_other(shop: Shop) -> None:
    shop.land("a")
    builds = [shop.start_build("--quiet") for _ in range(2)]
    codes = [build.wait() for build in builds]
    errors = [build.err.read_text() for build in builds]
    assert codes == [0, 0], errors
    assert sum("waiting for it to end" in error for error in errors) == 1
    assert len(shop.warehouse.build_ids()) == 2


def test_a_copy_that_does_not_fit_is_refused_before_it_starts(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.build_well()
    monkeypatch.setattr(publish.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 0))
    result = shop.build("--quiet")
    assert result.exit_code == 1
    assert re.search(r"published \([1-9]\.\d MB\), and 0\.0 MB are free", result.stderr)


@pytest.mark.parametrize("while_doing", ["copying", "building"])
def test_a_write_that_fails_half_way_publishes_nothing(shop: Shop, while_doing: str) -> None:
    shop.land("a")
    first = shop.build_well()
    size = Path(first.path).stat().st_size
    limit = size // 2 if while_doing == "copying" else size + 1_000_000
    shop.land(*(f"{number:_>1000}" for number in range(10_000)))
    with files_of_at_most(limit):
        result = shop.build("--quiet")
    assert result.exit_code == 1
    assert "File too large" in result.stderr
    assert "othing was published" in result.stderr
    assert shop.warehouse.published() == first.build.build_id
    assert shop.build_well().tables["marts.fct_orders"] == 10_001


def test_a_folder_that_cannot_be_made_is_named(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("VITRINE_WAREHOUSE", str(tmp_path / "file/shop.duckdb"))
    result = shop.build()
    assert result.exit_code == 1
    assert f"{tmp_path}/file: File exists. Nothing was published." in result.stderr


def test_bare_dbt_builds_aside_and_keeps_personal_data_private(shop: Shop) -> None:
    shop.land("a")
    first = shop.build_well()
    files = shop.files()
    shop.land("b")
    subprocess.run(
        [Path(sys.executable).with_name("dbt"), "build", "--quiet"], cwd=shop.project, check=True
    )
    assert mode(shop.project / "data/dev_pii.duckdb") == 0o600
    assert shop.files() == files
    assert shop.warehouse.published() == first.build.build_id
    with duckdb.connect(shop.project / "data/dev.duckdb", read_only=True) as connection:
        assert connection.execute("select count(*) from marts.fct_orders").fetchall() == [(2,)]
