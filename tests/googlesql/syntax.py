"""Parse trees: a script's statements, their parts, and the tables they name."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from google.protobuf.message import Message

_CHANGING = (
    "InsertStatement",
    "UpdateStatement",
    "DeleteStatement",
    "MergeStatement",
    "TruncateStatement",
)


@cache
def _kind(name: str) -> str:
    return name.removeprefix("AST").removesuffix("Proto")


class Node:
    """A node of GoogleSQL's parse tree; `node.query` is its part of that name, None if absent."""

    def __init__(self, message: Message) -> None:
        self._message = message

    @property
    def proto(self) -> Any:
        """The protocol buffer that this node is."""
        return self._message

    @property
    def kind(self) -> str:
        """What it is, as GoogleSQL calls it: "CreateTableStatement"."""
        return _kind(self._message.DESCRIPTOR.name)

    @property
    def start(self) -> int:
        """Where it begins, in bytes."""
        return int(self._location().start)

    @property
    def end(self) -> int:
        """Where it ends, in bytes."""
        return int(self._location().end)

    def __getattr__(self, name: str) -> Any:
        message: Any = self._message
        while name not in message.DESCRIPTOR.fields_by_name:
            if "parent" not in message.DESCRIPTOR.fields_by_name:
                raise AttributeError(f"{self.kind} has no {name}")
            message = message.parent
        field = message.DESCRIPTOR.fields_by_name[name]
        if field.message_type is None:
            return getattr(message, name)
        if field.is_repeated:
            return [_unwrapped(each) for each in getattr(message, name)]
        return _unwrapped(getattr(message, name)) if message.HasField(name) else None

    def enum(self, name: str) -> str:
        """Give the name of an enumerated value: `join.enum("join_type")` is "LEFT"."""
        field = self._message.DESCRIPTOR.fields_by_name[name]
        found: str = field.enum_type.values_by_number[getattr(self._message, name)].name
        return found

    def children(self) -> Iterator["Node"]:
        """Give the nodes right below this one."""
        message: Any = self._message
        while True:
            for field, value in message.ListFields():
                if field.message_type is None or field.name in ("parent", "parse_location_range"):
                    continue
                for each in value if field.is_repeated else [value]:
                    yield _unwrapped(each)
            if "parent" not in message.DESCRIPTOR.fields_by_name:
                return
            message = message.parent

    def walk(self) -> Iterator["Node"]:
        """Give this node and all below it, in the order of the text."""
        ahead = [self]
        while ahead:
            node = ahead.pop()
            yield node
            ahead.extend(reversed(list(node.children())))

    def _location(self) -> Any:
        message: Any = self._message
        while "parse_location_range" not in message.DESCRIPTOR.fields_by_name:
            message = message.parent
        return message.parse_location_range


def _unwrapped(message: Any) -> Node:
    """Take the one node out of an "any of these" message."""
    while message.DESCRIPTOR.name.startswith("Any"):
        message = message.ListFields()[0][1]
    return Node(message)


@dataclass(frozen=True)
class Path:
    """A table's full name: project, dataset, table."""

    project: str
    dataset: str
    table: str

    def __str__(self) -> str:
        return f"{self.project}.{self.dataset}.{self.table}"


def identifiers(path: Node) -> list[str]:
    """List the parts of a path; BigQuery lets one pair of backquotes stand around several."""
    return [part for name in path.names for part in name.id_string.split(".")]


def table_path(path: Node, project: str) -> Path:
    """Read a path as that of a table; raises ValueError if it does not name a dataset."""
    match identifiers(path):
        case [dataset, table]:
            return Path(project, dataset, table)
        case [other, dataset, table]:
            return Path(other, dataset, table)
        case parts:
            raise ValueError(f'Table "{".".join(parts)}" must be qualified with a dataset')


def table_nodes(nodes: Iterable[Node]) -> Iterator[tuple[Node, Node]]:
    """Give the paths that stand where tables do, each with the node that it is part of."""
    for node in nodes:
        if node.kind == "TablePathExpression" and node.path_expr is not None:
            yield node, node.path_expr
        elif node.kind in _CHANGING:
            yield node, node.target_path
        elif node.kind in ("CloneDataSource", "CopyDataSource"):
            yield node, node.path_expr


def subquery_of(expression: Node) -> Node | None:
    """Give the subquery that an expression is or, of an IN, has."""
    if expression.kind in ("ExpressionSubquery", "InExpression"):
        found: Node | None = expression.query
        return found
    return None


def read_tables(nodes: Iterable[Node]) -> Iterator[Node]:
    """Give those that name a table, a common table expression or an array to read."""
    for node in nodes:
        if node.kind == "TablePathExpression" and node.path_expr is not None:
            yield node


def source_node(statement: Node) -> Node:
    """Give the path of what a statement creates, drops or alters."""
    path = statement.path if statement.kind.startswith("Alter") else statement.name
    assert isinstance(path, Node)
    return path


def literal(node: Node) -> Any:
    """Read an option's value: a text, number, boolean, null, or a list of these or of pairs."""
    match node.kind:
        case "StringLiteral":
            return node.string_value
        case "IntLiteral" | "FloatLiteral":
            return json.loads(node.image)
        case "BooleanLiteral":
            return bool(node.value)
        case "NullLiteral":
            return None
        case "ArrayConstructor":
            return [literal(element) for element in node.elements]
        case "StructConstructorWithParens":
            return tuple(literal(field) for field in node.field_expressions)
        case _:
            raise ValueError(f"not a literal: {node.kind}")
