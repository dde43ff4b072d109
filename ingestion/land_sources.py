"""Landing all that somebody names: files, folders and subscriptions, with one account of it."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import click

from ingestion import contracts, journal
from ingestion.account import Account, InputAccount
from ingestion.contracts import Contract
from ingestion.errors import LandingError, explain
from ingestion.landing import Landing, Progress
from ingestion.raw_layer import ensure_raw
from ingestion.sources import files
from ingestion.storage import Root, open_storage

PUBSUB = "pubsub:"


class Reception(NamedTuple):
    """How subscriptions are received; see `vitrine land`."""

    is_until_empty: bool = False
    flush_seconds: float = 10.0
    flush_rows: int = 100_000
    budget_bytes: int = 48 << 20


def land_sources(
    raw_root: Root,
    sources: Sequence[str],
    reception: Reception,
    contract: Contract | None = None,
) -> Account:
    """Land paths, and `pubsub:projects/P/subscriptions/S`.

    What cannot be landed is in the account; all else is landed. Raises LandingError if the raw
    layer itself cannot be written.
    """
    landing = Landing(raw_root, contracts.load(), contract)
    ensure_raw(raw_root)
    journal.recover(raw_root)
    account = Account()
    subscriptions = [source for source in sources if source.startswith(PUBSUB)]
    for source in sources:
        if source not in subscriptions:
            account.inputs.extend(_land(landing, Path(source)))
    if subscriptions:
        # Half a second to import, for who needs it.
        from ingestion.land_subscriptions import land_subscriptions  # noqa: PLC0415
        from ingestion.receiving import options  # noqa: PLC0415

        storage = open_storage(str(raw_root))
        account.inputs.extend(land_subscriptions(storage, subscriptions, options(*reception)))
    return account


def _land(landing: Landing, path: Path) -> Iterator[InputAccount]:
    """Land a file, or all files of a folder; what cannot be landed is in the account."""
    try:
        found = files.find(path)
    except OSError as error:
        yield InputAccount(str(path), error=explain(error, path))
        return
    except LandingError as error:
        yield InputAccount(str(path), error=error.message)
        return
    for file in found:
        try:
            with _progress_bar(file) as progress:
                yield landing.land(file, progress)
        except LandingError as error:
            yield InputAccount(str(file), error=error.message)


@contextmanager
def _progress_bar(path: Path) -> Iterator[Progress]:
    """Show a bar over the bytes of a file; only on a terminal, and only for regular files."""
    if not sys.stderr.isatty() or not path.is_file():
        yield lambda _: None
        return
    with click.progressbar(length=path.stat().st_size, label=path.name, file=sys.stderr) as bar:
        yield lambda position_bytes: bar.update(position_bytes - bar.pos)
