"""What differs between what there is and what there should be. Nothing is asked or changed."""

from typing import Any, Literal

import msgspec

from orchestration.provisioning.resources import Fields, Kind, Resource

Action = Literal["create", "update", "keep"]


class Difference(msgspec.Struct, frozen=True):
    """A field that is not as it should be."""

    field: str
    actual: Any
    wanted: Any
    # Nothing but making the resource anew changes it, which nobody does unasked.
    is_fixed: bool


class Change(msgspec.Struct, frozen=True):
    """What is to happen to a resource; what is fixed stays different."""

    kind: Kind
    name: str
    action: Action
    differences: tuple[Difference, ...] = ()

    @property
    def changing(self) -> frozenset[str]:
        """The fields that an update changes."""
        return frozenset(one.field for one in self.differences if not one.is_fixed)

    @property
    def staying(self) -> tuple[Difference, ...]:
        """What stays different, and is for a person to decide."""
        return tuple(one for one in self.differences if one.is_fixed)

    @property
    def is_nothing(self) -> bool:
        """Whether the resource is as it should be."""
        return self.action == "keep" and not self.differences


def compare(wanted: Resource, actual: Fields | None) -> Change:
    """Compare a resource with what there is of it; None if there is nothing."""
    if actual is None:
        return Change(wanted.kind, wanted.name, "create")
    differences = tuple(
        Difference(
            field,
            actual.get(field),
            value,
            is_fixed=field in wanted.fixed and actual.get(field) is not None,
        )
        for field, value in wanted.fields.items()
        if actual.get(field) != value
    )
    change = Change(wanted.kind, wanted.name, "update", differences)
    return change if change.changing else Change(wanted.kind, wanted.name, "keep", differences)
