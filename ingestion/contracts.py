"""The contracts, read from their file, and which contract a message is of."""

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from ingestion import settings
from ingestion.errors import LandingError, explain

DEAD_LETTERS = "dead_letters"

# What may stand in a file's name, and in SQL without being quoted.
_Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
_Table = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$")]
_JsonPath = Annotated[str, msgspec.Meta(pattern=r"^\$(\.[A-Za-z_][A-Za-z0-9_]*)+$")]
_Text = Annotated[str, msgspec.Meta(min_length=1)]


class Compaction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How compacted files are divided: by the event's time and by values in payloads."""

    granularity: Literal["minute", "hour", "day"] = "hour"
    # JSON paths, by the name that their values are filed under
    keys: dict[_Table, _JsonPath] = {}


class Contract(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of message: where it lands, and how it is told from the others."""

    name: _Name
    table: _Table
    event_time: tuple[_JsonPath, ...] = ()
    key: _Text | None = None
    subscriptions: tuple[_Text, ...] = ()
    ordered: bool = False
    compaction: Compaction = Compaction()


class _File(msgspec.Struct, forbid_unknown_fields=True):
    contract: list[Contract]


class _Attributes(msgspec.Struct):
    contract: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_ATTRIBUTES = msgspec.json.Decoder(_Attributes)
_KEYS = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True)
class Contracts:
    """All contracts, by name."""

    by_name: dict[str, Contract]

    @property
    def tables(self) -> list[str]:
        """Every raw table: one per contract, and the dead letters."""
        return [contract.table for contract in self.by_name.values()] + [DEAD_LETTERS]

    def of_attributes(self, attributes: str) -> tuple[bool, str | None]:
        """Tell whether attributes (JSON text) decide the contract, and the name they give.

        A `contract` that is not a text decides too: for none. Raises msgspec.DecodeError or
        RecursionError if the text is not a JSON object.
        """
        given = _ATTRIBUTES.decode(attributes).contract
        if isinstance(given, msgspec.UnsetType):
            return False, None
        value = msgspec.json.decode(given)
        return True, value if isinstance(value, str) else None

    def of_subscription(self, subscription_name: str) -> str | None:
        """Look a subscription up in the mapping, by its full name or its last part.

        One that bears a raw table's name, as those do that `vitrine provision` makes, carries that
        table's contract unless the mapping says otherwise.
        """
        mapped = self._by_subscription
        return mapped.get(subscription_name) or mapped.get(subscription_name.rpartition("/")[2])

    def of_payload(self, payload: bytes) -> str | None:
        """Find the one contract whose key the payload has; None if it has none, or several."""
        try:
            keys = _KEYS.decode(payload)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return None
        found = [name for key, name in self._by_key.items() if key in keys]
        return found[0] if len(found) == 1 else None

    @cached_property
    def _by_subscription(self) -> dict[str, str]:
        contracts = self.by_name.values()
        return {contract.table: contract.name for contract in contracts} | {
            subscription: contract.name
            for contract in contracts
            for subscription in contract.subscriptions
        }

    @cached_property
    def _by_key(self) -> dict[str, str]:
        return {contract.key: contract.name for contract in self.by_name.values() if contract.key}


def load(path: Path | None = None) -> Contracts:
    """Read the file of contracts (default `settings.contracts_path()`).

    Raises LandingError, naming the file, if it cannot be read or does not hold together.
    """
    path = path or settings.contracts_path()
    try:
        contracts = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File).contract
    except OSError as error:
        raise LandingError(explain(error, path)) from error
    except (tomllib.TOMLDecodeError, UnicodeError, msgspec.ValidationError) as error:
        raise LandingError(f"{path}: not a file of contracts: {error}.") from error
    for what, values in {
        "name": [*(contract.name for contract in contracts), DEAD_LETTERS],
        "table": [*(contract.table for contract in contracts), DEAD_LETTERS],
        "key": [contract.key for contract in contracts if contract.key],
        "subscription": [name for contract in contracts for name in contract.subscriptions],
    }.items():
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise LandingError(f"{path}: a {what} is one contract's alone; twice: {twice}.")
    return Contracts({contract.name: contract for contract in contracts})
