"""The ids of who is known by e-mail, document or phone: those of the documents that have these."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ingestion.contracts import Contracts
from ingestion.folding import read_rows
from ingestion.forgetting.identifiers import Identifier, Key, normal_forms
from ingestion.forgetting.matching import Matcher
from ingestion.forgetting.scrubbing import Scrubber
from ingestion.snapshots import local_copy, read_raw_files
from ingestion.storage import Storage

# Where documents that name a person by something else have the person's ids.
_IDS = {
    "vtex.client": [("id", "client_id"), ("userId", "profile_id")],
    "pos.customer": [("novo_cliente.id", "till_customer_id")],
    "pos.receipt": [("cupom.cliente.id", "till_customer_id")],
}


def with_own_ids(
    storage: Storage, known: Contracts, key: Key, given: list[Identifier]
) -> list[Identifier]:
    """Add the ids that raw documents give to who has these identifiers. Raises OSError."""
    found = dict.fromkeys(given)
    while True:
        before = len(found)
        normals = [normal for one in found for normal in normal_forms(one)]
        scrubber = Scrubber(Matcher(key, [key.hashes(normals)]))
        for contract in _IDS.keys() & known.by_name.keys():
            for payload in _payloads(storage, known.by_name[contract].table):
                if scrubber.is_theirs(payload, contract):
                    found |= dict.fromkeys(_ids(payload, contract))
        if len(found) == before:
            return [*found]


def _payloads(storage: Storage, table: str) -> Iterator[str]:
    with storage.workspace() as scratch:
        for place in read_raw_files(storage, table).places:
            yield from _of_file(local_copy(storage, place, scratch))


def _of_file(file: Path) -> Iterator[str]:
    for rows in read_rows(file):
        payloads: list[Any] = rows["data"].to_pylist()
        yield from payloads


def _ids(payload: str, contract: str) -> Iterator[Identifier]:
    for path, id_type in _IDS[contract]:
        value: Any = msgspec.json.decode(payload)
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, str | int) and str(value).strip():
            yield Identifier(id_type, str(value))
