"""`make new-contract`: add a contract to landing, staging, the ledger and the known fields."""

import os
from pathlib import Path

import click

from ingestion.errors import explain
from scaffold.contract import NewContract, ScaffoldError, described
from scaffold.files import texts

_CHECKOUT = Path(__file__).resolve().parent.parent


@click.command()
@click.argument("name")
@click.option("--plural", default="", help="What several of them are called.")
@click.option("--id", "id_path", default="id", show_default=True, help="Path of what names one.")
@click.option(
    "--time",
    "time_path",
    default="timestamp",
    show_default=True,
    help="Path of a document's own time; empty if it has none.",
)
@click.option("--key", default="", help="A top-level key that only its payloads have.")
@click.option("--fields", default="", help="More columns, as name:type[:path[:personal]] each.")
@click.option(
    "--project-dir",
    envvar="DBT_PROJECT_DIR",
    type=click.Path(path_type=Path, exists=True, file_okay=False, resolve_path=True),
    default=_CHECKOUT,
    help="The dbt project.",
)
def main(  # noqa: PLR0913 - one parameter an option
    *,
    name: str,
    plural: str,
    id_path: str,
    time_path: str,
    key: str,
    fields: str,
    project_dir: Path,
) -> None:
    """Add the contract NAME, as in marketing.survey: all of it, or nothing with a reason.

    Exit code: 0 if it was added; 1 if it exists, or cannot be.
    """
    contract = described(
        name,
        plural=plural,
        id_path=id_path,
        time_path=time_path,
        key=key,
        fields=fields.split(),
    )
    try:
        files = texts(contract, project_dir)
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    except OSError as error:
        raise ScaffoldError(explain(error, error.filename or project_dir)) from error
    click.echo(_told(contract, list(files)))


def _told(contract: NewContract, files: list[Path]) -> str:
    """Say what was written, and what to do next."""
    written = "\n".join(f"  {os.path.relpath(path)}" for path in files)
    return f"""\
{contract.name} lands in {contract.table} and is staged by {contract.model}. Written:
{written}

Next (`vitrine` is in .venv/bin):
  1. Say in {os.path.relpath(files[1])} what the columns mean.
  2. vitrine try {contract.name}=payload.json: would a payload of yours load? If not, why not?
  3. make lint test-models, and on BigQuery's language: make googlesql MODEL={contract.model}
  4. vitrine land --contract {contract.name} payloads.ndjson, then vitrine build: the ledger, the
     rejected messages and the audit know it. A model over {contract.model} is yours to write."""


if __name__ == "__main__":
    main(prog_name="make new-contract")
