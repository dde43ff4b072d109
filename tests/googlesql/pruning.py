"""Which partitioned tables a script reads or changes whole.

BigQuery leaves partitions unread only where a filter compares the partition column itself with
constants (or variables of the script): no cast on the column, no subquery for the bound.
"""

from collections.abc import Iterator

from tests.googlesql.reference import GoogleSql
from tests.googlesql.store import Store
from tests.googlesql.syntax import Node, Path, identifiers, table_path

_COMPARISONS = ("EQ", "LT", "LE", "GT", "GE")
_FILTERED = ("DeleteStatement", "UpdateStatement")


class Pruning:
    """Judges scripts over the tables of a store."""

    def __init__(self, google: GoogleSql, store: Store, project: str) -> None:
        self._google = google
        self._store = store
        self._project = project

    def whole_scans(self, sql: str) -> set[Path]:
        """Give the partitioned tables that a script would read or change whole."""
        return {
            path
            for statement in self._google.parse(sql)
            for path, conditions in self._scans(statement, [])
            if not self._is_pruned(path, conditions)
        }

    def _scans(self, node: Node, conditions: list[Node]) -> Iterator[tuple[Path, list[Node]]]:
        """Give every table in a statement, with the conditions that its rows must meet."""
        if node.kind == "Select":
            where = node.where_clause
            conditions = _conjuncts(where.expression) if where else []
        elif node.kind in _FILTERED:
            conditions = _conjuncts(node.where)
            yield table_path(node.target_path, self._project), conditions
        elif node.kind == "MergeStatement":
            yield table_path(node.target_path, self._project), _conjuncts(node.merge_condition)
        path = node.path_expr if node.kind == "TablePathExpression" else None
        if path is not None and len(identifiers(path)) > 2:
            yield table_path(path, self._project), conditions
        for child in node.children():
            yield from self._scans(child, conditions)

    def _is_pruned(self, path: Path, conditions: list[Node]) -> bool:
        columns = self._partition_columns(path)
        return not columns or any(_is_bound(each, columns) for each in conditions)

    def _partition_columns(self, path: Path) -> set[str]:
        """Name the columns that are a table's partitions or, of a view, stand for them."""
        dataset = self._store.datasets.get((path.project, path.dataset))
        table = dataset.tables.get(path.table) if dataset else None
        if table is None:
            return set()
        if table.query is None:
            partitioning = table.properties.get("timePartitioning", {})
            return {partitioning["field"]} if "field" in partitioning else set()
        select = next(
            node for node in self._google.parse(table.query)[0].walk() if node.kind == "Select"
        )
        below = {
            column
            for source, _ in self._scans(select, [])
            for column in self._partition_columns(source)
        }
        return {
            column.alias.identifier.id_string
            if column.alias
            else column.expression.names[-1].id_string
            for column in select.select_list.columns
            if column.expression.kind == "PathExpression"
            and column.expression.names[-1].id_string in below
        }


def _conjuncts(condition: Node) -> list[Node]:
    if condition.kind == "AndExpr":
        return [each for part in condition.conjuncts for each in _conjuncts(part)]
    return [condition]


def _is_bound(condition: Node, columns: set[str]) -> bool:
    """Tell whether a condition holds a partition column between constants."""
    match condition.kind:
        case "OrExpr":
            return all(
                any(_is_bound(each, columns) for each in _conjuncts(part))
                for part in condition.disjuncts
            )
        case "BinaryExpression":
            left, right, op = condition.lhs, condition.rhs, condition.enum("op")
            is_null = op == "IS" and not condition.is_not and _is_column(left, columns)
            return is_null or (
                op in _COMPARISONS
                and (
                    (_is_column(left, columns) and _is_constant(right))
                    or (_is_column(right, columns) and _is_constant(left))
                )
            )
        case "BetweenExpression":
            return _is_column(condition.lhs, columns) and all(
                _is_constant(side) for side in (condition.low, condition.high)
            )
        case "InExpression":
            given = condition.in_list or condition.unnest_expr
            return _is_column(condition.lhs, columns) and given is not None and _is_constant(given)
        case "BooleanLiteral":
            return not condition.value
        case _:
            return False


def _is_column(node: Node, columns: set[str]) -> bool:
    return node.kind == "PathExpression" and node.names[-1].id_string in columns


def _is_constant(node: Node) -> bool:
    """Tell whether an expression reads nothing: neither columns nor tables."""
    if node.kind in ("PathExpression", "Query"):
        return False
    if node.kind == "SimpleType":
        return True
    parts = node.arguments if node.kind == "FunctionCall" else node.children()
    return all(_is_constant(part) for part in parts)
