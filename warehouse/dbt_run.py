"""`dbt build` inside this process: its tests are the audit."""

import os
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from dbt import tracking
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.adapters.factory import reset_adapters
from dbt.artifacts.schemas.run import RunExecutionResult, RunResult
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import Exposure, ModelNode, SeedNode, SnapshotNode
from dbt.flags import set_from_args

from ingestion.storage import Root
from warehouse.errors import AuditFailedError, Failure, WarehouseError
from warehouse.kept_templates import keep_templates
from warehouse.lean_dbt import nothing_is_garbage, slim
from warehouse.parsed import parsed

_SILENT = ["--log-level", "none", "--no-print"]
_FAILED = {"error", "fail", "runtime error", "partial success"}
slim()


@dataclass(frozen=True)
class DbtOptions:
    """What one run is asked for."""

    project: Path
    raw_root: Root
    full_refresh: bool = False
    # UTC; None: when dbt starts
    as_of: datetime | None = None
    # UTC; None: everything. What landed later is not read
    landed_by: datetime | None = None
    is_silent: bool = False


@dataclass(frozen=True)
class DbtPlace:
    """Where one run works."""

    # of the profile
    target: str
    # what dbt compiles, and its parse cache
    artifacts: Path
    logs: Path
    # environment variables that the profile reads
    settings: Mapping[str, str] = field(default_factory=dict)
    # whether all warehouses of the project are the same to its models, but for where they lie
    is_parsed_once: bool = False


@dataclass(frozen=True)
class Relation:
    """What a model, seed or snapshot made; `kind` is its materialization."""

    schema: str
    name: str
    kind: str


@dataclass(frozen=True)
class Step:
    """What one node of a run took; `kind` is dbt's: model, seed, snapshot, test."""

    kind: str
    schema: str
    name: str
    seconds: float


@dataclass(frozen=True)
class DbtRun:
    """A run in which everything was built and no test failed."""

    # the "now" of its models, UTC
    as_of: datetime
    relations: list[Relation]
    steps: list[Step]


def run_dbt(place: DbtPlace, options: DbtOptions) -> DbtRun:
    """Build and test everything.

    Raises AuditFailedError, naming every node that failed. Afterwards nothing in this process
    holds the database open.
    """
    with _environment(place.settings):
        try:
            manifest = _parsed(place, options.project)
            with nothing_is_garbage():
                outcome = dbtRunner(manifest).invoke(_build(place, options))
            keep_templates()
        finally:
            _let_go()
    failures = _failures(outcome)
    if failures:
        raise AuditFailedError(failures, f"{_advice(failures)}dbt's log: {place.logs / 'dbt.log'}")
    return DbtRun(options.as_of or _run_started_at(), _relations(outcome), _steps(outcome))


def _parsed(place: DbtPlace, project: Path) -> Manifest | None:
    """Read or make what dbt parsed; None if it cannot be (dbt will say why), or is not kept."""
    if not place.is_parsed_once:
        return None
    arguments = ["parse", *_arguments(place, project), *_SILENT]
    return parsed(project, place.target, place.artifacts, lambda: dbtRunner().invoke(arguments))


def _build(place: DbtPlace, options: DbtOptions) -> list[str]:
    arguments = [
        "build",
        "--exclude-resource-type",
        "unit_test",
        *_arguments(place, options.project),
    ]
    if options.is_silent:
        arguments += _SILENT
    if options.full_refresh:
        arguments += ["--full-refresh"]
    times = {"as_of": options.as_of, "landed_by": options.landed_by}
    variables = {
        name: time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        for name, time in times.items()
        if time is not None
    }
    if variables:
        arguments += ["--vars", msgspec.json.encode(variables).decode()]
    return arguments


@dataclass(frozen=True)
class CompiledModel:
    """A model's SQL as its engine gets it; `relation` is the quoted name of what it makes."""

    relation: str
    sql: str


