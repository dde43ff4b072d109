"""The workflow for teams without Airflow: its syntax, and what it does with its Cloud Run job."""

import ast
import copy
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from orchestration.calendar import CLOSING, last_day
from orchestration.journal import STEPS
from orchestration.provisioning.roles import JOB, WORKFLOW
from tests.workflows.checker import faults
from tests.workflows.execution import Execution, RaisedError

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "orchestration" / "workflows"
SHOP = ZoneInfo("America/Sao_Paulo")
CLOSED = datetime(2024, 12, 30, 23, 0, 5, tzinfo=SHOP)
WORKFLOW_FILE = yaml.safe_load((FOLDER / "night.yaml").read_text())
RUN = "googleapis.run.v2.projects.locations.jobs.run"
FAILED = {"tags": ["OperationError"], "message": "the execution failed"}


def scheduler(name: str) -> dict[str, str]:
    found: dict[str, str] = yaml.safe_load((FOLDER / f"{name}.scheduler.yaml").read_text())
    return found


def dag() -> dict[str, Any]:
    """The constants of the Airflow DAGs, without Airflow."""
    source = (PROJECT / "orchestration" / "airflow" / "dags" / "vitrine_night.py").read_text()
    return {
        statement.targets[0].id: ast.literal_eval(statement.value)
        for statement in ast.parse(source).body
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
        if isinstance(statement.value, ast.Constant | ast.Tuple)
        and statement.targets[0].id in ("SHOP", "CLOSING", "OPENING", "STEPS")
    }


class CloudRun:
    """Answers the workflow's calls, as the given function says; remembers them."""

    def __init__(self, answer: Callable[[list[str]], Any] = lambda _: {}) -> None:
        self._answer = answer
        self.runs: list[list[str]] = []
        self.logs: list[dict[str, Any]] = []
        self.posts: list[dict[str, Any]] = []

    def __call__(self, name: str, arguments: dict[str, Any]) -> Any:
        if name == RUN:
            assert arguments["name"] == f"projects/shop/locations/sa/jobs/{JOB}"
            [override] = arguments["body"]["overrides"]["containerOverrides"]
            self.runs.append(override["args"])
            answer = self._answer(override["args"])
            if isinstance(answer, Exception):
                raise answer
            return answer
        {"sys.log": self.logs, "http.post": self.posts}[name].append(arguments)
        return None


def execute(
    cloud: CloudRun, argument: Any = None, at: datetime = CLOSED, **environment: str
) -> Execution:
    builtin = {"GOOGLE_CLOUD_PROJECT_ID": "shop", "GOOGLE_CLOUD_LOCATION": "sa"}
    one = Execution(WORKFLOW_FILE, cloud, at.timestamp(), builtin | environment)
    one.run(argument)
    return one


def test_the_workflow_is_as_the_reference_wants_it() -> None:
    assert faults(WORKFLOW_FILE) == []


def in_main(change: Callable[[list[dict[str, Any]]], None]) -> Callable[[dict[str, Any]], None]:
    return lambda workflow: change(workflow["main"]["steps"])


