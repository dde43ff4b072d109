"""The night run for Airflow 3: the steps of `vitrine night`, each a task, and again by parameter.

Where a step runs is read from the environment of Airflow's components:

  VITRINE_AIRFLOW_TARGET     duckdb (the default) or bigquery
  VITRINE_AIRFLOW_IMAGE      an image with Vitrine: each step is a pod of it, gone when it ends.
                             Without one, a step is a process on the worker: enough for BigQuery,
                             which does the work itself, or where Airflow has one machine
  VITRINE_AIRFLOW_COMMAND    `vitrine`, as the image or the worker finds it (default vitrine)
  VITRINE_AIRFLOW_FOLDER     where `data` is (default /vitrine)
  VITRINE_AIRFLOW_NAMESPACE  of the pods (default vitrine)
  VITRINE_AIRFLOW_CLAIM      the volume that keeps `data` between pods (default vitrine-data)
  VITRINE_AIRFLOW_SECRET     a secret whose keys are the pods' environment: VITRINE_RAW and others
                             (default vitrine)
  VITRINE_AIRFLOW_ACCOUNT    the pods' service account (default vitrine-night)
  VITRINE_AIRFLOW_CPU, VITRINE_AIRFLOW_MEMORY  what a pod has (default 2, 4Gi)
"""

import os
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import BranchPythonOperator
from airflow.sdk import (
    DAG,
    AsyncCallback,
    BaseOperator,
    CronTriggerTimetable,
    DeadlineAlert,
    DeadlineReference,
    Param,
    chain,
)

SHOP = "America/Sao_Paulo"
CLOSING = "0 23 * * *"
OPENING = "0 7 * * *"
STEPS = ("land", "build", "publish", "recommend", "export", "deliver")

# By the shop's clock: from then on, a run is of the day that ends.
_CLOSES_AT = time(23)
# After the run's own time. `vitrine night` warns and decides at the same times; these tell of a
# night that it does not know of, since no worker or pod ever took it up.
_WARNING, _DEADLINE = timedelta(hours=7), timedelta(hours=8)
_RETRIES = {
    "retries": 3,
    "retry_delay": timedelta(minutes=5),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=30),
    "execution_timeout": timedelta(hours=8),
}
# All is done and something is missing (3): Airflow goes on, and the run table and webhook tell.
_NIGHT = 'night() { %s night --target %s "$@" || test $? -eq 3; }'
_AGAIN = """{% for date in params.dates | sort | unique %}
night --date {{ date }} --from land --deadline none
{% endfor %}
night --date {{ business_day(dag_run.run_after) }} --from land --deadline none"""


def business_day(run_after: datetime) -> str:
    """Give the last business day that has ended by a time, as `vitrine night` does."""
    local = run_after.astimezone(ZoneInfo(SHOP))
    ended = local.date() if local.time() >= _CLOSES_AT else local.date() - timedelta(days=1)
    return ended.isoformat()


def choose(params: dict[str, list[str]]) -> str:
    """Give the task that comes first: dates to run again, or the night."""
    return "again" if params["dates"] else STEPS[0]


def step(task_id: str, command: str) -> BaseOperator:
    """Make a task of commands: a pod, or a process on the worker."""
    target = _setting("TARGET", "duckdb")
    script = "\n".join(["set -eu", _NIGHT % (_setting("COMMAND", "vitrine"), target), command])
    folder = _setting("FOLDER", "/vitrine")
    if image := _setting("IMAGE", ""):
        return _pod(task_id, script, folder, image)
    return BashOperator(task_id=task_id, bash_command=script, cwd=folder, append_env=True)


def _pod(task_id: str, script: str, folder: str, image: str) -> BaseOperator:
    """Make a pod that is there while the script runs, on the volume that keeps the data."""
    # Imported by who needs them: they take seconds, each time that the file is parsed.
    from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator  # noqa: PLC0415
    from kubernetes.client import models as k8s  # noqa: PLC0415

    amounts = {"cpu": _setting("CPU", "2"), "memory": _setting("MEMORY", "4Gi")}
    claim = k8s.V1PersistentVolumeClaimVolumeSource(claim_name=_setting("CLAIM", "vitrine-data"))
    secret = k8s.V1SecretEnvSource(name=_setting("SECRET", "vitrine"))
    return KubernetesPodOperator(
        task_id=task_id,
        name=f"vitrine-{task_id}",
        namespace=_setting("NAMESPACE", "vitrine"),
        service_account_name=_setting("ACCOUNT", "vitrine-night"),
        image=image,
        cmds=["bash", "-c"],
        arguments=[script],
        env_from=[k8s.V1EnvFromSource(secret_ref=secret)],
        volumes=[k8s.V1Volume(name="data", persistent_volume_claim=claim)],
        volume_mounts=[k8s.V1VolumeMount(name="data", mount_path=f"{folder}/data")],
        container_resources=k8s.V1ResourceRequirements(requests=amounts, limits=amounts),
        on_finish_action="delete_pod",
        # `vitrine` ends its step at SIGTERM, and gives its lock back.
        termination_grace_period=60,
        startup_timeout_seconds=600,
    )


def _setting(name: str, default: str) -> str:
    return os.environ.get(f"VITRINE_AIRFLOW_{name}") or default


def _alert(after: timedelta, text: str) -> DeadlineAlert:
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_LOGICAL_DATE,
        interval=after,
        callback=AsyncCallback("vitrine_alerts.tell", kwargs={"text": text}),
    )


def _of_its_day(name: str) -> str:
    return f"night --date {{{{ business_day(dag_run.run_after) }}}} --only {name}"


with DAG(
    dag_id="vitrine_night",
    description="All that has to be done between the shops' closing and their opening.",
    schedule=CronTriggerTimetable(CLOSING, timezone=SHOP),
    start_date=datetime(2024, 1, 1, tzinfo=ZoneInfo(SHOP)),
    # A night that was missed needs none of its own: the next one reads all that has landed.
    catchup=False,
    max_active_runs=1,
    default_args=_RETRIES,
    deadline=[
        _alert(_WARNING, "The night may be late: it has not ended an hour before opening."),
        _alert(_DEADLINE, "The night is late: it has not ended by opening."),
    ],
    params={
        "dates": Param(
            [],
            type="array",
            items={"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
            description="Business days to run again with what came late, oldest first; the last "
            "day follows, so that it is what stays published. Empty: the night.",
        )
    },
    user_defined_macros={"business_day": business_day},
    tags=["vitrine"],
) as night:
    chosen = BranchPythonOperator(task_id="choose", python_callable=choose)
    chain(chosen, step("again", _AGAIN))
    chain(chosen, *(step(name, _of_its_day(name)) for name in STEPS))

with DAG(
    dag_id="vitrine_deliver",
    description="Messages to customers, in their hours: at night there is nobody to be sent any.",
    schedule=CronTriggerTimetable(OPENING, timezone=SHOP),
    start_date=datetime(2024, 1, 1, tzinfo=ZoneInfo(SHOP)),
    catchup=False,
    max_active_runs=1,
    default_args=_RETRIES,
    user_defined_macros={"business_day": business_day},
    tags=["vitrine"],
) as opening:
    step("deliver", _of_its_day("deliver"))
