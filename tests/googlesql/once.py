"""Subqueries that are the same for every row, asked once.

The reference implementation runs a subquery of an expression for each row, and a common table
expression where it is named, unless two places name it: then it keeps the rows. Such a subquery
therefore becomes an entry of its own in the nearest WITH, which is named twice where it stood. It
means the same: all that it loses is the outer row, and if it needs that, the query is refused.
"""

import re
from itertools import count

from tests.googlesql.syntax import Node, identifiers, read_tables, subquery_of
from tests.googlesql.wasm import is_of_the_moment

# What may have subqueries in expressions, or a recursion; most texts have neither.
_CANDIDATE = re.compile(
    r"(?<!\bas )(?<!\bfrom )(?<!\bjoin )(?<!\barray)\(\s*select\b|\brecursive\b", re.IGNORECASE
)


def may_have_subqueries(sql: str) -> bool:
    """Tell whether it is worth parsing a query for them."""
    return _CANDIDATE.search(sql) is not None and not is_of_the_moment(sql)


def with_subqueries_once(sql: str, query: Node) -> str | None:
    """Give a query of the text with its subqueries moved; None if there is none to move."""
    rewriting = _Rewriting(sql)
    entries: list[bytes] = []
    rewriting.visit(query, entries)
    if not rewriting.edits:
        return None
    before = b"with " + b", ".join(entries) + b" " if entries else b""
    return (before + rewriting.edited(query)).decode()


class _Rewriting:
    def __init__(self, sql: str) -> None:
        self._sql = sql.encode()
        self._numbers = count(1)
        # What stands instead of a part of the text: its start, its end, and the new text.
        self.edits: list[tuple[int, int, bytes]] = []

    def visit(self, node: Node, entries: list[bytes]) -> None:
        """Move the subqueries of a node to new entries of the WITH that is nearest."""
        if node.kind == "Query" and node.with_clause is not None:
            self._visit_with(node, node.with_clause)
            return
        for child in node.children():
            self.visit(child, entries)
        subquery = subquery_of(node)
        if subquery is not None and _is_the_same_for_every_row(node, subquery):
            name = b"`__once_%d`" % next(self._numbers)
            entries.append(name + b" as (" + self.edited(subquery) + b")")
            self.edits.append((subquery.start, subquery.end, _twice(name)))

    def edited(self, node: Node) -> bytes:
        """Give the text of a node as it is by now."""
        pieces, position = [], node.start
        for start, end, text in sorted(self.edits, key=lambda edit: edit[:2]):
            if position <= start and end <= node.end:
                pieces += [self._sql[position:start], text]
                position = end
        return b"".join([*pieces, self._sql[position : node.end]])

    def _visit_with(self, query: Node, clause: Node) -> None:
        added: list[bytes] = []
        for entry in getattr(clause, "with"):
            before: list[bytes] = []
            self.visit(entry.query, before)
            if before:
                self.edits.append((entry.start, entry.start, b", ".join([*before, b""])))
            if clause.recursive:
                self.edits += [
                    (table.path_expr.start, table.path_expr.end, _kept(table))
                    for table in _read_by_recursion(entry)
                ]
        for child in query.children():
            if child.kind != "WithClause":
                self.visit(child, added)
        if added:
            self.edits.append((clause.end, clause.end, b", ".join([b"", *added])))


def _twice(name: bytes) -> bytes:
    return b"select * from " + name + b" union all (select * from " + name + b" limit 0)"


def _kept(table: Node) -> bytes:
    """Give what stands for a table that is an entry of a WITH."""
    name = b"`" + table.path_expr.names[0].id_string.encode() + b"`"
    return b"(" + _twice(name) + b")" + (b"" if table.alias else b" as " + name)


def _is_the_same_for_every_row(expression: Node, subquery: Node) -> bool:
    """Tell whether a subquery reads tables and names, as far as one sees, no outer column."""
    if expression.kind == "ExpressionSubquery" and expression.enum("modifier") == "ARRAY":
        return False  # Its rows may have an order.
    nodes = list(subquery.walk())
    read = list(read_tables(nodes))
    known = {table.path_expr.names[-1].id_string.lower() for table in read if table.alias is None}
    known |= {node.identifier.id_string.lower() for node in nodes if node.kind == "Alias"}
    calls = [node.function for node in nodes if node.kind == "FunctionCall"]
    others = {(path.start, path.end) for path in [*(table.path_expr for table in read), *calls]}
    return bool(read) and all(
        len(node.names) == 1
        or node.names[0].id_string.lower() in known
        or (node.start, node.end) in others
        for node in nodes
        if node.kind == "PathExpression"
    )


def _read_by_recursion(entry: Node) -> list[Node]:
    """List the tables, beside itself, that an entry reads each time that it recurs."""
    body = entry.query.query_expr
    own = entry.alias.id_string.lower()
    if body.kind != "SetOperation":
        return []
    read = [
        table
        for recurring in body.inputs[1:]
        for table in read_tables(recurring.walk())
        if len(identifiers(table.path_expr)) == 1
    ]
    others = [node for node in read if node.path_expr.names[0].id_string.lower() != own]
    return others if len(others) < len(read) else []
