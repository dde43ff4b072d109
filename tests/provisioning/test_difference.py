"""What differs, and what is to be done about it."""

from orchestration.provisioning.difference import compare
from orchestration.provisioning.resources import Resource

WANTED = Resource(
    "table",
    "shop.landed.orders",
    {"description": "orders", "columns.data.type": "BYTES", "labels.project": "vitrine"},
    frozenset({"columns.data.type"}),
)


def test_what_is_not_there_is_created() -> None:
    assert compare(WANTED, None).action == "create"


def test_what_is_as_it_should_be_is_kept_whatever_else_it_has() -> None:
    change = compare(WANTED, {**WANTED.fields, "labels.team": "data", "columns.more.type": "JSON"})
    assert (change.action, change.differences) == ("keep", ())


def test_what_can_be_changed_is() -> None:
    change = compare(WANTED, {**WANTED.fields, "description": "others"})
    assert change.action == "update"
    assert change.changing == {"description"}
    assert [(one.actual, one.wanted) for one in change.differences] == [("others", "orders")]


def test_what_is_fixed_stays_as_it_is_and_is_told() -> None:
    change = compare(WANTED, {**WANTED.fields, "columns.data.type": "STRING"})
    assert (change.action, change.changing) == ("keep", frozenset())
    assert [one.field for one in change.staying] == ["columns.data.type"]


def test_what_is_fixed_can_be_given_where_there_is_nothing_yet() -> None:
    without = {name: value for name, value in WANTED.fields.items() if name != "columns.data.type"}
    change = compare(WANTED, without)
    assert (change.action, change.changing) == ("update", {"columns.data.type"})


def test_a_resource_of_both_kinds_of_difference_is_updated_and_told() -> None:
    change = compare(WANTED, {"columns.data.type": "STRING", "description": "others"})
    assert change.changing == {"description", "labels.project"}
    assert [one.field for one in change.staying] == ["columns.data.type"]
