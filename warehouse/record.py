"""What a warehouse says of its own making.

`validation.published_build` says it in one row; `validation.build_steps` has a row for each model,
seed, snapshot and test of the build, and the seconds that it took.
"""

from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

import duckdb
import msgspec

from warehouse.ledger import LedgerTotals
from warehouse.versions import build_time

if TYPE_CHECKING:  # dbt: 2 s to import, and `vitrine status` has no need of it
    from collections.abc import Sequence

    from warehouse.dbt_run import DbtOptions, DbtRun, Step

# schema, name
RECORD_TABLE = ("validation", "published_build")


class BuildRecord(msgspec.Struct):
    """One build; times are UTC."""

    build_id: str
    # the "now" of every model
    as_of: datetime
    started_at: datetime
    finished_at: datetime
    is_full_refresh: bool
    dbt_version: str
    # messages in the ledger, each once
    landed: int


def record_of(
    build_id: str, run: "DbtRun", options: "DbtOptions", ledger: list[LedgerTotals]
) -> BuildRecord:
    """Make the record of a build that has passed its audit just now."""
    return BuildRecord(
        build_id=build_id,
        as_of=run.as_of,
        started_at=build_time(build_id),
        finished_at=datetime.now(UTC),
        is_full_refresh=options.full_refresh,
        dbt_version=version("dbt-core"),
        landed=sum(contract.landed for contract in ledger),
    )


class BuildReport(msgspec.Struct):
    """What was published."""

    build: BuildRecord
    seconds: float
    # the file, or the datasets
    path: str
    # rows, by schema.table
    tables: dict[str, int]
    ledger: list[LedgerTotals]


def write_record(connection: duckdb.DuckDBPyConnection, record: BuildRecord) -> None:
    """Put the record into the build's own file, in place of the one that came with the copy."""
    connection.execute(
        """
        create or replace table validation.published_build (
            build_id varchar not null,
            as_of timestamp not null,
            started_at timestamp not null,
            finished_at timestamp not null,
            is_full_refresh boolean not null,
            dbt_version varchar not null,
            landed bigint not null
        )
        """
    )
    values = [
        value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value
        for value in msgspec.structs.astuple(record)
    ]
    connection.execute(
        "insert into validation.published_build values (?, ?, ?, ?, ?, ?, ?)", values
    )


def write_steps(connection: duckdb.DuckDBPyConnection, steps: "Sequence[Step]") -> None:
    """Put what each node of the build took into the build's own file."""
    connection.execute(
        """
        create or replace table validation.build_steps (
            kind varchar not null,
            schema_name varchar not null,
            step varchar not null,
            seconds double not null
        )
        """
    )
    connection.execute(
        "insert into validation.build_steps select unnest(?::varchar[]), unnest(?::varchar[]),"
        " unnest(?::varchar[]), unnest(?::double[])",
        [
            [step.kind for step in steps],
            [step.schema for step in steps],
            [step.name for step in steps],
            [step.seconds for step in steps],
        ],
    )


def read_record(connection: duckdb.DuckDBPyConnection) -> BuildRecord:
    """Read the record of an opened warehouse."""
    result = connection.execute("from validation.published_build")
    names = [column[0] for column in result.description]
    values = [
        value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
        for value in result.fetchone() or ()
    ]
    return msgspec.convert(dict(zip(names, values, strict=True)), BuildRecord)
