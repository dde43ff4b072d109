"""A resource: its kind, its full name, and its fields as we name them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Kind = Literal["topic", "dataset", "table", "bucket", "subscription"]
Json = dict[str, Any]
# Of a resource that there is, or should be: values as JSON has them. What is nested has a dotted
# name: `labels.project`.
Fields = dict[str, Any]

LABELS: Fields = {"labels.project": "vitrine"}


@dataclass(frozen=True)
class Resource:
    """What there should be. What its fields do not name may be as it likes."""

    kind: Kind
    name: str
    fields: Fields
    # Once such a field has a value, nothing but making the resource anew changes it.
    fixed: frozenset[str] = frozenset()


class Service(Protocol):
    """One of Google's services, as far as it concerns one kind of resource.

    Raises what Google's clients raise: see `refusals.told_in_words`.
    """

    def read(self, name: str) -> Fields | None:
        """Give the fields of a resource by its full name, None if there is no such resource."""

    def create(self, wanted: Resource) -> None:
        """Make a resource that is not there."""

    def update(self, wanted: Resource, names: frozenset[str]) -> None:
        """Give these fields of a resource the values that they should have."""


def group(fields: Fields, prefix: str) -> Fields:
    """Give the fields below a dotted name: `labels` of `labels.project` is `project`."""
    return {
        name.removeprefix(f"{prefix}."): value
        for name, value in fields.items()
        if name.startswith(f"{prefix}.")
    }


def in_order(found: Iterable[Json]) -> list[Json]:
    """Put into one order what has none, such as rules."""
    return sorted(found, key=lambda one: json.dumps(one, sort_keys=True))
