"""Writing the report of a published build."""

from collections.abc import Callable
from pathlib import Path

import click
import duckdb

from warehouse.errors import WarehouseError, told_by_duckdb
from warehouse.record import BuildRecord, read_record
from warehouse.report.page import render
from warehouse.report.parts import Facts, Section
from warehouse.report.sales import sales
from warehouse.report.times import freshness, late_arrivals, run_times
from warehouse.report.trust import ledger, reconciliation
from warehouse.versions import Warehouse
from warehouse.whole_files import write_whole

_SECTIONS: tuple[tuple[str, Callable[[Facts], Section]], ...] = (
    ("Sales", sales),
    ("Ledger", ledger),
    ("Reconciliation", reconciliation),
    ("Freshness", freshness),
    ("Late arrivals", late_arrivals),
    ("Run times", run_times),
)


def write_report(warehouse: Warehouse, path: Path | None = None) -> Path:
    """Write the page of the published build, beside it or to `path`, in one step; gives its path.

    Raises WarehouseError if nothing is published, it cannot be read, or the page not be written.
    """
    published = warehouse.published_file()
    target = path or warehouse.report
    try:
        page = _page(warehouse, published)
        write_whole(target, page)
    except duckdb.Error as error:
        raise WarehouseError(told_by_duckdb(error)) from error
    except OSError as error:
        raise WarehouseError(f"{target}: {error.strerror or error}.") from error
    return target


def report_beside(warehouse: Warehouse) -> None:
    """Write the page of what has just been published, which it is whether or not this succeeds."""
    try:
        write_report(warehouse)
    except Exception as error:  # Whatever it is, it must not undo the build.
        told = error.message if isinstance(error, click.ClickException) else repr(error)
        click.echo(f"Published, but its report could not be written: {told}", err=True)


def _page(warehouse: Warehouse, published: Path) -> str:
    with duckdb.connect(published, read_only=True) as connection:
        build = read_record(connection)
        facts = Facts(connection, build.as_of, [build, *_earlier(warehouse, build.build_id)])
        return render(build, _sections(facts))


def _sections(facts: Facts) -> list[Section]:
    if not facts.rows("select 1 from validation.message_ledger limit 1"):
        nothing = "No message has landed yet. Land some with `vitrine land`, then `vitrine build`."
        return [Section("empty", "The warehouse is empty", [nothing])]
    return [_section(title, of_facts, facts) for title, of_facts in _SECTIONS]


def _section(title: str, of_facts: Callable[[Facts], Section], facts: Facts) -> Section:
    """Write a section; of tables and columns that this build does not have, say so."""
    try:
        return of_facts(facts)
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        missing = str(error).partition("\n")[0]
        return Section(of_facts.__name__, title, [f"This build cannot tell. {missing}"])


def _earlier(warehouse: Warehouse, published: str) -> list[BuildRecord]:
    """Read what kept builds say of themselves, the newest first."""
    found = []
    for build_id in reversed(warehouse.build_ids()):
        if build_id < published and warehouse.is_complete(build_id):
            with duckdb.connect(warehouse.version(build_id), read_only=True) as connection:
                found.append(read_record(connection))
    return found