BROKEN: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "a name with a space": (
        in_main(lambda steps: steps.append({"end it": {"return": 1}})),
        "a name has letters",
    ),
    "a name twice": (
        in_main(lambda steps: steps.insert(0, {"find_day": {"return": 1}})),
        "two steps are called find_day",
    ),
    "a jump to nowhere": (
        in_main(lambda steps: steps[0]["read_arguments"].update(next="nowhere")),
        "there is no step nowhere",
    ),
    "a step that nothing leads to": (
        in_main(lambda steps: steps.append({"more": {"return": 1}})),
        "more: nothing leads there",
    ),
    "a step that does two things": (
        in_main(lambda steps: steps[1]["find_day"].update({"return": 1})),
        "a step does one thing",
    ),
    "a word that is none": (
        in_main(lambda steps: steps[1]["find_day"].update(resultat="day")),
        "cannot stand beside call",
    ),
    "a variable that has no value": (
        in_main(lambda steps: steps[3]["end_night"].update({"return": "${dya}"})),
        "dya is never given a value",
    ),
    "an expression that does not end": (
        in_main(lambda steps: steps[3]["end_night"].update({"return": "${day +}"})),
        "a value is missing",
    ),
    "a function that is none": (
        in_main(lambda steps: steps[3]["end_night"].update({"return": "${map.give(asked, day)}"})),
        "there is no map.give",
    ),
    "too few arguments": (
        in_main(
            lambda steps: steps[3]["end_night"].update({"return": "${text.substring(day, 1)}"})
        ),
        "there is no text.substring of 2",
    ),
    "a call of nothing": (
        in_main(lambda steps: steps[1]["find_day"].update(call="holiday")),
        "there is no holiday to call",
    ),
    "an argument that is missing": (
        lambda workflow: workflow["tell"]["steps"][3]["post"]["args"].pop("url"),
        "needs ['url']",
    ),
    "an argument too many": (
        lambda workflow: workflow["tell"]["steps"][0]["log"]["args"].update(level="ERROR"),
        "takes no ['level']",
    ),
    "a predicate that is none": (
        lambda workflow: workflow["run_job"]["steps"][1]["execute"]["retry"].update(
            predicate="${tell_me}"
        ),
        "a predicate is a workflow",
    ),
    "a try without an end": (
        in_main(lambda steps: steps[2]["run_night"].pop("except")),
        "a try has a retry or an except",
    ),
    "a workflow that nobody calls": (
        lambda workflow: workflow.update(more={"steps": [{"end": {"return": 1}}]}),
        "nobody calls it",
    ),
    "a parameter that a connector does not know": (
        lambda workflow: workflow["run_job"]["steps"][1]["execute"]["try"]["steps"][1][
            "run_to_its_end"
        ]["args"]["connector_params"].update(retries=3),
        "['retries'] are no parameters of a connector",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_wrong_is_found(what: str) -> None:
    change, expected = BROKEN[what]
    workflow = copy.deepcopy(WORKFLOW_FILE)
    change(workflow)
    found = faults(workflow)
    assert any(expected in each for each in found), found


def test_a_night_runs_each_step_of_its_day_once_and_in_order() -> None:
    cloud = CloudRun()
    execute(cloud)
    assert cloud.runs == [["--date", "2024-12-30", "--only", step] for step in STEPS]
    assert cloud.logs == []


@pytest.mark.parametrize("hour", [0, 7, 22, 23])
def test_a_run_is_of_the_day_that_vitrine_would_choose(hour: int) -> None:
    at = datetime(2024, 12, 31, hour, 30, tzinfo=SHOP)
    cloud = CloudRun()
    execute(cloud, at=at)
    assert cloud.runs[0][1] == last_day(at, SHOP).isoformat()


def test_dates_run_again_and_the_last_day_stays() -> None:
    cloud = CloudRun()
    execute(cloud, {"dates": ["2024-12-01", "2024-12-02"]})
    again = ["--from", "land", "--deadline", "none"]
    days = ["2024-12-01", "2024-12-02", "2024-12-30"]
    assert cloud.runs == [["--date", day, *again] for day in days]


def test_a_step_that_fails_is_tried_again_and_the_night_goes_on() -> None:
    failures = iter([RaisedError(FAILED), RaisedError({"tags": ["HttpError"], "code": 503})])
    cloud = CloudRun(lambda words: next(failures, {}) if words[-1] == "build" else {})
    execution = execute(cloud)
    assert execution.waits == [60, 180]
    assert [words[-1] for words in cloud.runs] == ["land", *["build"] * 3, *STEPS[2:]]


@pytest.mark.parametrize(
    ("error", "tries"),
    [(FAILED, 4), ({"tags": ["HttpError"], "code": 403}, 1), ({"tags": ["TimeoutError"]}, 1)],
)
def test_what_ends_the_night_is_told_and_raised(error: dict[str, Any], tries: int) -> None:
    cloud = CloudRun(lambda words: RaisedError(error) if words[-1] == "build" else {})
    with pytest.raises(RaisedError):
        execute(cloud, VITRINE_NIGHT_WEBHOOK="https://hooks.example/shop")
    assert [words[-1] for words in cloud.runs] == ["land", *["build"] * tries]
    assert [one["severity"] for one in cloud.logs] == ["ERROR"]
    [post] = cloud.posts
    assert post["url"] == "https://hooks.example/shop"
    assert post["body"]["text"].startswith("The night of 2024-12-30 ended early.")


def test_nothing_begins_after_opening() -> None:
    late: list[Execution] = []

    def take_nine_hours(_: list[str]) -> dict[str, Any]:
        late[0].now += 9 * 3600
        return {}

    cloud = CloudRun(take_nine_hours)
    environment = {"GOOGLE_CLOUD_PROJECT_ID": "shop", "GOOGLE_CLOUD_LOCATION": "sa"}
    late.append(Execution(WORKFLOW_FILE, cloud, CLOSED.timestamp(), environment))
    with pytest.raises(RaisedError, match="past the time"):
        late[0].run({})
    assert [words[-1] for words in cloud.runs] == ["land"]


def test_airflow_workflows_and_vitrine_mean_the_same_night() -> None:
    zone = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]["business_timezone"]
    [steps] = [
        one["all_steps"]
        for one in WORKFLOW_FILE["main"]["steps"][0]["read_arguments"]["assign"]
        if "all_steps" in one
    ]
    assert tuple(steps) == dag()["STEPS"] == STEPS
    night, deliver = scheduler("night"), scheduler("deliver")
    assert night["--time-zone"] == deliver["--time-zone"] == dag()["SHOP"] == zone
    assert night["--schedule"] == dag()["CLOSING"] == f"0 {CLOSING.hour} * * *"
    assert deliver["--schedule"] == dag()["OPENING"]


def test_the_scheduler_starts_the_workflow_with_arguments_that_it_knows() -> None:
    for name, expected in (("night", STEPS), ("deliver", ("deliver",))):
        flags = scheduler(name)
        assert flags["--uri"].endswith(f"/workflows/{WORKFLOW}/executions")
        cloud = CloudRun()
        execute(cloud, json.loads(json.loads(flags["--message-body"])["argument"]))
        assert tuple(words[-1] for words in cloud.runs) == expected


def test_the_job_is_the_one_that_the_workflow_runs() -> None:
    job = yaml.safe_load((FOLDER / "job.yaml").read_text())
    assert job["metadata"]["name"] == JOB
    task = job["spec"]["template"]["spec"]["template"]["spec"]
    assert task["maxRetries"] == 0, "the workflow decides whether to try again"
    [container] = task["containers"]
    assert container["command"][:2] == ["bash", "-c"]
    assert container["command"][2].startswith('vitrine night --target bigquery "$@" || ')
