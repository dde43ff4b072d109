"""What a backup is: a folder, whose manifest is put there last and says what all else must be.

backups/<time>/tables/<schema>.<table>.parquet    snapshots, and the key of hashes
backups/<time>/files/<name>                       keys, journals, logs and settings
backups/<time>/raw/<place>                        the suppression list, and records of erasures
backups/<time>/manifest.json                      without it, there is no backup

The destination that these are in is a folder, gs://… or s3://…; nothing in it is ever replaced.
"""

import hashlib
from datetime import datetime
from pathlib import Path, PurePosixPath

import msgspec

from ingestion.errors import explain
from ingestion.storage import Storage
from warehouse.errors import WarehouseError

# Of manifests: a Vitrine reads those up to its own.
FORMAT = 1
MANIFEST = "manifest.json"
_FOLDER = PurePosixPath("backups")


class BackupTable(msgspec.Struct, frozen=True):
    """A table of the restricted file: what makes it, and how many rows it has."""

    schema: str
    name: str
    ddl: str
    rows: int


class BackupFile(msgspec.Struct, frozen=True):
    """A file of the backup; `table` says what it is the rows of, if it is a table's."""

    # below the backup's folder
    place: str
    bytes: int
    sha256: str
    table: BackupTable | None = None


class Manifest(msgspec.Struct, frozen=True):
    """A backup; times are UTC."""

    format: int
    # its folder's name, and when it was begun
    name: str
    made_at: datetime
    vitrine_version: str
    # the published build, and its "now"
    build_id: str
    as_of: datetime
    # tells two keys of hashes apart, and neither of them
    key_check: str
    files: tuple[BackupFile, ...]


class _Format(msgspec.Struct):
    format: int


def names(storage: Storage) -> list[str]:
    """List the backups of a destination, oldest first. Raises WarehouseError."""
    try:
        places = [kept.place for kept in storage.find(_FOLDER, MANIFEST)]
    except OSError as error:
        raise WarehouseError(explain(error, storage.url)) from error
    return sorted(place.parent.name for place in places if place.parent.parent == _FOLDER)


def place_of(name: str, place: str) -> PurePosixPath:
    """Say where a backup keeps a file."""
    return _FOLDER / name / place


def read_manifest(storage: Storage, name: str | None = None) -> Manifest:
    """Read a backup's manifest, by default the newest's.

    Raises WarehouseError if there is no such, it is damaged, or of a newer Vitrine.
    """
    found = names(storage)
    if not found:
        raise WarehouseError(
            f"{storage.url}: there is no backup here (no folder with a {MANIFEST}). Check the "
            f"path; `vitrine backup {storage.url}` makes one."
        )
    if name is not None and name not in found:
        raise WarehouseError(f"{storage.url}: no backup {name}; there are: {', '.join(found)}.")
    place = place_of(name or found[-1], MANIFEST)
    try:
        content = storage.read(place)
        written = msgspec.json.decode(content, type=_Format).format
        if written > FORMAT:
            raise WarehouseError(
                f"{storage.url}/{place}: a newer Vitrine made this backup (format {written}; this "
                f"one reads {FORMAT}). Install that version, and restore with it."
            )
        return msgspec.json.decode(content, type=Manifest)
    except OSError as error:
        raise WarehouseError(explain(error, f"{storage.url}/{place}")) from error
    except (msgspec.DecodeError, UnicodeError) as error:
        raise _damaged(storage, place, f"cannot be read ({error})") from error


def find_whole(storage: Storage, name: str) -> Manifest | None:
    """Read a backup's manifest if it can be read, and its files are there in their sizes.

    Raises OSError.
    """
    try:
        manifest = read_manifest(storage, name)
    except WarehouseError:
        return None
    sizes = {one.place: one.size_bytes for one in storage.find(_FOLDER / name, "")}
    is_whole = all(sizes.get(place_of(name, file.place)) == file.bytes for file in manifest.files)
    return manifest if is_whole else None


def fetch(storage: Storage, manifest: Manifest, folder: Path) -> None:
    """Copy a backup's files into a local folder, and hold each against the manifest.

    Raises WarehouseError, naming the first file that is missing or not what it was.
    """
    for file in manifest.files:
        place = place_of(manifest.name, file.place)
        path = folder / file.place
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            storage.fetch(place, path)
        except FileNotFoundError as error:
            raise _damaged(storage, place, "is missing") from error
        except OSError as error:
            raise WarehouseError(explain(error, f"{storage.url}/{place}")) from error
        if (size := path.stat().st_size) != file.bytes:
            raise _damaged(storage, place, f"has {size:,} bytes of {file.bytes:,}")
        if sha256(path) != file.sha256:
            raise _damaged(storage, place, "is not what was backed up (SHA-256)")


def sha256(path: Path) -> str:
    """Hash a file's content; hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def key_check(hash_key: str) -> str:
    """Give what tells two keys of hashes apart; it says nothing of the key, which is random."""
    return hashlib.sha256(b"vitrine hash key " + hash_key.encode()).hexdigest()[:16]


def _damaged(storage: Storage, place: PurePosixPath, what: str) -> WarehouseError:
    return WarehouseError(
        f"{storage.url}/{place} {what}: the backup is damaged. {_earlier(names(storage))}"
    )


def _earlier(found: list[str]) -> str:
    if len(found) < 2:
        return "Nothing was restored, and there is no other backup here."
    return f"Nothing was restored; others are here (--name): {', '.join(found[-5:])}."
