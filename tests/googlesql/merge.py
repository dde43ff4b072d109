"""MERGE, as three queries: over pairs that match, and over the rows of each side that do not."""

from typing import NamedTuple

from tests.googlesql.changes import Change, Values
from tests.googlesql.reference import Rows
from tests.googlesql.rows import numbered
from tests.googlesql.store import Column
from tests.googlesql.syntax import Node

_SOURCE = "__source"


class _Touched(NamedTuple):
    """What one WHEN clause does: to which rows of the target or, for an INSERT, of the source."""

    action: str
    columns: list[Column]
    rows: list[tuple[int, Values]]


class Merge(Change):
    """MERGE; a row of the target that two rows of the source would change is an error."""

    def apply(self) -> None:
        statement = self._statement
        given = self._evaluate(f"select * from {self._scope.text(statement.table_expression)}")
        self._catalog.tables[_SOURCE] = numbered(given, "__source_row")
        self._source = f"`{_SOURCE}` as `{_alias(statement.table_expression)}`"
        self._both = (
            f"{self._target()} inner join {self._source}"
            f" on {self._scope.text(statement.merge_condition)}"
        )
        pairs = self._evaluate(f"select __row, __source_row from {self._both}").rows
        self._matched = [{row.cell[side].int64_value for row in pairs} for side in (0, 1)]
        self._done: set[tuple[str, int, int]] = set()
        touched = [self._touched(clause, given) for clause in statement.when_clauses.clause_list]
        changed = [each for each in touched if each.action != "INSERT"]
        self._check_once([number for each in changed for number, _ in each.rows])
        for each in changed:
            if each.action == "UPDATE":
                self._replace(each.columns, dict(each.rows))
        self._remove(
            {number for each in changed if each.action == "DELETE" for number, _ in each.rows}
        )
        for each in touched:
            if each.action == "INSERT":
                self._append(each.columns, [values for _, values in each.rows])

    def _touched(self, clause: Node, given: Rows) -> _Touched:
        """Find the rows of one clause that no clause before it has taken."""
        match = clause.enum("match_type")
        keys, relation, side, excluded = {
            "MATCHED": ("__row, __source_row", self._both, 0, set[int]()),
            "NOT_MATCHED_BY_SOURCE": ("__row, -1", self._target(), 0, self._matched[0]),
            "NOT_MATCHED_BY_TARGET": ("-1, __source_row", self._source, 1, self._matched[1]),
        }[match]
        action = clause.action.enum("action_type")
        columns, values = self._values(clause.action, action, given)
        condition = self._text(clause.search_condition, "true")
        found = self._evaluate(f"select {keys}{values} from {relation} where {condition}")
        rows = []
        for row in self._typed(found, columns, skip=2):
            pair = (row[0].int64_value, row[1].int64_value)
            if pair[side] not in excluded and (match, *pair) not in self._done:
                self._done.add((match, *pair))
                rows.append((pair[side], row[2:]))
        return _Touched(action, columns, rows)

    def _values(self, action: Node, kind: str, given: Rows) -> tuple[list[Column], str]:
        """Give the columns that an action sets, and their values as more columns of a query."""
        if kind == "DELETE":
            return [], ""
        if kind == "UPDATE":
            columns, values = self._assignments(action.update_item_list)
            return columns, f", {values}"
        columns = self._columns(action.insert_column_list)
        if action.insert_row is None or not action.insert_row.values:  # INSERT ROW
            return columns, "".join(f", `{name}`" for name, _ in given.columns)
        return columns, f", {self._texts(action.insert_row.values)}"


def _alias(table: Node) -> str:
    alias: str = (
        table.alias.identifier.id_string
        if table.alias is not None
        else table.path_expr.names[-1].id_string.rpartition(".")[2]
    )
    return alias
