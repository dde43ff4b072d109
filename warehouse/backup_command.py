"""`vitrine backup` and `vitrine restore`: what raw cannot give back, kept elsewhere."""

from datetime import datetime
from pathlib import Path

import click
import msgspec

from ingestion import settings
from ingestion.command_options import UTC_TIME
from ingestion.storage import open_storage
from warehouse.backing_up import back_up
from warehouse.backups import Manifest
from warehouse.cli import project_dir_option
from warehouse.restoring import check, fetched
from warehouse.restoring import restore as restore_backup
from warehouse.text import report_lines, table
from warehouse.versions import Warehouse

_as_json = click.option("--json", "as_json", is_flag=True, help="Print it as one JSON object.")


@click.command()
@click.argument("destination")
@_as_json
def backup(*, destination: str, as_json: bool) -> None:
    """Back up what raw cannot give back to DESTINATION, a folder or gs://… or s3://… address.

    Snapshots, who was suggested to be contacted, and the key of hashes, of the published build; the
    suppression list and its key; the journal of deliveries; the sellers' audit; the files of
    settings. Not raw: copy that with the means of its disk or bucket. Whoever can read a backup can
    read all of these: keep it as you keep the restricted file.

    A backup is complete or not there. If nothing has changed since the newest, none is made. It
    takes no lock: run it after each night's build.

    \b
    Examples:
      vitrine backup /mnt/backup/vitrine
      vitrine backup gs://shop-backup/vitrine --json
    """  # noqa: D301 (\b is for click)
    done = back_up(
        Warehouse(settings.warehouse_path()),
        settings.raw_root(),
        open_storage(destination, "DESTINATION"),
    )
    if as_json:
        click.echo(msgspec.json.encode({"is_new": done.is_new, "backup": done.manifest}))
        return
    if not done.is_new:
        click.echo(f"Nothing has changed since backup {done.manifest.name}.")
        return
    click.echo("\n".join([f"Backed up as {done.manifest.name}:", "", *_lines(done.manifest)]))


@click.command()
@click.argument("source")
@click.option("--name", help="Which backup of SOURCE (default: the newest).")
@click.option("--as-of", type=UTC_TIME, help='The "now" of the build (default: the backup\'s).')
@click.option(
    "--replace",
    "may_replace",
    is_flag=True,
    help="Also where a warehouse is published: its snapshots become the backup's.",
)
@click.option(
    "--check", "is_check", is_flag=True, help="Only verify the backup, and that it could be."
)
@_as_json
@project_dir_option
def restore(  # noqa: PLR0913 (one parameter an option)
    *,
    source: str,
    name: str | None,
    as_of: datetime | None,
    may_replace: bool,
    is_check: bool,
    as_json: bool,
    project_dir: Path,
) -> None:
    """Restore a warehouse from raw (VITRINE_RAW) and a backup in SOURCE.

    The backup is verified first, every file by its checksum. Then its files are put into their
    places, where nothing is ever replaced; and the warehouse is built from all of raw, with the
    backup's snapshots and key, as of the build that was backed up, audited and published. Killed or
    failed, run it again.

    \b
    Examples:
      vitrine restore /mnt/backup/vitrine --check
      vitrine restore /mnt/backup/vitrine
      vitrine restore gs://shop-backup/vitrine --name 20240601T060000000000Z
    """  # noqa: D301 (\b is for click)
    warehouse = Warehouse(settings.warehouse_path())
    with fetched(open_storage(source, "SOURCE"), name, warehouse) as found:
        if is_check:
            placed = check(found, warehouse, may_replace=may_replace)
            _print_checked(found.manifest, [kept.name for kept in placed], as_json=as_json)
            return
        from warehouse.dbt_run import DbtOptions  # noqa: PLC0415 - dbt: 2 s to import

        options = DbtOptions(
            project=project_dir,
            raw_root=settings.raw_root(),
            full_refresh=True,
            as_of=as_of or found.manifest.as_of,
            is_silent=as_json,
        )
        report = restore_backup(found, warehouse, options, may_replace=may_replace)
    if as_json:
        click.echo(msgspec.json.encode({"backup": found.manifest.name, "build": report.build}))
        return
    click.echo("\n".join([f"Restored backup {found.manifest.name}.", *report_lines(report)]))


def _print_checked(manifest: Manifest, placed: list[str], *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode({"backup": manifest, "would_place": placed}))
        return
    files = f"It would put {', '.join(placed)} into place" if placed else "Its files are in place"
    title = f"Backup {manifest.name} is whole. {files}, and build the warehouse."
    click.echo("\n".join([title, "", *_lines(manifest)]))


def _lines(manifest: Manifest) -> list[str]:
    rows = [
        (file.place, f"{file.table.rows:,}" if file.table else "", f"{file.bytes:,}")
        for file in manifest.files
    ]
    return table([("file", "rows", "bytes"), *rows])
