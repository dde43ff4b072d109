"""The checker, checked: models broken on purpose, beside what DuckDB and sqlglot say of them."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb as duck
import pytest
import sqlglot
import yaml
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from tests.googlesql.reference import GoogleSql, SqlError
from tests.googlesql.relations import Relation, differences, of_bigquery, of_connection
from tests.googlesql.session import Session
from tests.googlesql.store import Store
from tests.googlesql.syntax import Path as TablePath

_PROJECT = "vitrine-check"
_CASES = yaml.safe_load(Path(__file__).with_name("broken_models.yml").read_text())


@dataclass(frozen=True)
class Model:
    """A model as the file has it; what each engine runs to make shop.model."""

    given: dict[str, str]

    @property
    def name(self) -> str:
        return self.given["name"]

    @property
    def on_bigquery(self) -> str:
        if "script" in self.given:
            return self.given["script"]
        clauses = self.given.get("table", "")
        # BigQuery does not replace a table by one with other partitions.
        made = f"create table shop.model {clauses} as (\n{self.given['sql']}\n)"
        return f"drop table shop.model;\n{made}"

    @property
    def on_duckdb(self) -> str:
        if "script" in self.given:
            return self.given.get("duckdb", self.given["script"])
        query = self.given.get("duckdb", self.given["sql"])
        return f"create or replace table shop.model as (\n{query}\n)"

    @property
    def expected(self) -> str:
        return self.given.get("rejected") or f"{self.given['different']}:"


class Engines:
    """The fixture tables on both engines; each model has them to itself."""

    def __init__(self, google: GoogleSql) -> None:
        self._google = google
        self._store = Store()
        Session(google, self._store, _PROJECT).run(_CASES["fixtures"])

    def bigquery(self, model: Model) -> Relation:
        """Run a model as GoogleSQL sees it; raises SqlError."""
        store = Store(copy.deepcopy(self._store.datasets))
        session = Session(self._google, store, _PROJECT)
        session.run(model.on_bigquery)
        assert session.not_executed == [], model.name
        return of_bigquery(session, store, TablePath(_PROJECT, "shop", "model"))

    def duckdb(self, model: Model) -> Relation:
        """Run a model on DuckDB; raises duckdb.Error."""
        with duck.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            connection.execute(_CASES["fixtures"])
            connection.execute(model.on_duckdb)
            return of_connection(connection, "shop.model")

    def schema(self) -> dict[str, Any]:
        """List the fixture tables' columns and types, as sqlglot takes them."""
        tables = self._store.dataset(TablePath(_PROJECT, "shop", "")).tables
        relations = {
            name: of_bigquery(Session(self._google, self._store, _PROJECT), self._store, table.path)
            for name, table in tables.items()
        }
        return {"shop": {name: relation.types for name, relation in relations.items()}}


@pytest.fixture(scope="module")
def engines(google: GoogleSql) -> Engines:
    return Engines(google)


def models(kind: str) -> list[Model]:
    found = [Model(given) for given in _CASES[kind]]
    names = [model.name for model in found]
    assert len(set(names)) == len(names)
    return found


def verdict(engines: Engines, model: Model) -> str:
    """Say why GoogleSQL refuses a model or, if it does not, in what it differs from DuckDB's."""
    try:
        on_bigquery = engines.bigquery(model)
    except SqlError as error:
        return f"rejected: {error}"
    try:
        found = differences(engines.duckdb(model), on_bigquery)
    except duck.Error as error:
        return f"only DuckDB rejects it: {error}"
    return f"different: {'; '.join(found)}" if found else "accepted"


def duckdb_rejects(engines: Engines, model: Model) -> bool:
    try:
        engines.duckdb(model)
    except duck.Error:
        return True
    return False


def sqlglot_rejects(model: Model, schema: dict[str, Any]) -> bool:
    """Parse a model as BigQuery's, and find its names in the schema."""
    try:
        for statement in sqlglot.parse(model.on_bigquery, dialect="bigquery"):
            if statement is not None:
                qualify(statement, dialect="bigquery", schema=schema)
    except SqlglotError:
        return True
    return False


def test_every_broken_model_is_rejected_or_shown_to_be_different(
    engines: Engines, record_property: Callable[[str, object], None]
) -> None:
    broken = models("broken")
    missed = {}
    for model in broken:
        expected = "rejected: " if "rejected" in model.given else "different: "
        found = verdict(engines, model)
        if not found.startswith(expected) or model.expected not in found:
            missed[model.name] = found
    schema = engines.schema()
    by_duckdb = sum(duckdb_rejects(engines, model) for model in broken)
    by_sqlglot = sum(sqlglot_rejects(model, schema) for model in broken)
    record_property(
        "shown",
        f"broken models found, of {len(broken)}: GoogleSQL and parity "
        f"{len(broken) - len(missed)}, DuckDB alone {by_duckdb}, sqlglot {by_sqlglot}",
    )
    assert missed == {}
    assert len(broken) >= 45


def test_every_right_model_is_accepted_and_the_same_on_both_engines(engines: Engines) -> None:
    right = models("right")
    assert {model.name: verdict(engines, model) for model in right} == {
        model.name: "accepted" for model in right
    }
    assert len(right) >= 10


def test_sqlglot_takes_right_models_so_that_its_rate_is_of_broken_ones(engines: Engines) -> None:
    schema = engines.schema()
    refused = [model.name for model in models("right") if sqlglot_rejects(model, schema)]
    assert refused == []
