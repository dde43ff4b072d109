"""OUT: what to offer to whom, a folder a day. A day is what its newest manifest names.

<out root>/YYYY-MM-DD/<table>-<hash>.parquet     the table's rows of that run date
<out root>/YYYY-MM-DD/<table>-<hash>.ndjson      the same, a JSON object a line
<out root>/YYYY-MM-DD/manifest-<version>.json    put last, and only if it is not there

A file is named after its content and nothing is ever replaced, so who follows one manifest reads
one version, whole, whatever is exported meanwhile; and a day without a manifest is not there.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path, PurePosixPath

import msgspec

from delivery.errors import DeliveryError
from ingestion.errors import explain
from ingestion.storage import Storage

_NAME = re.compile(r"manifest-(\d{6})\.json")
_CHUNK = 1 << 20


class OutFile(msgspec.Struct, frozen=True):
    """A file of a table."""

    name: str
    # parquet or ndjson
    format: str
    bytes: int
    sha256: str


class OutTable(msgspec.Struct, frozen=True):
    """A table of a day."""

    name: str
    rows: int
    columns: tuple[str, ...]
    files: tuple[OutFile, ...]


class Manifest(msgspec.Struct, frozen=True):
    """What a version of a day is."""

    run_date: date
    version: int
    # the build that first said so, and its "now" (UTC)
    build_id: str
    as_of: datetime
    tables: tuple[OutTable, ...]
    # None: the rows are the run date's own; else they are this day's, and stand in for it: its
    # night did not end in time
    rows_of: date | None = None


def place(run_date: date, name: str) -> PurePosixPath:
    """Say where a file of a day is kept."""
    return PurePosixPath(run_date.isoformat(), name)


def manifest_name(version: int) -> str:
    """Name a version's manifest; names sort as versions do."""
    return f"manifest-{version:06}.json"


def read_manifest(storage: Storage, run_date: date) -> Manifest | None:
    """Read a day's newest manifest, None if the day is not there.

    Raises OSError, and DeliveryError if the manifest is not one of ours.
    """
    folder = PurePosixPath(run_date.isoformat())
    kept = [one.place for one in storage.find(folder, ".json") if _NAME.fullmatch(one.place.name)]
    if not kept:
        return None
    newest = max(kept)
    try:
        return msgspec.json.decode(storage.read(newest), type=Manifest)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise DeliveryError(
            f"{storage.url}/{newest}: not a manifest of OUT: {error}. Remove it, and run "
            f"`vitrine export --date {run_date}`."
        ) from error


@contextmanager
def open_table(storage: Storage, manifest: Manifest, name: str) -> Iterator[Path]:
    """Give a table's Parquet file, as a local one whose content is what the manifest says.

    Raises DeliveryError if the manifest has no such table, or the file is another or gone.
    """
    found = [
        file
        for table in manifest.tables
        if table.name == name
        for file in table.files
        if file.format == "parquet"
    ]
    if not found:
        raise DeliveryError(f"{storage.url}/{manifest.run_date}: no table {name} in OUT; export it")
    file, where = found[0], place(manifest.run_date, found[0].name)
    advice = f"run `vitrine export --date {manifest.run_date}` into an empty folder"
    with storage.workspace() as folder:
        path = folder / file.name
        try:
            storage.fetch(where, path)
        except OSError as error:
            reason = explain(error, f"{storage.url}/{where}")
            raise DeliveryError(f"{reason} The manifest names it: {advice}.") from error
        if sha256(path) != file.sha256:
            raise DeliveryError(
                f"{storage.url}/{where}: not what its manifest says (SHA-256): {advice}."
            )
        yield path


def sha256(path: Path) -> str:
    """Hash a file's content; hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
