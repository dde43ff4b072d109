"""`vitrine docs`: the project's documentation with its lineage, as one file."""

import tempfile
from pathlib import Path

import click

from ingestion import settings
from warehouse.cli import project_dir_option
from warehouse.errors import WarehouseError
from warehouse.versions import Warehouse
from warehouse.whole_files import write_whole


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False, resolve_path=True),
    help="Where to [default: beside the warehouse].",
)
@project_dir_option
def docs(out: Path | None, project_dir: Path) -> None:
    """Write dbt's documentation of all models, metrics and exposures as one static page.

    It is made of the project's files alone, and opens no warehouse: no row, no person and no path
    of this machine is in it, so it may be published as it is.

    \b
    Examples:
      vitrine docs
      vitrine docs --out public/index.html
    """  # noqa: D301 (\b is for click)
    from warehouse.dbt_run import DbtPlace, generate_docs  # noqa: PLC0415 - dbt: 2 s to import

    target = out or Warehouse(settings.warehouse_path()).docs
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        # Where a build is, the project must be told; nothing is built.
        files = {
            "VITRINE_BUILD": str(scratch / "vitrine.duckdb"),
            "VITRINE_BUILD_PII": str(scratch / "vitrine_pii.duckdb"),
            "VITRINE_RAW": str(scratch / "raw"),
        }
        place = DbtPlace("duckdb", scratch / "target", scratch, files, is_parsed_once=True)
        page = generate_docs(place, project_dir)
    # dbt notes of seeds where they lay.
    page = page.replace(f'"root_path": "{project_dir}"', '"root_path": null')
    if str(project_dir) in page or folder in page:
        raise WarehouseError("the page has paths of this machine in it, and was not written.")
    try:
        write_whole(target, page)
    except OSError as error:
        raise WarehouseError(f"{target}: {error.strerror or error}.") from error
    click.echo(target)
