"""Which tables a statement reads, and the statement as GoogleSQL's evaluator wants it.

The evaluator knows tables by one name. A path `project`.`dataset`.`table` therefore becomes one
quoted name, with the alias that the path would have had; positions of errors are told of the
text as it was.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.googlesql.reference import SqlError, Type
from tests.googlesql.syntax import Node, Path, identifiers, table_nodes, table_path
from tests.googlesql.values import sql_name

_ALIASED = ("TablePathExpression", "UpdateStatement", "DeleteStatement", "MergeStatement")


@dataclass(frozen=True)
class _Edit:
    start: int
    end: int
    text: bytes


class Scope:
    """A statement of a script, and the tables in it."""

    def __init__(self, sql: str, statement: Node, project: str) -> None:
        self._sql = sql.encode()
        self.statement = statement
        self.paths: list[Path] = []
        self._edits: list[_Edit] = []
        self.nodes = list(statement.walk())
        aliases = {node.identifier.id_string.lower() for node in self.nodes if node.kind == "Alias"}
        for node, path in table_nodes(self.nodes):
            parts = identifiers(path)
            is_local = len(parts) == 1 or parts[0].lower() in aliases
            if node.kind == "TablePathExpression" and is_local:
                continue  # A common table expression, or an array of something with an alias.
            found = self._path(parts, path, project)
            self.paths.append(found)
            alias = ""
            if node.kind in _ALIASED and node.alias is None:
                alias = f" as `{found.table}`"
            self._edits.append(_Edit(path.start, path.end, f"`{found}`{alias}".encode()))
        self._edits.sort(key=lambda edit: edit.start)

    def text(self, node: Node | None = None) -> str:
        """Give the statement, or a part of it, with its tables by one name each."""
        node = node or self.statement
        return self._edited(node.start, node.end).decode()

    def original(self, node: Node) -> str:
        """Give a part of the statement as it was written."""
        return self._sql[node.start : node.end].decode()

    def with_columns(self, columns: Iterable[tuple[str, Type]]) -> str:
        """Give the statement with another query: one row of nulls, in these columns."""
        nulls = ", ".join(f"cast(null as {sql_name(type_)}) as `{name}`" for name, type_ in columns)
        statement, query = self.statement, self.statement.query
        before, after = (
            self._edited(statement.start, query.start),
            self._edited(query.end, statement.end),
        )
        return f"{before.decode()}(select {nulls}){after.decode()}"

    def in_place(self, node: Node | None = None) -> str:
        """Give the same, on the lines where it stands in the script."""
        node = node or self.statement
        before = self._sql[: node.start].decode()
        lines = before.split("\n")
        return "\n" * (len(lines) - 1) + " " * len(lines[-1]) + self.text(node)

    def original_position(self, error: SqlError) -> SqlError:
        """Move an error's position in `in_place` text to where it is in the script."""
        if error.position is None:
            return error
        line, column = error.position
        for edit in self._edits:
            before = self._sql[: edit.start].decode()
            edit_line = before.count("\n") + 1
            edit_column = len(before) - before.rfind("\n")
            if edit_line == line and edit_column < column:
                column -= len(edit.text) - (edit.end - edit.start)
        return type(error)(error.message, (line, column))

    def _path(self, parts: list[str], node: Node, project: str) -> Path:
        if len(parts) > 3 and parts[-2].upper() == "INFORMATION_SCHEMA":
            return Path(parts[0], parts[-2].upper(), parts[-1].upper())
        try:
            return table_path(node, project)
        except ValueError as error:
            raise SqlError(str(error)) from None

    def _edited(self, start: int, end: int) -> bytes:
        pieces, position = [], start
        for edit in self._edits:
            if start <= edit.start and edit.end <= end:
                pieces += [self._sql[position : edit.start], edit.text]
                position = edit.end
        return b"".join([*pieces, self._sql[position:end]])
