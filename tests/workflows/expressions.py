"""Expressions of Google Workflows, as its reference has them: `${…}`, read and evaluated.

Literals, variables, members, indexes, calls and operators; what is not in the reference is an
error. Functions are those that our workflows use, with their documented arguments.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

# The reference allows an expression so many characters.
MOST = 400
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>\"(?:[^\"\\]|\\.)*\")|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign>//|==|!=|<=|>=|[-+*/%<>()\[\].,]))"
)
# From the loosest to the tightest; all of them bind to the left.
_BINARY = [
    ("or",),
    ("and",),
    ("==", "!=", "<", "<=", ">", ">=", "in"),
    ("+", "-"),
    ("*", "/", "//", "%"),
]
_LITERALS = {"true": True, "false": False, "null": None}


class ExpressionError(Exception):
    """What is wrong with an expression."""


@dataclass
class Functions:
    """The standard library, as far as it is used, at a time and in an environment."""

    now: Callable[[], float] = lambda: 0.0
    environment: Mapping[str, str] = field(default_factory=dict)

    def table(self) -> dict[str, tuple[Callable[..., Any], range]]:
        """Give each function, and how many arguments it may have."""
        return {
            "default": (lambda value, other: other if value is None else value, range(2, 3)),
            "get_type": (lambda value: _TYPES[type(value)], range(1, 2)),
            "json.encode_to_string": (json.dumps, range(1, 3)),
            "len": (len, range(1, 2)),
            "list.concat": (lambda values, value: [*values, value], range(2, 3)),
            "map.get": (lambda values, key: values.get(key), range(2, 3)),
            "sys.get_env": (self._get_env, range(1, 3)),
            "sys.now": (self.now, range(1)),
            "text.substring": (lambda text, start, end: text[start:end], range(3, 4)),
            "time.format": (_format, range(1, 3)),
        }

    def _get_env(self, name: str, *default: str) -> str:
        if name not in self.environment and not default:
            raise ExpressionError(f"no environment variable {name}")
        return self.environment.get(name, *default)


_TYPES = {
    str: "string",
    int: "integer",
    float: "double",
    bool: "boolean",
    dict: "map",
    list: "list",
}


def _format(seconds: float, zone: str = "UTC") -> str:
    return datetime.fromtimestamp(seconds, ZoneInfo(zone)).isoformat(timespec="milliseconds")


# An expression that was read: evaluates with variables and functions.
Evaluate = Callable[[Mapping[str, Any], Functions], Any]


@dataclass
class Expression:
    """One that was read: what it names, and what it comes to."""

    variables: set[str]
    calls: list[tuple[str, int]]
    evaluate: Evaluate


def found_in(value: Any) -> Iterator[str]:
    """Find the expressions in a value of YAML, however deep."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from found_in(key)
            yield from found_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from found_in(one)
    elif isinstance(value, str) and "${" in value:
        if not (value.startswith("${") and value.endswith("}")):
            raise ExpressionError(f"an expression is a whole value: {value}")
        yield value[2:-1]


def read(text: str) -> Expression:
    """Read an expression; raises ExpressionError."""
    if len(text) > MOST:
        raise ExpressionError(f"more than {MOST} characters: {text}")
    tokens, at = [], 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(f"cannot be read from {text[at:]!r} on: {text}")
        assert match.lastgroup
        tokens.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    reader = _Reader(tokens, text)
    evaluate = reader.binary(0)
    if reader.rest:
        raise ExpressionError(f"ends before {reader.rest[0][1]!r}: {text}")
    return Expression(reader.variables, reader.calls, evaluate)


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]], text: str) -> None:
        self.rest = tokens
        self.variables: set[str] = set()
        self.calls: list[tuple[str, int]] = []
        self._text = text

    def binary(self, level: int) -> Evaluate:
        if level == len(_BINARY):
            return self.unary()
        left = self.binary(level + 1)
        while self.rest and self.rest[0][1] in _BINARY[level] and self.rest[0][0] != "text":
            sign = self.rest.pop(0)[1]
            left = _operation(sign, left, self.binary(level + 1))
        return left

    def unary(self) -> Evaluate:
        if self.take("-"):
            value = self.unary()
            return lambda variables, functions: -value(variables, functions)
        if self.take("not"):
            value = self.unary()
            return lambda variables, functions: not value(variables, functions)
        return self.operand()

    def operand(self) -> Evaluate:
        kind, word = self.rest.pop(0) if self.rest else ("", "")
        if kind in ("number", "text"):
            literal = json.loads(word)
            return lambda *_: literal
        if word == "(":
            inner = self.binary(0)
            self.expect(")")
            return inner
        if kind != "name":
            raise ExpressionError(f"a value is missing: {self._text}")
        if word in _LITERALS:
            return lambda *_: _LITERALS[word]
        return self.named(word)

    def named(self, name: str) -> Evaluate:
        """Read a variable with its members and indexes, or a call."""
        path = [name]
        while len(self.rest) > 1 and self.rest[0][1] == "." and self.rest[1][0] == "name":
            path.append(self.rest[1][1])
            del self.rest[:2]
        if self.take("("):
            return self.call(".".join(path))
        self.variables.add(name)
        value: Evaluate = lambda variables, _: _member(variables[name], path[1:])  # noqa: E731
        while self.take("["):
            index = self.binary(0)
            self.expect("]")
            value = _indexed(value, index)
        return value

    def call(self, name: str) -> Evaluate:
        arguments = []
        while not self.take(")"):
            if arguments:
                self.expect(",")
            arguments.append(self.binary(0))
        self.calls.append((name, len(arguments)))
        return lambda variables, functions: functions.table()[name][0](
            *(one(variables, functions) for one in arguments)
        )

    def take(self, token: str) -> bool:
        is_next = bool(self.rest) and self.rest[0][1] == token and self.rest[0][0] != "text"
        if is_next:
            self.rest.pop(0)
        return is_next

    def expect(self, token: str) -> None:
        if not self.take(token):
            raise ExpressionError(f"{token!r} is missing: {self._text}")


def _member(value: Any, path: list[str]) -> Any:
    for name in path:
        value = value[name]
    return value


def _indexed(value: Evaluate, index: Evaluate) -> Evaluate:
    return lambda variables, functions: value(variables, functions)[index(variables, functions)]


def _operation(sign: str, left: Evaluate, right: Evaluate) -> Evaluate:
    if sign == "or":
        return lambda *given: left(*given) or right(*given)
    if sign == "and":
        return lambda *given: left(*given) and right(*given)
    operations: dict[str, Callable[[Any, Any], Any]] = {
        "==": lambda a, b: a == b,
        "!=": lambda a, b: a != b,
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
        "in": lambda a, b: a in b,
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
        "//": lambda a, b: a // b,
        "%": lambda a, b: a % b,
    }
    return lambda *given: operations[sign](left(*given), right(*given))
