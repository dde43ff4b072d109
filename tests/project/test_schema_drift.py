"""A source changes its documents: what is new is kept and reported, what is wrong is rejected."""

from ingestion.contracts import load
from tests.project.changed_shapes import NEW_FIELD, VALUE, changed
from tests.project.nights import Nights


def test_a_mandatory_field_of_another_type_is_rejected_by_name_in_every_contract(
    nights: Nights,
) -> None:
    assert {one.contract for one in changed()} == set(load().by_name)
    rejected = nights.house.query(
        "select message_id, rejection_reason from validation.rejected_messages"
        " where starts_with(message_id, 'changed-') order by all"
    )
    assert rejected == sorted((one.message_id, one.reason) for one in changed())


def test_a_new_field_is_kept_as_it_came_and_reported_without_its_value(nights: Nights) -> None:
    tables = {one.name: one.table for one in load().by_name.values()}
    for one in changed():
        kept = (
            f"select data from pii.raw.{tables[one.contract]} where message_id = '{one.message_id}'"
        )
        assert nights.house.query(kept) == [(one.data,)]
    drift = nights.house.query(
        "select contract, json_path, json_type, message_count, is_new_field"
        f" from validation.schema_drift where json_path = '{NEW_FIELD}' order by all"
    )
    assert drift == [
        (contract, NEW_FIELD, "object", 1, True) for contract in sorted(load().by_name)
    ]
    [(told,)] = nights.house.query(
        f"select count(*) from pii.validation.source_fields where contains(json_path, 'segredo')"
        f" or contains(json_path, '{VALUE}')"
    )
    assert told == 0
    [told_by_status] = [
        line
        for line in nights.house.run("status").splitlines()
        if line.startswith("Fields that nobody knows yet: ")
    ]
    assert [name for name in load().by_name if f" of {name}" not in told_by_status] == []
