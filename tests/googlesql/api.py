"""BigQuery's REST methods: what each path answers."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.googlesql.jobs import RESULTS, Job, Jobs
from tests.googlesql.reference import GoogleSql
from tests.googlesql.resources import (
    Json,
    columns,
    page,
    properties,
    reference,
    table_resource,
    with_null,
)
from tests.googlesql.session import Session
from tests.googlesql.store import Dataset, NotFoundError, Store, Table
from tests.googlesql.syntax import Path


class ApiError(Exception):
    """An answer that is an error: HTTP status, BigQuery's reason, message."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.content = {
            "error": {
                "code": status,
                "message": message,
                "errors": [{"reason": reason, "message": message, "domain": "global"}],
            }
        }


@dataclass
class Request:
    """One call: the query's parameters, and the body, JSON or (for uploads) a file."""

    parameters: dict[str, str]
    body: Json = field(default_factory=dict)
    file: bytes = b""


class Api:
    """Answers calls over one store."""

    def __init__(self, google: GoogleSql, store: Store | None = None) -> None:
        self.google = google
        self.store = store or Store()
        self.jobs = Jobs(google, self.store)
        project = r"/projects/(?P<project>[^/]+)"
        dataset = project + r"/datasets/(?P<dataset>[^/]+)"
        table = dataset + r"/tables/(?P<table>[^/]+)"
        job = r"/(?P<job>[^/]+)"
        routes: list[tuple[str, str, Callable[..., Json]]] = [
            ("GET", project + "/datasets", self._list_datasets),
            ("POST", project + "/datasets", self._create_dataset),
            ("GET", dataset, self._get_dataset),
            ("PATCH", dataset, self._update_dataset),
            ("PUT", dataset, self._update_dataset),
            ("DELETE", dataset, self._delete_dataset),
            ("GET", dataset + "/tables", self._list_tables),
            ("POST", dataset + "/tables", self._create_table),
            ("GET", dataset + "/routines", self._list_routines),
            ("GET", table, self._get_table),
            ("PATCH", table, self._update_table),
            ("PUT", table, self._update_table),
            ("DELETE", table, self._delete_table),
            ("GET", table + "/data", self._table_data),
            ("POST", project + "/jobs", self._insert_job),
            ("GET", project + "/jobs" + job, self._get_job),
            ("POST", project + "/jobs" + job + "/cancel", self._get_job),
            ("POST", project + "/queries", self._run_query),
            ("GET", project + "/queries" + job, self._query_results),
        ]
        self._routes = [(method, re.compile(pattern), answer) for method, pattern, answer in routes]

    def answer(self, method: str, path: str, request: Request) -> Json:
        """Answer a call; raises ApiError."""
        for known, pattern, handler in self._routes:
            match = pattern.fullmatch(path)
            if known == method and match:
                try:
                    return handler(request, **match.groupdict())
                except NotFoundError as error:
                    raise ApiError(404, "notFound", f"Not found: {error}") from None
        raise ApiError(404, "notFound", f"There is no {method} {path} here")

    def _list_datasets(self, _: Request, project: str) -> Json:
        return {
            "datasets": [
                {"datasetReference": {"projectId": project, "datasetId": name}}
                for owner, name in sorted(self.store.datasets)
                if owner == project and name != RESULTS
            ]
        }

    def _create_dataset(self, request: Request, project: str) -> Json:
        name = request.body["datasetReference"]["datasetId"]
        if (project, name) in self.store.datasets:
            raise ApiError(409, "duplicate", f"Already Exists: Dataset {project}:{name}")
        self.store.datasets[project, name] = Dataset(properties=request.body)
        return self._get_dataset(request, project, name)

    def _get_dataset(self, _: Request, project: str, dataset: str) -> Json:
        found = self.store.dataset(Path(project, dataset, ""))
        reference = {"projectId": project, "datasetId": dataset}
        return {
            "location": "US",
            **found.properties,
            "kind": "bigquery#dataset",
            "id": f"{project}:{dataset}",
            "datasetReference": reference,
        }

    def _update_dataset(self, request: Request, project: str, dataset: str) -> Json:
        self.store.dataset(Path(project, dataset, "")).properties |= request.body
        return self._get_dataset(request, project, dataset)

    def _delete_dataset(self, request: Request, project: str, dataset: str) -> Json:
        found = self.store.dataset(Path(project, dataset, ""))
        if found.tables and request.parameters.get("deleteContents") != "true":
            raise ApiError(400, "resourceInUse", f"Dataset {project}:{dataset} is still in use")
        del self.store.datasets[project, dataset]
        return {}

    def _list_tables(self, _: Request, project: str, dataset: str) -> Json:
        tables = self.store.dataset(Path(project, dataset, "")).tables.values()
        listed = [
            {
                "tableReference": reference(table.path),
                "type": "VIEW" if table.query is not None else "TABLE",
                **{
                    name: table.properties[name] for name in ("labels",) if name in table.properties
                },
            }
            for table in list(tables)
        ]
        return {"tables": listed, "totalItems": len(listed)}

    def _list_routines(self, _: Request, project: str, dataset: str) -> Json:
        """There are none; but dbt takes a dataset that cannot list them for an empty one."""
        self.store.dataset(Path(project, dataset, ""))
        return {"routines": []}

    def _create_table(self, request: Request, project: str, dataset: str) -> Json:
        path = Path(project, dataset, request.body["tableReference"]["tableId"])
        table = Table(path, columns(request.body.get("schema", {})))
        table.properties = properties(request.body)
        with self.store.alone(path):
            if self.store.has(path):
                raise ApiError(409, "duplicate", f"Already Exists: Table {path}")
            self.store.put(table)
        return table_resource(table)

    def _get_table(self, _: Request, project: str, dataset: str, table: str) -> Json:
        return table_resource(self.store.table(Path(project, dataset, table)))

    def _update_table(self, request: Request, project: str, dataset: str, table: str) -> Json:
        found = self.store.table(Path(project, dataset, table))
        found.properties |= properties(request.body)
        for given in columns(request.body.get("schema", {})):
            known = {column.name.lower(): column for column in found.columns}
            if given.name.lower() in known:
                known[given.name.lower()].properties |= given.properties
            else:
                found.columns.append(given)
                self.store.changed(found, [with_null(row) for row in found.rows])
        return table_resource(found)

    def _delete_table(self, _: Request, project: str, dataset: str, table: str) -> Json:
        path = Path(project, dataset, table)
        self.store.table(path)
        del self.store.dataset(path).tables[table]
        return {}

    def _table_data(self, request: Request, project: str, dataset: str, table: str) -> Json:
        session = Session(self.google, self.store, project)
        return page(session.rows_of(Path(project, dataset, table)), request.parameters)

    def _insert_job(self, request: Request, project: str) -> Json:
        return self.jobs.run(project, request.body, request.file).resource

    def _get_job(self, _: Request, project: str, job: str) -> Json:
        return self._job(project, job).resource

    def _run_query(self, request: Request, project: str) -> Json:
        job = self.jobs.run(project, {"configuration": {"query": request.body}})
        count = {name: str(request.body[name]) for name in ("maxResults",) if name in request.body}
        return self._results(job, count)

    def _query_results(self, request: Request, project: str, job: str) -> Json:
        return self._results(self._job(project, job), request.parameters)

    def _results(self, job: Job, parameters: dict[str, str]) -> Json:
        if job.error is not None:
            reason = job.resource["status"]["errorResult"]["reason"]
            raise ApiError(404 if reason == "notFound" else 400, reason, job.error)
        return job.results(parameters)

    def _job(self, project: str, job: str) -> Job:
        if job not in self.jobs.by_name:
            raise ApiError(404, "notFound", f"Not found: Job {project}:{job}")
        return self.jobs.by_name[job]
