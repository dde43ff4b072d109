"""`vitrine try`: what would become of payloads, before they come."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from ingestion import contracts
from ingestion.contracts import Contracts
from ingestion.errors import LandingError, explain
from warehouse.cli import project_dir_option
from warehouse.text import table
from warehouse.trial import Payload, try_payloads


@click.command("try")
@click.argument("payloads", nargs=-1, required=True, metavar="CONTRACT=PATH…")
@click.option("--each", is_flag=True, help="Where a file holds an array, try its elements.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@project_dir_option
def try_(payloads: tuple[str, ...], *, each: bool, as_json: bool, project_dir: Path) -> None:
    """Say which payloads the models would load, and why they would reject the others.

    A PATH is a file that holds one payload, as its source sends it, or a folder of *.json files.
    They are landed and built in a warehouse of their own, which is then removed: what is published
    is not touched, and all its checks are made.

    \b
    Examples:
      vitrine try vtex.order=order.json
      vitrine try vtex.sku=examples/skus vtex.price=examples/prices
      vitrine try --each vtex.category=tree.json
      vitrine try --json vtex.order=orders | jq '.[] | select(.verdict == "rejected")'

    Exit code: 0 whatever the verdicts are; 1 if a file cannot be read, or stops the build.
    """  # noqa: D301 (\b is for click)
    known = contracts.load()
    try:
        found = [payload for one in payloads for payload in _payloads(known, one, each=each)]
        with tempfile.TemporaryDirectory(prefix="vitrine-try-") as folder:
            verdicts = try_payloads(found, project_dir, Path(folder))
    except OSError as error:
        raise LandingError(explain(error, error.filename or "payloads")) from error
    if as_json:
        click.echo(msgspec.json.encode(verdicts))
        return
    rows = [(one.contract, one.payload, one.verdict, one.reason or "") for one in verdicts]
    click.echo("\n".join(table([("contract", "payload", "verdict", "reason"), *rows], left=4)))


def _payloads(known: Contracts, given: str, *, each: bool) -> Iterator[Payload]:
    contract, separator, name = given.partition("=")
    if not separator or contract not in known.by_name:
        raise click.UsageError(
            f"{given}: give CONTRACT=PATH, with one of {', '.join(sorted(known.by_name))}."
        )
    path = Path(name)
    files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
    if not files:
        raise LandingError(f"{path}: no file in this folder ends with .json.")
    for file in files:
        content = file.read_bytes()
        elements = _elements(content) if each else None
        if elements is None:
            yield Payload(contract, str(file), content)
        else:
            for number, element in enumerate(elements):
                yield Payload(contract, f"{file}[{number}]", bytes(element))


def _elements(content: bytes) -> list[msgspec.Raw] | None:
    try:
        return msgspec.json.decode(content, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
