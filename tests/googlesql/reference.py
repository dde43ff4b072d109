"""GoogleSQL itself: parses, analyzes and evaluates over tables of a catalog."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as service_pb
from zetasql.wasi._pb2.zetasql.proto import simple_catalog_pb2 as catalog_pb
from zetasql.wasi._pb2.zetasql.public import simple_constant_pb2 as constant_pb
from zetasql.wasi._pb2.zetasql.public import simple_table_pb2 as table_pb
from zetasql.wasi._pb2.zetasql.public import type_pb2 as type_pb
from zetasql.wasi._pb2.zetasql.public import value_pb2 as value_pb

from tests.googlesql import dialect
from tests.googlesql.once import may_have_subqueries, with_subqueries_once
from tests.googlesql.syntax import Node
from tests.googlesql.wasm import Service, ServiceError

_SAID = re.compile(r"Code: (\d+), Message: (.*)", re.DOTALL)
_POSITION = re.compile(r" ?\[at (\d+):(\d+)\]")
_UNIMPLEMENTED = 12

_INT64 = type_pb.TypeProto(type_kind=type_pb.TYPE_INT64)

Type = type_pb.TypeProto
Row = service_pb.TableData.Row


class SqlError(Exception):
    """What is wrong with a statement, and where: line and column, from 1, if that is known."""

    def __init__(self, message: str, position: tuple[int, int] | None = None) -> None:
        super().__init__(f"{message} at [{position[0]}:{position[1]}]" if position else message)
        self.message = message
        self.position = position


class NotExecutableError(SqlError):
    """Valid, but more than the reference implementation can execute."""


@dataclass
class Rows:
    """A result: named, typed columns and rows of them."""

    columns: list[tuple[str, Type]]
    rows: list[Row]


@dataclass
class Catalog:
    """What a statement can name: tables (columns and rows) and variables."""

    tables: dict[str, Rows] = field(default_factory=dict)
    variables: Mapping[str, tuple[Type, value_pb.ValueProto]] = field(default_factory=dict)

    @property
    def has_rows(self) -> bool:
        """Tell whether any table has rows."""
        return any(table.rows for table in self.tables.values())


class GoogleSql:
    """The analyzer and the reference implementation, with BigQuery's options."""

    def __init__(self, cache: Path) -> None:
        """Start it; the folder keeps the compiled module."""
        self._service = Service(cache)
        self._options = dialect.options(self._service)

    def parse(self, sql: str) -> list[Node]:
        """Split a script into its statements; raises SqlError."""
        request = service_pb.ParseRequest(
            sql_statement=sql, options=self._options.language_options, allow_script=True
        )
        response = self._call("Parse", request, service_pb.ParseResponse)
        statements: list[Node] = Node(response.parsed_script).statement_list_node.statement_list
        return statements

    def analyze(self, sql: str, catalog: Catalog) -> Any:
        """Check names and types of a statement; returns its resolved tree. Raises SqlError.

        Rows do not matter; those of a catalog that is asked about next need not be left out.
        """
        request = service_pb.AnalyzeRequest(sql_statement=sql, options=self._options)
        answer = self._call("Analyze", request, service_pb.AnalyzeResponse, catalog, False)
        resolved = answer.resolved_statement
        while resolved.DESCRIPTOR.name.startswith("Any"):
            resolved = resolved.ListFields()[0][1]
        return resolved

    def evaluate(self, sql: str, catalog: Catalog, is_analyzed: bool = False) -> Rows:
        """Run a query; raises SqlError, NotExecutableError if it is valid all the same.

        It is judged as it was written, here unless that was done, and run with its subqueries once.
        """
        faster = self._with_subqueries_once(sql, catalog)
        if faster is not None:
            if not is_analyzed:
                self.analyze(sql, catalog)
            # One that needs the outer row is refused where it has none.
            with suppress(SqlError):
                return self._evaluate(faster, catalog)
        return self._evaluate(sql, catalog)

    def _with_subqueries_once(self, sql: str, catalog: Catalog) -> str | None:
        # A variable that is named like an outer column would stand for it where there is none.
        if catalog.variables or not catalog.has_rows or not may_have_subqueries(sql):
            return None
        return with_subqueries_once(sql, self.parse(sql)[0].query)

    def _evaluate(self, sql: str, catalog: Catalog) -> Rows:
        request = service_pb.EvaluateQueryRequest(sql=sql, options=self._options)
        answer = self._call("EvaluateQuery", request, service_pb.EvaluateQueryResponse, catalog)
        columns = [(column.name, column.type) for column in answer.prepared.columns]
        return Rows(columns, list(answer.content.table_data.row))

    def _registration(self, catalog: Catalog) -> service_pb.RegisterCatalogRequest:
        request = service_pb.RegisterCatalogRequest(simple_catalog=self._catalog(catalog))
        for name, table in catalog.tables.items():
            request.table_content[name].table_data.row.extend(table.rows)
        return request

    def _catalog(self, catalog: Catalog) -> catalog_pb.SimpleCatalogProto:
        proto = catalog_pb.SimpleCatalogProto(name="bigquery")
        proto.builtin_function_options.language_options.CopyFrom(self._options.language_options)
        proto.named_type.extend(
            catalog_pb.SimpleCatalogProto.NamedTypeProto(name=name, type=_INT64)
            for name in dialect.INTEGER_NAMES
        )
        proto.table.extend(_table(name, rows.columns) for name, rows in catalog.tables.items())
        proto.constant.extend(
            constant_pb.SimpleConstantProto(name_path=[name], type=type_, value=value)
            for name, (type_, value) in catalog.variables.items()
        )
        return proto

    def _call(
        self,
        method: str,
        request: Any,
        response: type[Any],
        catalog: Catalog | None = None,
        is_about_rows: bool = True,
    ) -> Any:
        about = self._registration(catalog) if catalog is not None else None
        try:
            return self._service.call(method, request, response, about, is_about_rows)
        except ServiceError as error:
            raise _sql_error(str(error)) from None


def _table(name: str, columns: Iterable[tuple[str, Type]]) -> table_pb.SimpleTableProto:
    return table_pb.SimpleTableProto(
        name=name,
        column=[
            table_pb.SimpleColumnProto(name=column, type=type_, is_writable_column=True)
            for column, type_ in columns
        ],
    )


def _sql_error(said: str) -> SqlError:
    match = _SAID.match(said)
    code, message = (int(match[1]), match[2]) if match else (0, said)
    position = _POSITION.search(message)
    text = _POSITION.sub("", message)
    kind = NotExecutableError if code == _UNIMPLEMENTED else SqlError
    return kind(text, (int(position[1]), int(position[2])) if position else None)
