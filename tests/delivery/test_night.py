"""The last steps of a night: OUT of a day whose night is late, and when its messages are sent."""

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from delivery.errors import DeliveryError
from delivery.exporting import export_day, export_stand_in
from delivery.manifests import read_manifest
from ingestion.storage import LocalStorage
from orchestration import settings, steps
from orchestration.calendar import Night
from orchestration.steps import Task
from tests.delivery.published import DAY, NOON, Published, export_well
from tests.delivery.sending import Sending
from tests.forks import PROJECT

ZONE = ZoneInfo("America/Sao_Paulo")
NEXT = DAY + timedelta(days=1)


def task(now: datetime, run_date: date = DAY) -> Task:
    night = Night(run_date - timedelta(days=1), ZONE)
    return Task(night, settings.read("duckdb", PROJECT), now, "a-build")


def test_out_of_a_late_day_says_whose_rows_it_has_and_gives_way_to_the_days_own(
    published: Published, tmp_path: Path
) -> None:
    published.publish()
    own = export_well()
    out = LocalStorage(tmp_path / "out")
    late = export_stand_in(published.warehouse, out, NEXT, ZONE)
    assert (late.manifest.run_date, late.manifest.rows_of, late.is_new) == (NEXT, DAY, True)
    assert [table.rows for table in late.manifest.tables] == [table.rows for table in own.tables]
    assert not export_stand_in(published.warehouse, out, NEXT, ZONE).is_new

    published.as_of = NOON + timedelta(days=1)
    published.publish()
    fresh = export_day(published.warehouse, out, NEXT, ZONE)
    assert (fresh.manifest.version, fresh.manifest.rows_of) == (2, None)

    # Somebody goes back to the day before: what the day has of its own stays.
    published.as_of = NOON
    published.publish()
    assert not export_stand_in(published.warehouse, out, NEXT, ZONE).is_new
    assert read_manifest(out, NEXT) == fresh.manifest
    with pytest.raises(DeliveryError, match="is of 2024-05-01, after 2024-04-30"):
        export_stand_in(published.warehouse, out, DAY - timedelta(days=1), ZONE)


def test_nobody_is_sent_the_day_befores_list_again(sending: Sending) -> None:
    sending.suggest_people(1)
    out = LocalStorage(sending.folder / "out")
    export_stand_in(sending.published.warehouse, out, NEXT, ZONE)
    result = sending.deliver("--date", str(NEXT), "--send")
    assert result.exit_code == 1
    assert f"OUT of {NEXT} is that of {DAY}" in result.output
    assert sending.twilio.requests.total() == 0


def test_a_night_hands_over_and_sends_in_the_hours_of_its_day(
    sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    sending.suggest_people(2)
    at_three = datetime(2024, 5, 1, 6, tzinfo=UTC)
    assert steps.deliver(task(at_three)).state == "skipped"
    monkeypatch.setenv("VITRINE_NIGHT_DELIVER", "sms")
    sending.configure(hours=["07:00", "23:00"])
    waiting = steps.deliver(task(at_three))
    assert (waiting.state, waiting.message) == (
        "waiting",
        "its window is 2024-05-01, 07:00 to 23:00",
    )
    assert steps.deliver(task(at_three - timedelta(hours=12))).state == "waiting"
    over = steps.deliver(task(at_three + timedelta(days=1)))
    assert (over.state, over.message) == (
        "skipped",
        "2024-05-01 is over: nobody is sent its messages",
    )
    assert sending.twilio.requests.total() == 0
    # Its own clock is the real one, which may be any.
    sending.configure()
    sent = steps.deliver(task(at_three + timedelta(hours=6)))
    assert (sent.state, sent.figures) == ("done", {"sent": 2, "not_sent": 0})
    assert steps.deliver(task(at_three + timedelta(hours=6))).figures == {"sent": 0, "not_sent": 2}
    assert sending.twilio.recipients().total() == 2


def test_what_is_published_of_another_day_is_no_days_suggestions(published: Published) -> None:
    published.publish()
    assert steps.recommend(task(NOON)).figures == {
        "contact_suggestions": 2,
        "product_recommendations": 2,
    }
    with pytest.raises(steps.WarehouseError, match="is of 2024-05-01, not of 2024-05-02"):
        steps.recommend(task(NOON, NEXT))
    published.rows.clear()
    published.publish()
    nothing = steps.recommend(task(NOON))
    assert (nothing.state, nothing.reason) == ("incomplete", "empty")


def test_a_scorer_that_fails_leaves_the_night_and_its_words_alone(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published.publish()
    scorer = tmp_path / "scorer.py"
    scorer.write_text("import sys; sys.exit('ana@example.com')")
    monkeypatch.setenv("VITRINE_NIGHT_SCORER", f"{sys.executable} {scorer}")
    monkeypatch.setenv("VITRINE_NIGHT_SCORES", str(tmp_path / "scores" / "scores.parquet"))
    outcome = steps.recommend(task(NOON))
    assert (outcome.state, outcome.reason) == ("incomplete", "scorer_failed")
    assert "ana@example.com" not in outcome.message
