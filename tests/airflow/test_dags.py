"""The DAGs in a current Airflow, which has an environment of its own: `make test-airflow`.

Run to their end, they start the real `vitrine` of this project as processes, in place of pods.
"""

import asyncio
import copy
import importlib.util
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import pytest

if importlib.util.find_spec("airflow") is None:
    pytest.skip("Airflow has an environment of its own: make test-airflow", allow_module_level=True)

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "orchestration" / "airflow"
VITRINE = PROJECT / ".venv" / "bin" / "vitrine"
# Before Airflow is imported, which reads it then.
HOME = Path(tempfile.mkdtemp(prefix="airflow-"))
os.environ |= {
    "AIRFLOW_HOME": str(HOME),
    "AIRFLOW__CORE__DAGS_FOLDER": str(FOLDER / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(FOLDER / "plugins"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
}

from airflow.dag_processing.dagbag import DagBag  # noqa: E402
from airflow.exceptions import ParamValidationError  # noqa: E402

from orchestration.calendar import CLOSING, last_day  # noqa: E402

SHOP = ZoneInfo("America/Sao_Paulo")
# The last day of the simulated history, and the one before.
DAY, BEFORE = "2024-12-30", "2024-12-29"
# A cluster that is asked nothing: a pod is described for one.
CLUSTER = """
apiVersion: v1
kind: Config
current-context: none
clusters: [{name: none, cluster: {server: "http://127.0.0.1:9"}}]
contexts: [{name: none, context: {cluster: none, user: none}}]
users: [{name: none, user: {}}]
"""


@pytest.fixture(scope="module", autouse=True)
def database() -> Iterator[None]:
    """Airflow's own database, empty."""
    airflow = Path(sys.executable).with_name("airflow")
    subprocess.run([airflow, "db", "migrate"], check=True, capture_output=True)
    yield
    shutil.rmtree(HOME)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the messages of a small shop, and the environment of its night."""
    folder = tmp_path_factory.mktemp("shop")
    words = [VITRINE, "simulate", "--orders=40", "--seed=7", f"--out={folder}/shop.ndjson.gz"]
    subprocess.run([*words], check=True, capture_output=True, cwd=folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VITRINE_AIRFLOW_COMMAND", str(VITRINE))
        patch.setenv("VITRINE_AIRFLOW_FOLDER", str(folder))
        patch.setenv("VITRINE_NIGHT_SOURCES", f"{folder}/shop.ndjson.gz")
        # That day's was years ago.
        patch.setenv("VITRINE_NIGHT_DEADLINE", "none")
        yield folder


@pytest.fixture(scope="module")
def dags() -> dict[str, Any]:
    """Every DAG, with nothing to complain of."""
    bag = DagBag(FOLDER / "dags")
    assert bag.import_errors == {}
    assert bag.captured_warnings == {}
    return bag.dags


@pytest.fixture
def night(dags: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The night for dag.test(), which looks at its end for alerts that it has not kept."""
    found = dags["vitrine_night"]
    monkeypatch.setattr(found, "deadline", None)
    return found


def module() -> ModuleType:
    """The DAGs' file, read again in the environment as it is."""
    spec = importlib.util.spec_from_file_location("of_pods", FOLDER / "dags" / "vitrine_night.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def run(night: Any, at: datetime, logical_date: datetime | None, *dates: str) -> Any:
    """Run it to its end; what is given to one run would stay with the next one."""
    return night.test(run_after=at, logical_date=logical_date, run_conf={"dates": [*dates]})


def states(run: Any) -> dict[str, str]:
    return {one.task_id: str(one.state) for one in run.get_task_instances()}


def night_of(shop: Path, day: str) -> list[tuple[str, str]]:
    """What the run table has of a night's steps, in their order."""
    lines = (shop / "data" / "vitrine_nights" / f"{day}.ndjson").read_text().splitlines()
    entries = [json.loads(line) for line in lines]
    return [(one["step"], one["state"]) for one in entries if one["step"] != "night"]


def test_the_dag_runs_the_night_to_its_end(shop: Path, night: Any) -> None:
    at = datetime(2024, 12, 30, 23, tzinfo=SHOP)
    done = run(night, at, at)
    assert done.state == "success"
    steps = ("choose", "land", "build", "publish", "recommend", "export", "deliver")
    assert states(done) == {"again": "skipped"} | dict.fromkeys(steps, "success")
    told = dict(night_of(shop, DAY))
    assert [told[step] for step in ("land", "build", "publish", "export")] == ["done"] * 4
    assert [*(shop / "data" / "out" / "2024-12-31").glob("manifest-*.json")]
    assert (shop / "data" / "vitrine.duckdb").is_symlink()


def test_dates_run_again_with_what_came_late_and_the_last_day_stays(shop: Path, night: Any) -> None:
    before = (shop / "data" / "vitrine.duckdb").resolve().name
    at = datetime(2024, 12, 31, 10, tzinfo=SHOP)
    done = run(night, at, None, BEFORE)
    assert done.state == "success"
    assert states(done)["again"] == "success"
    assert {states(done)[step] for step in ("land", "build", "deliver")} == {"skipped"}
    assert [step for step, state in night_of(shop, BEFORE) if state == "done"][:3] == [
        *("land", "build", "publish")
    ]
    assert [step for step, _ in night_of(shop, DAY)].count("build") == 2
    assert (shop / "data" / "vitrine.duckdb").resolve().name > before


def test_a_step_that_fails_ends_the_night_and_is_tried_again(
    shop: Path, night: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VITRINE_NIGHT_DEADLINE", "when it is done")  # makes no sense: exit code 1
    assert {task.retries for task in night.tasks} == {3}
    for task in night.tasks:
        monkeypatch.setattr(task, "retries", 0)
    at = datetime(2025, 1, 2, 23, tzinfo=SHOP)
    done = run(night, at, at)
    assert done.state == "failed"
    assert states(done)["land"] == "failed"
    assert states(done)["build"] == "upstream_failed"


@pytest.mark.parametrize("dates", [["yesterday"], ["2024-01-01; rm -rf /"], "2024-01-01", [1]])
def test_dates_that_are_none_are_refused(dates: object, dags: dict[str, Any]) -> None:
    params = copy.deepcopy(dags["vitrine_night"].params)
    with pytest.raises(ParamValidationError):
        params["dates"] = dates


@pytest.mark.parametrize("hours", range(0, 48, 5))
def test_a_run_is_of_the_day_that_vitrine_would_choose(hours: int) -> None:
    at = datetime(2024, 12, 30, 22, 59, tzinfo=SHOP) + timedelta(hours=hours)
    assert module().business_day(at.astimezone(UTC)) == last_day(at, SHOP).isoformat()


@pytest.mark.parametrize(("dag", "hour"), [("vitrine_night", 23), ("vitrine_deliver", 7)])
def test_runs_begin_on_the_shops_clock(dag: str, hour: int, dags: dict[str, Any]) -> None:
    timetable = dags[dag].timetable
    assert (timetable.expression, str(timetable.timezone)) == (f"0 {hour} * * *", str(SHOP))
    assert dag != "vitrine_night" or hour == CLOSING.hour


def test_a_night_that_has_not_ended_is_told_an_hour_before_opening_and_at_it(
    dags: dict[str, Any],
) -> None:
    alerts = dags["vitrine_night"].deadline
    assert [one.interval for one in alerts] == [timedelta(hours=7), timedelta(hours=8)]
    assert {one.callback.path for one in alerts} == {"vitrine_alerts.tell"}


def test_the_scheduler_keeps_the_dags_with_their_alerts() -> None:
    airflow = Path(sys.executable).with_name("airflow")
    subprocess.run([airflow, "dags", "reserialize"], check=True, capture_output=True)
    with sqlite3.connect(HOME / "airflow.db") as database:
        dags = database.execute("select dag_id from serialized_dag order by dag_id").fetchall()
        [(alerts,)] = database.execute("select count(*) from deadline_alert").fetchall()
    assert (dags, alerts) == ([("vitrine_deliver",), ("vitrine_night",)], 2)


def test_an_alert_is_posted_where_the_night_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location(
        "alerts", FOLDER / "plugins" / "vitrine_alerts.py"
    )
    alerts = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(alerts)
    posted = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.handle_request).start()
        monkeypatch.setenv("VITRINE_NIGHT_WEBHOOK", f"http://127.0.0.1:{server.server_port}")
        asyncio.run(alerts.tell("The night is late.", context={"dag_run": {}}))
    assert posted == [{"text": "The night is late."}]


def test_a_pod_is_there_only_while_its_step_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cluster").write_text(CLUSTER)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "cluster"))
    monkeypatch.setenv("VITRINE_AIRFLOW_IMAGE", "registry.example/vitrine:1")
    monkeypatch.delenv("VITRINE_AIRFLOW_FOLDER", raising=False)  # that of the runs
    night = module().night
    for name in ("land", "build", "publish", "recommend", "export", "deliver", "again"):
        task = night.get_task(name)
        assert task.on_finish_action.value == "delete_pod"
        pod = task.build_pod_request_obj().spec
        [container] = pod.containers
        assert container.image == "registry.example/vitrine:1"
        assert container.args == task.arguments
        assert container.resources.limits == {"cpu": "2", "memory": "4Gi"}
        [volume] = pod.volumes
        assert volume.persistent_volume_claim.claim_name == "vitrine-data"
        assert container.volume_mounts[0].mount_path == "/vitrine/data"
        assert pod.restart_policy == "Never"


def test_bigquery_starts_nothing() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VITRINE_AIRFLOW_TARGET", "bigquery")
        task = module().night.get_task("build")
    assert type(task).__name__ == "BashOperator"
    assert "vitrine night --target bigquery" in task.bash_command
