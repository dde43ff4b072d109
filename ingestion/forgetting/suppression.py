"""The suppression list: whoever was forgotten stays so, whatever is delivered or replayed later.

<raw root>/suppressed/list/<run>.json    keyed hashes of identifiers, a file a run of `forget`

The key is not in the raw layer but beside the restricted store: without it nobody can tell from the
list who was forgotten. Every lander looks at the list, and lands what is left of a payload.
"""

import os
import re
import secrets
import time
from pathlib import PurePosixPath
from typing import Any

import msgspec
import pyarrow as pa

from ingestion import settings
from ingestion.errors import LandingError, explain
from ingestion.forgetting.identifiers import Hashes, Key
from ingestion.forgetting.matching import Matcher
from ingestion.forgetting.scrubbing import Scrubber
from ingestion.storage import Root, Storage, open_storage

# Under the raw root.
SUPPRESSED = PurePosixPath("suppressed")
LIST = SUPPRESSED / "list"
# How old a lander's knowledge of the list may be.
REFRESH_SECONDS = 5.0
_SUFFIX = ".json"
_SECRET = re.compile(r"[0-9a-f]{64}")


class Suppression:
    """Scrubs what is about to be landed; costs nothing while nobody was forgotten."""

    def __init__(self, root: Root) -> None:
        self._storage = open_storage(root)
        self._places: list[PurePosixPath] = []
        self._scrubber: Scrubber | None = None
        self._looked_at: float | None = None

    def scrub(self, contract: str | None, messages: pa.Table) -> pa.Table:
        """Give messages of one contract as they may be landed. Raises OSError and LandingError."""
        self._refresh()
        if self._scrubber is None:
            return messages
        return scrubbed(self._scrubber, contract, messages)

    def _refresh(self) -> None:
        now = time.monotonic()
        if self._looked_at is not None and now - self._looked_at < REFRESH_SECONDS:
            return
        places = [kept.place for kept in self._storage.find(LIST, _SUFFIX)]
        if places != self._places:
            self._scrubber = Scrubber(Matcher(find_key(), read_lists(self._storage)))
            self._places = places
        self._looked_at = now


def scrubbed(scrubber: Scrubber, contract: str | None, messages: pa.Table) -> pa.Table:
    """Scrub payloads and attributes of messages; None: they are dead letters."""
    for name in ("data", "attributes"):
        place = messages.schema.get_field_index(name)
        field = messages.schema.field(place)
        before: list[Any] = messages[name].to_pylist()
        after: list[Any]
        if name == "attributes":
            after = [scrubber.scrub_attributes(one) for one in before]
        elif pa.types.is_binary(field.type):
            after = [scrubber.scrub_bytes(one) for one in before]
        else:
            after = [scrubber.scrub(one, contract) for one in before]
        if after != before:
            messages = messages.set_column(place, field, pa.array(after, field.type))
    return messages


def read_lists(storage: Storage) -> list[Hashes]:
    """Read all that is suppressed; raises OSError, and LandingError for lists of another key."""
    lists = [
        msgspec.json.decode(storage.read(kept.place), type=Hashes)
        for kept in storage.find(LIST, _SUFFIX)
    ]
    if lists and (key := find_key()).check not in {one.key for one in lists}:
        raise LandingError(
            f"the suppression list of {storage.url} was made with another key than "
            f"{settings.suppression_key_path()} has (its check is {key.check[:8]}); bring the "
            "right one, or set VITRINE_SUPPRESSION_KEY to its path."
        )
    return lists


def add_list(storage: Storage, run_id: str, hashes: Hashes) -> None:
    """Add a run's hashes to what is suppressed, durably, unless all are there. Raises OSError."""
    known: dict[str, set[str]] = {}
    for one in read_lists(storage):
        for kind, found in one.by_kind.items():
            known.setdefault(kind, set()).update(found)
    if all(known.get(kind, set()).issuperset(found) for kind, found in hashes.by_kind.items()):
        return
    put(storage, LIST / f"{run_id}{_SUFFIX}", msgspec.json.encode(hashes))


def put(storage: Storage, place: PurePosixPath, content: bytes) -> None:
    """Put a small file into its place, durably, unless it is there. Raises OSError."""
    with storage.workspace() as folder:
        file = folder / "file"
        file.write_bytes(content)
        try:
            storage.create(place, file)
        except FileExistsError:
            return


def find_key() -> Key:
    """Read the key of the list; raises LandingError if there is none."""
    path = settings.suppression_key_path()
    try:
        secret = path.read_text().strip()
    except OSError as error:
        raise LandingError(
            f"people were forgotten in this raw layer, and the key of its suppression list is "
            f"missing: {explain(error, path)} Copy it there from where `vitrine forget` was run, "
            "or set VITRINE_SUPPRESSION_KEY to its path."
        ) from error
    if not _SECRET.fullmatch(secret):
        raise LandingError(f"{path}: not a key of a suppression list (64 hexadecimal digits).")
    return Key(bytes.fromhex(secret))


def ensure_key(storage: Storage) -> Key:
    """Read the key, or make one where nothing was ever suppressed. Raises LandingError, OSError."""
    path = settings.suppression_key_path()
    if not path.exists() and not any(storage.find(LIST, _SUFFIX)):
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        handle = os.open(aside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    return find_key()
