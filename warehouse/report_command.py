"""`vitrine report`: the page that a build leaves beside the warehouse, written again."""

from pathlib import Path

import click

from ingestion import settings
from warehouse.report.writing import write_report
from warehouse.versions import Warehouse


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False, resolve_path=True),
    help="Where to [default: beside the warehouse].",
)
def report(out: Path | None) -> None:
    """Write the report of what is published: one page for the browser, whole in itself.

    Sales, ledger, reconciliation, freshness, late arrivals and run times; every figure is a query
    on the published file. `vitrine build` leaves it beside the warehouse.

    \b
    Examples:
      vitrine report
      vitrine report --out reports/today.html
    """  # noqa: D301 (\b is for click)
    click.echo(write_report(Warehouse(settings.warehouse_path()), out))
