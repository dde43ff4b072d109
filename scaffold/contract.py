"""A contract as somebody describes it: its name, what names and dates its documents, its fields."""

import re
from dataclasses import dataclass
from functools import cached_property

import click
import duckdb

# How JSON has what staging reads as a type, by `typed_json`'s names. What is in an array or object
# is for whoever unfolds it to say.
JSON_TYPES = {
    "id": ("number", "string"),
    "text": ("string",),
    "array": ("any",),
    "object": ("any",),
    **dict.fromkeys(("integer", "number", "price", "quantity", "multiplier"), ("number",)),
    "boolean": ("boolean",),
    "date": ("string",),
    "time": ("string",),
}
_NAMED = {
    "id": (".*_id", "end with _id"),
    "boolean": ("(is|has)_.*", "begin with is_ or has_"),
    "date": (".*_date", "end with _date"),
    "time": (".*_at", "end with _at"),
}
# What raw and every staging model have already.
_TAKEN = {
    *("subscription_name", "message_id", "publish_time", "attributes", "data", "contract"),
    *("landed_at", "event_at", "staged_at", "published_at", "content_hash"),
    *("json_values", "rejection_reason"),
}
_WORD = "[a-z][a-z0-9]*(_[a-z0-9]+)*"
_PATH = r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*"


class ScaffoldError(click.ClickException):
    """Nothing was written; the message says why and what to do. Exit code 1."""


@dataclass(frozen=True)
class Field:
    """A column of the staging model: where the payload has it, and as what."""

    name: str
    type: str
    path: str
    is_required: bool = False
    is_personal: bool = False

    @property
    def place(self) -> int:
        """Where style has it among columns: ids, strings, numerics, booleans, dates, times."""
        return 0 if self.name.endswith("_id") else 1 + list(JSON_TYPES).index(self.type)


@dataclass(frozen=True)
class NewContract:
    """What is to be written. `event_time` is the path of a document's own time, if it has one."""

    name: str
    table: str
    key: str | None
    event_time: str | None
    fields: tuple[Field, ...]

    @property
    def system(self) -> str:
        """Whose messages they are: a folder of staging."""
        return self.name.partition(".")[0]

    @property
    def entity(self) -> str:
        """What a message is about, one of them."""
        return self.name.partition(".")[2]

    @property
    def model(self) -> str:
        """The staging model's name, as the ledger makes it of the raw table's."""
        return "stg_" + self.table.replace("_", "__", 1)

    @cached_property
    def columns(self) -> list[Field]:
        """The fields in the order that style has them in."""
        return sorted(self.fields, key=lambda field: field.place)


def described(  # noqa: PLR0913 - one parameter an option
    name: str, *, plural: str, id_path: str, time_path: str, key: str, fields: list[str]
) -> NewContract:
    """Read what was asked for; empty texts are what nobody said.

    Raises ScaffoldError for what cannot be a contract or its columns.
    """
    if not re.fullmatch(rf"[a-z][a-z0-9]*\.{_WORD}", name):
        raise ScaffoldError(
            f"{name!r} names no contract: write system.entity, in lower case and in the singular,"
            " as in NAME=marketing.survey."
        )
    system, _, entity = name.partition(".")
    if plural and not re.fullmatch(_WORD, plural):
        raise ScaffoldError(f"{plural!r} is no plural of {entity}: write PLURAL=surveys.")
    named = [Field(f"{entity}_id", "id", id_path, is_required=True)]
    if time_path:
        named.append(Field("changed_at", "time", time_path, is_required=True))
    contract = NewContract(
        name=name,
        table=f"{system}_{plural or _plural(entity)}",
        key=key or None,
        event_time=time_path or None,
        fields=(*named, *map(_field, fields)),
    )
    _check(contract.fields)
    return contract


def _field(given: str) -> Field:
    name, *others = given.split(":")
    if len(others) not in (1, 2, 3) or others[2:] not in ([], ["personal"]):
        raise ScaffoldError(
            f"{given!r} is no field: write name:type, name:type:path or name:type:path:personal."
        )
    path = others[1] if len(others) > 1 else name
    return Field(name, others[0], path, is_personal=len(others) > 2)


def _check(fields: tuple[Field, ...]) -> None:
    with duckdb.connect() as connection:
        found = connection.execute("select keyword_name from duckdb_keywords()").fetchall()
    keywords = {word for (word,) in found}
    for number, field in enumerate(fields):
        before = fields[:number]
        if field.type not in JSON_TYPES:
            raise ScaffoldError(
                f"{field.name}: there is no type {field.type!r}; write one of"
                f" {', '.join(JSON_TYPES)}, as in FIELDS='score:integer'."
            )
        if not re.fullmatch(_WORD, field.name):
            raise ScaffoldError(f"{field.name!r} is no column: write it as in first_answer.")
        if field.name in _TAKEN | {one.name for one in before}:
            raise ScaffoldError(f"{field.name} is a column already: call it something else.")
        if field.name in keywords:
            raise ScaffoldError(f"{field.name} is a word of SQL: say of what, as in answer_text.")
        pattern, must = _NAMED.get(field.type, (".*", ""))
        if not re.fullmatch(pattern, field.name):
            raise ScaffoldError(f"{field.name}: columns of type {field.type} {must}.")
        if not re.fullmatch(_PATH, field.path):
            raise ScaffoldError(
                f"{field.path!r} is no path in a document: write keys with dots between, as in"
                " pesquisa.id."
            )
        for one in before:
            shorter, longer = sorted((f"{one.path}.", f"{field.path}."), key=len)
            if longer.startswith(shorter):
                raise ScaffoldError(
                    f"{field.name} and {one.name} are one within the other ({field.path},"
                    f" {one.path}): leave one out, and add it to the model by hand."
                )


def _plural(word: str) -> str:
    if re.search("[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + ("es" if re.search("(s|x|z|ch|sh)$", word) else "s")
