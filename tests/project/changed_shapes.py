"""A message of each contract whose source has changed: a field is new, and a mandatory one another.

Each is of a message that is looked at for new fields, whether or not its contract is sampled.
"""

import hashlib
import itertools
import json
from typing import NamedTuple

from tests.read_fields import required_fields

NEW_FIELD = "novoCampo"
# It stands for anything that may be personal.
VALUE = "nobody may read this"
_OTHER_TYPE = {"text": 7, "id": True, "time": 7, "date": 7, "array": "[]"}
# What has to be there before that is judged.
_BESIDE = {"storefront.event": {"event": "homeView"}}


class Changed(NamedTuple):
    """A message, and why it is rejected."""

    contract: str
    message_id: str
    data: str
    reason: str


def changed() -> list[Changed]:
    """Make one a contract: its first mandatory field has another type of JSON."""
    found = []
    for contract, (path, kind) in required_fields().items():
        value: object = _OTHER_TYPE.get(kind, "7")
        for step in reversed(path.split(".")):
            value = {step: value}
        assert isinstance(value, dict)
        data = json.dumps(_BESIDE.get(contract, {}) | value | {NEW_FIELD: {"segredo": VALUE}})
        what = "unparsable time in" if kind in ("time", "date") else "wrong type of"
        found.append(Changed(contract, _looked_at(contract), data, f"{what} {path}"))
    return found


def messages() -> list[dict[str, object]]:
    """Give them as raw rows."""
    return [
        {
            "subscription_name": "s",
            "message_id": one.message_id,
            "publish_time": "2024-02-01T00:00:00Z",
            "attributes": {"contract": one.contract},
            "data": one.data,
        }
        for one in changed()
    ]


def _looked_at(contract: str) -> str:
    """Give an id that is looked at: of orders one of 128, of others more."""
    ids = (f"changed-{contract}-{number}" for number in itertools.count())
    return next(one for one in ids if hashlib.md5(one.encode()).hexdigest() < "02")  # noqa: S324
