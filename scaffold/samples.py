"""Payloads of a contract for the unit test of its model, and what staging makes of their fields."""

import json
from collections.abc import Mapping
from typing import Any

from scaffold.contract import Field, NewContract

# In JSON, and as the unit test expects it.
_SAMPLES: dict[str, tuple[Any, str]] = {
    "id": ("7", '"7"'),
    "text": ("some", "some"),
    "array": (["one"], "'[\"one\"]'"),
    "object": ({"some": 1}, "'{\"some\":1}'"),
    "integer": (3, "3"),
    "number": (1.5, "1.5"),
    "price": (9.9, "9.9"),
    "quantity": (2, "2"),
    "multiplier": (0.25, "0.25"),
    "boolean": (True, "true"),
    "date": ("2024-01-04", '"2024-01-04"'),
    "time": ("2024-01-05T08:00:00-03:00", '"2024-01-05 11:00:00"'),
}


def rows(contract: NewContract) -> list[Mapping[str, object]]:
    """Give a good payload, and one without each field that a message must have.

    Each has its `name`, the payload as JSON (`data`), what is expected in each column (`expected`,
    as YAML) and its `reason` (null, or why it is rejected).
    """
    required = [field for field in contract.fields if field.is_required]
    return [_row(contract, None), *(_row(contract, field) for field in required)]


def _row(contract: NewContract, missing: Field | None) -> Mapping[str, object]:
    payload: dict[str, Any] = {}
    # Its time and the envelope's key first, as messages have them.
    for field in sorted(contract.fields, key=lambda one: one.type != "time"):
        *folders, last = field.path.split(".")
        at = payload
        for folder in folders:
            at = at.setdefault(folder, {})
        if field is not missing:
            at[last] = _SAMPLES[field.type][0]
    return {
        "name": "good" if missing is None else f"no {missing.path.rpartition('.')[2]}",
        "data": json.dumps(payload, separators=(",", ":")),
        "expected": {
            field.name: "null" if field is missing else _SAMPLES[field.type][1]
            for field in contract.columns
        },
        "reason": "null" if missing is None else f"missing {missing.path}",
    }
