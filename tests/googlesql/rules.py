"""What GoogleSQL accepts and BigQuery does not, as far as a statement's trees can tell."""

from collections.abc import Iterable, Iterator

from tests.googlesql.dialect import UNKNOWN_FUNCTIONS
from tests.googlesql.reference import SqlError
from tests.googlesql.syntax import Node, read_tables, subquery_of

_OUTER = ("LEFT", "RIGHT", "FULL")


def check(nodes: Iterable[Node]) -> None:
    """Raise SqlError, in BigQuery's words, for the first thing that BigQuery does not take."""
    for node in nodes:
        if node.kind == "FunctionCall":
            _check_function(node)
        elif node.kind == "Join":
            _check_join(node)


def has_subqueries(nodes: Iterable[Node]) -> bool:
    """Tell whether a statement has what `check_resolved` judges: subqueries that read tables."""
    subqueries = filter(None, map(subquery_of, nodes))
    return any(True for subquery in subqueries for _ in read_tables(subquery.walk()))


def check_resolved(statement: Node) -> None:
    """Raise SqlError, in BigQuery's words, for subqueries of each row that BigQuery cannot join."""
    for node in statement.walk():
        if node.kind == "ResolvedMergeWhen":
            if any(_parameters(each) for each in node.walk()):
                raise SqlError("Correlated subqueries are not supported in a WHEN clause of MERGE")
        elif _parameters(node) and not _is_joinable(node):
            raise SqlError(
                "Correlated subqueries that reference other tables are not supported unless they "
                "can be de-correlated, such as by transforming them into an efficient JOIN."
            )


def _parameters(node: Node) -> set[int]:
    """Name the outer columns that a subquery reads."""
    if node.kind != "ResolvedSubqueryExpr":
        return set()
    return {parameter.column.column_id for parameter in node.parameter_list}


def _is_joinable(subquery: Node) -> bool:
    """Tell whether a subquery reads no table, or all rows that an equality gives it."""
    nodes = list(subquery.subquery.walk())
    kinds = {node.kind for node in nodes}
    if not kinds & {"ResolvedTableScan", "ResolvedWithRefScan"}:
        return True
    outer = _parameters(subquery)
    if any(node.kind == "ResolvedLimitOffsetScan" and _reads(node, outer) for node in nodes):
        return False
    return subquery.in_expr is not None or any(_is_bound(node, outer) for node in nodes)


def _reads(node: Node, columns: set[int]) -> bool:
    return any(
        each.kind == "ResolvedColumnRef" and each.column.column_id in columns
        for each in node.walk()
    )


def _is_bound(node: Node, outer: set[int]) -> bool:
    """Tell whether this is an equality of an outer column with something of the subquery."""
    if node.kind != "ResolvedFunctionCall" or not node.function.name.endswith("$equal"):
        return False
    sides = [
        {each.column.column_id for each in side.walk() if each.kind == "ResolvedColumnRef"}
        for side in node.argument_list
    ]
    return any(side and side <= outer for side in sides) and any(
        side and not side & outer for side in sides
    )


def _check_function(call: Node) -> None:
    names = [name.id_string for name in call.function.names]
    if names[-1].lower() in UNKNOWN_FUNCTIONS:
        raise SqlError(f"Function not found: {'.'.join(names)}")


def _check_join(join: Node) -> None:
    kind = join.enum("join_type")
    if kind in _OUTER and join.on_clause is not None:
        condition = join.on_clause.expression
        if not any(_is_equality(each) for each in _conjuncts(condition)):
            raise SqlError(
                f"{kind} OUTER JOIN cannot be used without a condition that is an equality of "
                "fields from both sides of the join."
            )


def _conjuncts(condition: Node) -> Iterator[Node]:
    if condition.kind == "AndExpr":
        for each in condition.conjuncts:
            yield from _conjuncts(each)
    else:
        yield condition


def _is_equality(condition: Node) -> bool:
    return condition.kind == "BinaryExpression" and condition.enum("op") == "EQ"
