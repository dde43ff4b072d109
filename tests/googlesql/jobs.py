"""Jobs: queries, loads and copies; each is done when the call that inserted it is answered."""

import csv
import io
import itertools
import time
from dataclasses import dataclass
from typing import Any

from zetasql.wasi._pb2.zetasql.public import type_pb2 as type_pb
from zetasql.wasi._pb2.zetasql.public import value_pb2 as value_pb

from tests.googlesql.reference import GoogleSql, Row, Rows, SqlError
from tests.googlesql.resources import Json, columns, page, path_of, reference
from tests.googlesql.rows import coerced
from tests.googlesql.session import Outcome, Session
from tests.googlesql.store import Column, Dataset, NotFoundError, Store, Table
from tests.googlesql.syntax import Path
from tests.googlesql.values import rest_field

# Where BigQuery keeps the results of queries, in tables that dbt looks at.
RESULTS = "_results"
_STRING = type_pb.TypeProto(type_kind=type_pb.TYPE_STRING)


@dataclass
class Job:
    """A job that ran: what the API tells of it, and its outcome or its error."""

    resource: Json
    outcome: Outcome | None = None
    error: str | None = None

    def results(self, parameters: dict[str, str]) -> Json:
        """Answer a call for the rows of a query."""
        rows = self.outcome.rows if self.outcome else Rows([], [])
        told: Json = {
            "kind": "bigquery#getQueryResultsResponse",
            "jobReference": self.resource["jobReference"],
            "jobComplete": True,
            "totalBytesProcessed": "0",
            "cacheHit": False,
            **page(rows, parameters),
        }
        if rows.columns:
            told["schema"] = {"fields": [rest_field(name, type_) for name, type_ in rows.columns]}
        if self.outcome and self.outcome.affected is not None:
            told["numDmlAffectedRows"] = str(self.outcome.affected)
        return told


class Jobs:
    """Runs jobs over a store, and remembers them by name."""

    def __init__(self, google: GoogleSql, store: Store) -> None:
        self._google = google
        self._store = store
        self._numbers = itertools.count(1)
        self.by_name: dict[str, Job] = {}
        # Every script that was sent, and what was wrong with those that failed.
        self.scripts: list[str] = []
        self.failures: list[tuple[str, SqlError]] = []
        self.not_executed: list[str] = []

    def run(self, project: str, body: Json, file: bytes = b"") -> Job:
        """Run a job; what is wrong with it is in the job."""
        configuration: Json = body["configuration"]
        given = body.get("jobReference", {})
        name = given.get("jobId") or f"job_{next(self._numbers)}"
        now = str(int(time.time() * 1000))
        job = Job(
            {
                "kind": "bigquery#job",
                "id": f"{project}:{name}",
                "jobReference": {"location": "US", **given, "projectId": project, "jobId": name},
                "configuration": configuration,
                "status": {"state": "DONE"},
                "statistics": {"creationTime": now, "startTime": now, "endTime": now},
            }
        )
        self.by_name[name] = job
        try:
            if "query" in configuration:
                self._query(job, project, configuration["query"])
            elif "load" in configuration:
                self._load(configuration["load"], file)
            else:
                self._copy(configuration["copy"])
        except (SqlError, NotFoundError) as error:
            job.error = str(error)
            missing = isinstance(error, NotFoundError) or job.error.startswith("Not found: ")
            job.resource["status"]["errorResult"] = {
                "reason": "notFound" if missing else "invalidQuery",
                "message": job.error,
            }
        return job

    def _query(self, job: Job, project: str, query: Json) -> None:
        sql = query["query"]
        self.scripts.append(sql)
        session = Session(self._google, self._store, project)
        try:
            outcome = job.outcome = session.run(sql)
        except SqlError as error:
            self.failures.append((sql, error))
            raise
        finally:
            self.not_executed += session.not_executed
        told: dict[str, Any] = {"statementType": outcome.kind, "totalBytesBilled": "0"}
        if outcome.affected is not None:
            told["numDmlAffectedRows"] = str(outcome.affected)
        job.resource["statistics"] |= {"query": told, "totalBytesProcessed": "0"}
        query["destinationTable"] = reference(
            outcome.path or self._kept(job, project, outcome.rows)
        )

    def _kept(self, job: Job, project: str, rows: Rows) -> Path:
        path = Path(project, RESULTS, job.resource["jobReference"]["jobId"])
        self._store.datasets.setdefault((project, RESULTS), Dataset())
        self._store.put(
            Table(path, [Column(name, type_) for name, type_ in rows.columns], rows.rows)
        )
        return path

    def _load(self, load: Json, file: bytes) -> None:
        """Load a CSV file, as dbt's seeds are."""
        defined = columns(load["schema"])
        lines = list(csv.reader(io.StringIO(file.decode(), newline="")))
        texts = [
            Row(cell=[_text(value) for value in line])
            for line in lines[int(load.get("skipLeadingRows", 0)) :]
        ]
        given = Rows([(column.name, _STRING) for column in defined], texts)
        cells = coerced(self._google, given, [column.type for column in defined])
        rows = [Row(cell=row) for row in cells]
        self._store.put(Table(path_of(load["destinationTable"]), defined, rows))

    def _copy(self, copy: Json) -> None:
        sources = copy.get("sourceTables") or [copy["sourceTable"]]
        tables = [self._store.table(path_of(source)) for source in sources]
        path = path_of(copy["destinationTable"])
        rows = [row for table in tables for row in table.rows]
        if copy.get("writeDisposition") == "WRITE_APPEND" and self._store.has(path):
            rows = self._store.table(path).rows + rows
        properties = dict(tables[0].properties)
        self._store.put(Table(path, tables[0].columns, rows, properties=properties))


def _text(value: str) -> value_pb.ValueProto:
    # In BigQuery's CSV an empty field is null.
    return value_pb.ValueProto(string_value=value) if value else value_pb.ValueProto()