def compile_models(
    place: DbtPlace, project: Path, models: Sequence[str], variables: Mapping[str, object]
) -> dict[str, CompiledModel]:
    """Compile models, with these variables, and run nothing.

    Raises AuditFailedError, naming what does not compile.
    """
    arguments = ["compile", "--select", *models, *_arguments(place, project)]
    arguments += [*_SILENT, "--vars", msgspec.json.encode(variables).decode()]
    with _environment(place.settings):
        try:
            outcome = dbtRunner(_parsed(place, project)).invoke(arguments)
        finally:
            _let_go()
    if failures := _failures(outcome):
        raise AuditFailedError(failures, f"dbt's log: {place.logs / 'dbt.log'}")
    nodes = [one.node for one in _results(outcome) if isinstance(one.node, ModelNode)]
    return {
        node.name: CompiledModel(str(node.relation_name), str(node.compiled_code)) for node in nodes
    }


def generate_docs(place: DbtPlace, project: Path) -> str:
    """Give dbt's documentation as one static page, from the project's files alone.

    Raises WarehouseError, saying what dbt does.
    """
    arguments = ["docs", "generate", "--static", "--empty-catalog", "--no-compile"]
    arguments += [*_arguments(place, project), *_SILENT, "--write-json"]
    with _environment(place.settings):
        try:
            manifest = _parsed(place, project)
            if manifest is not None:
                # The page has it in it; dbt writes only what it has parsed itself.
                set_from_args(Namespace(send_anonymous_usage_stats=False), None)
                manifest.write(str(place.artifacts / "manifest.json"))  # type: ignore[no-untyped-call]
            outcome = dbtRunner(manifest).invoke(arguments)
        finally:
            _let_go()
    if failures := _failures(outcome):
        raise WarehouseError("\n".join(failure.message for failure in failures))
    return (place.artifacts / "static_index.html").read_text("utf-8")


def _arguments(place: DbtPlace, project: Path) -> list[str]:
    return [
        *("--target", place.target),
        *("--project-dir", str(project), "--profiles-dir", str(project)),
        *("--target-path", str(place.artifacts), "--log-path", str(place.logs)),
        # Every statement in the log takes a quarter of a small build; what failed is there anyway.
        *("--log-level-file", os.environ.get("DBT_LOG_LEVEL_FILE", "info")),
        # Nobody reads dbt's artifacts of a build: they take longer to write than its marts.
        *("--no-send-anonymous-usage-stats", "--no-write-json"),
    ]


def _failures(outcome: dbtRunnerResult) -> list[Failure]:
    """Tell what failed; nothing did if this is empty."""
    if isinstance(outcome.exception, KeyboardInterrupt):
        raise outcome.exception
    if outcome.exception is not None:
        return [Failure("dbt", str(outcome.exception))]
    failures = [
        Failure(f"{result.node.resource_type} {result.node.name}", str(result.message).strip())
        for result in _results(outcome)
        if result.status in _FAILED
    ]
    return failures if failures or outcome.success else [Failure("dbt", "ended without success")]


def _advice(failures: Sequence[Failure]) -> str:
    """Say what mends a warehouse whose tables have the columns of an older project."""
    is_older = any(
        "schemas on this incremental model are out of sync" in one.message for one in failures
    )
    return (
        "Columns have changed since it was built: vitrine build --full-refresh\n"
        if is_older
        else ""
    )


def _relations(outcome: dbtRunnerResult) -> list[Relation]:
    return [
        Relation(result.node.schema, result.node.alias, result.node.config.materialized)
        for result in _results(outcome)
        if isinstance(result.node, ModelNode | SeedNode | SnapshotNode)
    ]


def _steps(outcome: dbtRunnerResult) -> list[Step]:
    return [
        Step(
            str(result.node.resource_type),
            result.node.schema,
            result.node.name,
            round(result.execution_time, 3),
        )
        for result in _results(outcome)
        # Of consumers nothing is built: they are only told of.
        if not isinstance(result.node, Exposure)
    ]


def _results(outcome: dbtRunnerResult) -> Sequence[RunResult]:
    return outcome.result.results if isinstance(outcome.result, RunExecutionResult) else []


def _run_started_at() -> datetime:
    """Return what `run_started_at` was in the run's SQL."""
    if tracking.active_user is None:
        raise AuditFailedError([Failure("dbt", "does not say when it started")])
    return tracking.active_user.run_started_at


def _let_go() -> None:
    """Close every connection: the adapter keeps the database open for the process's next run."""
    reset_adapters()  # type: ignore[no-untyped-call]
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(settings)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
