"""`vitrine forget`: a person, wherever they are."""

import sys
from pathlib import Path
from typing import TextIO

import click
import duckdb
import msgspec
import pyarrow as pa

from ingestion import settings
from ingestion.errors import LandingError, explain
from ingestion.forgetting.erasing import TableErasure
from ingestion.forgetting.identifiers import Identifier, guess
from warehouse.cli import project_dir_option
from warehouse.errors import WarehouseError
from warehouse.forgetting import Audit, Forgetting
from warehouse.versions import Warehouse


class Outcome(msgspec.Struct):
    """What was done, or would be."""

    is_dry_run: bool
    was_forgotten: bool = False
    tables: dict[str, TableErasure] = {}
    audit: Audit | None = None


@click.command()
@click.argument("customer_id", required=False, metavar="[CUSTOMER]")
@click.option(
    "--identifier-file",
    type=click.File("r"),
    metavar="FILE",
    help="E-mails, documents, phones or ids, one a line; - is standard input.",
)
@click.option(
    "--also-search",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    help="Another file or folder that must not have the person: exports, say.",
)
@click.option("--dry-run", is_flag=True, help="Only count what would be rewritten.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object.")
@project_dir_option
def forget(  # noqa: PLR0913 (one parameter an option)
    *,
    customer_id: str | None,
    identifier_file: TextIO | None,
    also_search: tuple[Path, ...],
    dry_run: bool,
    yes: bool,
    as_json: bool,
    project_dir: Path,
) -> None:
    """Erase a person from raw, the warehouse and all that was built, and keep them out.

    CUSTOMER is a customer_id of the published warehouse. Who is not in it is named by identifiers:
    in a file or on standard input, never on the command line, which anybody can see.

    Orders stay, with their money, lines, dates, city and state; whatever tells whose they were
    becomes null, and ids become pseudonyms, the same everywhere. Message ids stay, so the ledger
    balances. The warehouse is built anew, and all older builds are removed. What is delivered or
    replayed later lands without the person: keyed hashes of the identifiers stay in
    VITRINE_RAW/suppressed/, their key beside the restricted store (VITRINE_SUPPRESSION_KEY).
    Finally every file is searched for every identifier, and an audit record without personal data
    is kept in VITRINE_RAW/suppressed/audit/.

    It cannot be undone. Killed at any instant, run it again: it completes what it has begun. No
    build runs meanwhile; landing goes on. Backups, topics, exports that were handed on and BigQuery
    are not reached: see docs/operations.md.

    \b
    Examples:
      vitrine forget 33b6b8ac-1261-a8ad-bb94-1c91d578da63 --dry-run
      vitrine forget 33b6b8ac-1261-a8ad-bb94-1c91d578da63
      vitrine forget --identifier-file - --dry-run < request.txt
      vitrine forget --identifier-file - --yes < request.txt
      vitrine forget --identifier-file request.txt --yes --json | jq .audit.proof

    Exit code: 0 if the person is forgotten, now or before; 1 if not, or if a file still has them
    (it is named); 2 if the command makes no sense.
    """  # noqa: D301 (\b is for click)
    if (customer_id is None) == (identifier_file is None):
        raise click.UsageError("Say who: CUSTOMER, or --identifier-file.")
    if identifier_file and identifier_file.name == "<stdin>" and not (yes or dry_run):
        raise click.UsageError("Standard input cannot answer a question, too: add --yes.")
    pa.set_memory_pool(pa.system_memory_pool())
    raw_root = settings.raw_root()
    forgetting = Forgetting(Warehouse(settings.warehouse_path()), raw_root, [*also_search])
    try:
        outcome = _forget(
            forgetting,
            customer_id,
            identifier_file,
            project_dir,
            is_dry_run=dry_run,
            asks=not yes,
        )
    except OSError as error:
        raise LandingError(
            f"{explain(error, Path(error.filename or raw_root))} Run it again to go on."
        ) from error
    except (duckdb.Error, pa.ArrowException) as error:
        raise LandingError(f"{error} Run it again to go on.") from error
    if as_json:
        click.echo(msgspec.json.encode(outcome))
    else:
        click.echo("\n".join(_lines(outcome)))
    if outcome.audit and outcome.audit.proof.found_in:
        names = "\n  ".join(outcome.audit.proof.found_in)
        raise WarehouseError(
            f"the person is still in these:\n  {names}\nRemove or mend what is not Vitrine's own, "
            "and run it again."
        )


def _forget(  # noqa: PLR0913 (two of them are flags)
    forgetting: Forgetting,
    customer_id: str | None,
    identifier_file: TextIO | None,
    project: Path,
    *,
    is_dry_run: bool,
    asks: bool,
) -> Outcome:
    unfinished = forgetting.unfinished()
    if unfinished and not is_dry_run:
        _tell("completing the run that was begun before")
        audit = forgetting.complete(unfinished, project, _tell)
        if audit.proof.found_in:
            return Outcome(is_dry_run=False, tables=audit.tables, audit=audit)
    if customer_id is not None:
        if forgetting.was_forgotten(customer_id):
            return Outcome(is_dry_run=is_dry_run, was_forgotten=True)
        identifiers = forgetting.identifiers_of(customer_id)
    else:
        assert identifier_file is not None  # noqa: S101 (one of them is given)
        identifiers = forgetting.with_own_ids(_read(identifier_file))
    if is_dry_run:
        return Outcome(is_dry_run=True, tables=forgetting.count(identifiers))
    if asks:
        click.echo("\n".join(_table_lines(forgetting.count(identifiers))), err=True)
        click.confirm("Forget this person? It cannot be undone.", abort=True, err=True)
    audit = forgetting.complete(forgetting.begin(identifiers), project, _tell)
    return Outcome(is_dry_run=False, tables=audit.tables, audit=audit)


def _read(file: TextIO) -> list[Identifier]:
    """Read identifiers, one a line; raises LandingError."""
    found = [one for line in file if line.strip() for one in guess(line)]
    if not found:
        raise LandingError("there is no identifier in the file.")
    return found


def _tell(what: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"{what} …", err=True)


def _lines(outcome: Outcome) -> list[str]:
    """Tell it to a person."""
    if outcome.was_forgotten:
        return ["This customer was forgotten before; nothing is to be done."]
    lines = _table_lines(outcome.tables)
    if audit := outcome.audit:
        proof = audit.proof
        lines.append(f"Searched {proof.files:,} files, {proof.bytes / 1e6:,.1f} MB.")
        if not proof.found_in:
            lines.append(f"Forgotten. The record: suppressed/audit/{audit.run_id}.json in raw.")
    return lines


def _table_lines(tables: dict[str, TableErasure]) -> list[str]:
    if not tables:
        return ["No message in raw has the person."]
    width = max(len("contract"), *map(len, tables))
    lines = [f"{'contract':{width}}  {'messages':>10}  {'files':>7}"]
    lines += [
        f"{name:{width}}  {one.messages:>10,}  {one.files:>7,}" for name, one in tables.items()
    ]
    return lines
