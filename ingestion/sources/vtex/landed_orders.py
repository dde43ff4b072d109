"""Which orders are in the raw layer, and how new they are there."""

from datetime import UTC, datetime
from typing import NamedTuple

import duckdb

from ingestion.snapshots import read_raw_files
from ingestion.storage import Storage

_ORDERS = """
    with messages as (
        select
            -- try(): whatever is no JSON is no order.
            try(json_extract_string(data, ['$.orderId', '$.status'])) as fields,
            event_at,
            publish_time
        from read_parquet(?, hive_partitioning = false, union_by_name = true)
        where event_at >= ?
    )

    select fields[1], arg_max(fields[2], (event_at, publish_time)), max(event_at)
    from messages
    where fields[1] is not null
    group by 1
"""


class Landed(NamedTuple):
    """The newest landed version of an order: its status, and its own change time (aware)."""

    status: str | None
    changed_at: datetime


def read(raw: Storage, since_ms: int) -> dict[str, Landed]:
    """Read the newest landed version of orders changed since (milliseconds since 1970), by id.

    Raises OSError, duckdb.Error if the raw layer cannot be read.
    """
    files = read_raw_files(raw, "vtex_orders")
    places = [one.place for one in files.snapshot.compacted] + [one.place for one in files.landed]
    if not places:
        return {}
    since = datetime.fromtimestamp(since_ms / 1000, UTC)
    with duckdb.connect(config={"threads": 2}) as connection:
        raw.register(connection)
        connection.execute("set timezone = 'UTC'")
        paths = [f"{raw.url}/{place}" for place in places]
        rows = connection.execute(_ORDERS, [paths, since]).fetchall()
    return {order_id: Landed(status, changed_at) for order_id, status, changed_at in rows}
