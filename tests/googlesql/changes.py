"""INSERT, UPDATE, DELETE and TRUNCATE: statements that give a table other rows.

The reference implementation runs queries. A change therefore becomes queries that say which rows
are touched and with what values; `__row` and `__source_row` number the rows of target and source.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable

from zetasql.wasi._pb2.zetasql.public import value_pb2 as value_pb

from tests.googlesql.reference import Catalog, GoogleSql, Row, Rows, SqlError
from tests.googlesql.rows import check_required, coerced, numbered
from tests.googlesql.scope import Scope
from tests.googlesql.store import Column, Table
from tests.googlesql.syntax import Node

Values = list[value_pb.ValueProto]

_DOUBLE_MATCH = "UPDATE/MERGE must match at most one source row for each target row"


class Change(ABC):
    """One statement that changes a table: `apply` it, then `rows` is what the table is to hold."""

    def __init__(self, google: GoogleSql, scope: Scope, catalog: Catalog, table: Table) -> None:
        self._google = google
        self._scope = scope
        self._statement = scope.statement
        self._table = table
        self._catalog = catalog
        self.rows = list(table.rows)
        self.affected = 0

    @abstractmethod
    def apply(self) -> None:
        """Work out the rows; raises SqlError."""

    def _check_once(self, numbers: list[int]) -> None:
        if len(set(numbers)) < len(numbers):
            raise SqlError(_DOUBLE_MATCH)

    def _assignments(self, items: Node) -> tuple[list[Column], str]:
        values = [item.set_value for item in items.update_items]
        columns = [self._table.column(value.path.names[-1].id_string) for value in values]
        return columns, self._texts([value.value for value in values])

    def _columns(self, names: Node | None) -> list[Column]:
        if names is None:
            return self._table.columns
        return [self._table.column(name.id_string) for name in names.identifiers]

    def _target(self) -> str:
        """Name the target in a query, with its alias and numbered rows."""
        alias = self._statement.alias
        name = alias.identifier.id_string if alias else self._table.path.table
        columns = [(column.name, column.type) for column in self._table.columns]
        self._catalog.tables["__target"] = numbered(Rows(columns, self._table.rows), "__row")
        return f"`__target` as `{name}`"

    def _where(self) -> str:
        return self._text(self._statement.where, "true")

    def _text(self, node: Node | None, default: str) -> str:
        return self._scope.text(node) if node is not None else default

    def _texts(self, nodes: Iterable[Node]) -> str:
        return ", ".join(self._scope.text(node) for node in nodes)

    def _evaluate(self, sql: str) -> Rows:
        return self._google.evaluate(sql, self._catalog, is_analyzed=True)

    def _typed(self, found: Rows, columns: list[Column], skip: int = 0) -> list[Values]:
        return coerced(self._google, found, [column.type for column in columns], skip)

    def _append(self, columns: list[Column], values: list[Values]) -> None:
        places = {column.name: place for place, column in enumerate(columns)}
        for row in values:
            self.rows.append(
                Row(
                    cell=[
                        row[places[column.name]] if column.name in places else value_pb.ValueProto()
                        for column in self._table.columns
                    ]
                )
            )
        self.affected += len(values)
        check_required(self._table.columns, self.rows)

    def _replace(self, columns: list[Column], values: dict[int, Values]) -> None:
        places = [self._table.columns.index(column) for column in columns]
        for number, row in values.items():
            changed = Row()
            changed.CopyFrom(self.rows[number])
            for place, value in zip(places, row, strict=True):
                changed.cell[place].CopyFrom(value)
            self.rows[number] = changed
        self.affected += len(values)
        check_required(self._table.columns, self.rows)

    def _remove(self, numbers: set[int]) -> None:
        self.rows = [row for number, row in enumerate(self.rows) if number not in numbers]
        self.affected += len(numbers)


class Insert(Change):
    """INSERT … VALUES or INSERT … SELECT."""

    def apply(self) -> None:
        columns = self._columns(self._statement.column_list)
        if self._statement.query is not None:
            sql = self._scope.text(self._statement.query)
        else:
            sql = " union all ".join(
                f"select {self._texts(row.values)}" for row in self._statement.rows.rows
            )
        self._append(columns, self._typed(self._evaluate(sql), columns))


class Update(Change):
    """UPDATE, with or without FROM."""

    def apply(self) -> None:
        clause = self._statement.from_clause
        source = f" cross join ({self._scope.text(clause.table_expression)})" if clause else ""
        columns, values = self._assignments(self._statement.update_item_list)
        found = self._evaluate(
            f"select __row, {values} from {self._target()}{source} where {self._where()}"
        )
        chosen = [(row[0].int64_value, row[1:]) for row in self._typed(found, columns, skip=1)]
        self._check_once([number for number, _ in chosen])
        self._replace(columns, dict(chosen))


class Delete(Change):
    """DELETE."""

    def apply(self) -> None:
        found = self._evaluate(f"select __row from {self._target()} where {self._where()}")
        self._remove({row.cell[0].int64_value for row in found.rows})


class Truncate(Change):
    """TRUNCATE TABLE."""

    def apply(self) -> None:
        self._remove(set(range(len(self.rows))))
