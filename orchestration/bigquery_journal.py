"""The journal of a night as a table of the published datasets: where a step's machine is gone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import msgspec

from orchestration.errors import NightError
from orchestration.journal import Entry, Journal
from warehouse.bigquery.connection import BigQueryTables, connect, told_in_words
from warehouse.bigquery.record import literal
from warehouse.errors import WarehouseError
from warehouse.night_views import RUN

_SCHEMA = "validation"
_TABLE = """
create table if not exists {journal} (
    -- the order in which they began, whatever clocks say
    place int64,
    night_date date,
    run_id string,
    step string,
    state string,
    started_at timestamp,
    ended_at timestamp,
    seconds float64,
    reason string,
    message string,
    build_id string,
    figures string
)
options (description = 'What night runs did: a row a run (step night), and a row a step of a run.');
create or replace view {runs} as select * except (place, step) from {journal} where step = '{run}';
create or replace view {steps} as select * except (place) from {journal} where step <> '{run}'
"""
_TIME = "%Y-%m-%d %H:%M:%E6S"


class NightTable(Journal):
    """A night's journal in BigQuery; a step of a run is one row."""

    def __init__(self, project: Path, day: date) -> None:
        """Read it; makes the table where there is none. Raises NightError."""
        with _told():
            self._bigquery = connect(project)
            self._bigquery.ensure_dataset(f"{self._bigquery.published}_{_SCHEMA}")
            self._tables = BigQueryTables(self._bigquery, self._bigquery.published)
            names = {
                "journal": self._tables.name(_SCHEMA, "night_journal"),
                "runs": self._tables.name(_SCHEMA, "night_runs"),
                "steps": self._tables.name(_SCHEMA, "night_steps"),
            }
            self._journal = names["journal"]
            self._bigquery.client.query_and_wait(_TABLE.format(**names, run=RUN))
            super().__init__(day, self._read(day))

    def is_superseded(self) -> bool:
        """Tell whether a later day's night has published; see Journal."""
        with _told():
            rows = self._tables.rows(
                f"select 1 as one from {self._journal} where night_date > date '{self._day}'"  # noqa: S608 (ours)
                " and step = 'publish' and state = 'done' limit 1"
            )
        return bool(rows)

    def _read(self, day: date) -> list[Entry]:
        times = ", ".join(
            f"format_timestamp('{_TIME}', {name}, 'UTC') as {name}"
            for name in ("started_at", "ended_at")
        )
        rows = self._tables.rows(
            f"select * replace ({times}) from {self._journal}"  # noqa: S608 (ours)
            f" where night_date = date '{day}' order by place"
        )
        return [
            msgspec.convert(row | {"figures": msgspec.json.decode(row["figures"])}, Entry)
            for row in rows
        ]

    def _keep(self, changed: list[Entry]) -> None:
        values = ", ".join(
            f"({self.entries.index(entry)}, {', '.join(_values(entry))})" for entry in changed
        )
        mine = " or ".join(
            f"(run_id = {literal(entry.run_id)} and step = {literal(entry.step)})"
            for entry in changed
        )
        with _told():
            self._bigquery.client.query_and_wait(
                f"begin transaction; delete from {self._journal} where {mine};"  # noqa: S608 (ours)
                f" insert into {self._journal} values {values}; commit transaction"
            )


def _values(entry: Entry) -> Iterator[str]:
    yield f"date '{entry.night_date}'"
    for text in (entry.run_id, entry.step, entry.state):
        yield literal(text)
    for at in (entry.started_at, entry.ended_at):
        yield f"timestamp '{at}+00'" if at else "cast(null as timestamp)"
    yield str(entry.seconds) if entry.seconds is not None else "cast(null as float64)"
    for each in (entry.reason, entry.message, entry.build_id):
        yield literal(each) if each is not None else "cast(null as string)"
    yield literal(msgspec.json.encode(entry.figures).decode())


@contextmanager
def _told() -> Iterator[None]:
    try:
        with told_in_words():
            yield
    except WarehouseError as error:
        raise NightError(f"the night's journal: {error.message}") from error
