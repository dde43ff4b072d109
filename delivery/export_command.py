"""`vitrine export`: OUT, and marts for BI, as a command."""

from datetime import datetime
from pathlib import Path

import click
import msgspec

from delivery import settings as delivery_settings
from delivery.exporting import Exported, export_day
from delivery.marts import ExportedMarts, export_marts
from ingestion import settings
from ingestion.storage import open_storage
from warehouse.cli import project_dir_option
from warehouse.project_vars import business_zone
from warehouse.text import table
from warehouse.versions import Warehouse


@click.command()
@click.option(
    "--date",
    "run_date",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The run date, which has to be the published build's.  [default: that]",
)
@click.option(
    "--out",
    "root",
    metavar="ROOT",
    help="A folder, gs://bucket/prefix or s3://bucket/prefix.  [default: VITRINE_OUT, data/out]",
)
@click.option(
    "--marts",
    "marts_folder",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False, resolve_path=True),
    help="Write all marts and aggregates as Parquet there instead, for BI.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the manifest as one JSON object.")
@project_dir_option
def export(
    run_date: datetime | None,
    root: str | None,
    marts_folder: Path | None,
    *,
    as_json: bool,
    project_dir: Path,
) -> None:
    """Write what to offer to whom (OUT) of the published build's day, for other programs.

    A folder a day, <out root>/YYYY-MM-DD, has campaign_targets, contact_suggestions,
    product_recommendations and similar_skus as Parquet, and as text (NDJSON: a JSON object a
    line). The manifest comes last: a day without one is not there. The same again changes nothing,
    and other content is a new version beside the old one, whose manifest has the next number: read
    the files that the newest manifest names. There is no personal data in OUT.

    With --marts it writes tables for tools that have no driver for DuckDB: <folder>/latest is a
    link to the newest build's, as <schema>/<table>.parquet, and is replaced in one step.

    \b
      vitrine export
      vitrine export --marts data/parquet
      vitrine export --date 2024-05-01 --out gs://shop-out/vitrine
    """  # noqa: D301 (\b is for click)
    if marts_folder is not None:
        if run_date or root:
            raise click.UsageError("--marts is of all tables: without --date and --out.")
        marts = export_marts(Warehouse(settings.warehouse_path()), marts_folder)
        click.echo(msgspec.json.encode(marts) if as_json else "\n".join(_marts_lines(marts)))
        return
    given = root.rstrip("/") if root else delivery_settings.out_root()
    storage = open_storage(given, variable="VITRINE_OUT")
    exported = export_day(
        Warehouse(settings.warehouse_path()),
        storage,
        run_date.date() if run_date else None,
        business_zone(project_dir),
    )
    if as_json:
        click.echo(msgspec.json.encode(exported.manifest))
    else:
        click.echo("\n".join(_lines(exported, storage.url)))


def _marts_lines(marts: ExportedMarts) -> list[str]:
    rows = [(one.name, f"{one.rows:,}", f"{one.bytes:,}") for one in marts.tables]
    return [
        f"{marts.path}: build {marts.build_id}",
        "",
        *table([("table", "rows", "bytes"), *rows]),
    ]


def _lines(exported: Exported, url: str) -> list[str]:
    manifest = exported.manifest
    state = "written" if exported.is_new else "as it was"
    rows = [
        (one.name, f"{one.rows:,}", f"{sum(file.bytes for file in one.files):,}")
        for one in manifest.tables
    ]
    return [
        f"{url}/{manifest.run_date}: version {manifest.version} of build {manifest.build_id}, "
        f"{state}",
        "",
        *table([("table", "rows", "bytes"), *rows]),
    ]
