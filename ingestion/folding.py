"""Rows of the raw layer in an order of their own, the copies of a message folded into one row.

Any number of rows of any size, in bounded memory: they are cut by their order into buckets, which
go through a scratch folder, and each bucket is sorted in memory.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import accumulate, chain
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion import engine, raw_layer

# In memory. A bucket is greater only where the copies of one message are.
BUCKET_BYTES = 4 << 20
_READ_BYTES = 1 << 20
_KEYS = 8192
# Beside payload and attributes, about.
_ROW_BYTES = 200

# What may differ between the copies of one message.
_OF_COPY = ["subscription_name", "publish_time", "attributes", "landed_at"]


class Order(NamedTuple):
    """How messages are sorted: by a text, then a timestamp (SQL over raw columns), then the id."""

    partition: str
    time: str
    # which rows there are at all (SQL)
    where: str = "true"
    # whether the SQL has anything to do with payloads
    reads_data: bool = False


def compacted_schema(table: str) -> pa.Schema:
    """Give the columns of folded rows, and so of a raw table's compacted files: one row a message.

    The raw columns are those of its first copy, `copies` are the others, `copy_count` counts all.
    """
    raw = raw_layer.schema(table)
    copy = pa.struct([raw.field(name) for name in _OF_COPY])
    folded = [pa.field("copy_count", pa.int32()), pa.field("copies", pa.list_(copy))]
    return pa.schema([*raw, *folded])


def fold(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    files: list[Path],
    order: Order,
    scratch: Path,
) -> Iterator[tuple[str, pa.Table]]:
    """Give the messages of a raw table's files, landed or compacted, in order and folded.

    Each table has its partition, the columns of `compacted_schema`, and about BUCKET_BYTES at most.
    The connection spills somewhere, and has no table named keys. Raises OSError, pa.ArrowException
    and duckdb.Error.
    """
    whole, bounds = _one_bucket(connection, _keyed(connection, files, order))
    schema = compacted_schema(table)
    buckets = _buckets(_keyed(connection, files, order), bounds, scratch) if bounds else whole
    for bucket in buckets:
        folded = _folded(bucket)
        first = 0
        runs: Any = folded["partition"].value_counts()
        for counted in runs.to_pylist():
            messages = folded.slice(first, counted["counts"]).select(schema.names)
            yield counted["values"], messages
            first += messages.num_rows


def read_parquet(files: list[Path]) -> str:
    """Give the SQL that reads files."""
    return f"read_parquet([{_quoted(files)}], hive_partitioning = false)"


def of_copies_sql(files: list[str], with_copies: list[str]) -> str:
    """Select the narrow raw columns, and the file, of all rows that files stand for.

    Files are paths or URLs, of those some have copies in them.
    """
    copies = ", ".join(name for name in _OF_COPY if name != "attributes")
    narrow = f"message_id, event_at, {copies}, filename"
    read = "read_parquet([{}], hive_partitioning = false, filename = true)"
    sql = f"select {narrow} from {read.format(_quoted(files))}"  # noqa: S608 (our own names)
    if with_copies:
        sql += (
            f" union all select {narrow} from (select message_id, event_at, filename,"  # noqa: S608 (ours)
            f" unnest(copies, max_depth := 2) from {read.format(_quoted(with_copies))}"
            " where copy_count > 1)"
        )
    return sql


def read_rows(file: Path) -> Iterator[pa.Table]:
    """Read a landed or compacted file as rows were landed, a few MB at a time."""
    with pq.ParquetFile(file) as parquet:
        for number in range(parquet.num_row_groups):
            group = parquet.metadata.row_group(number)
            row_bytes = group.total_byte_size // max(group.num_rows, 1) + 1
            for batch in parquet.iter_batches(
                max(_READ_BYTES // row_bytes, 1), row_groups=[number], use_threads=False
            ):
                yield _unfolded(pa.Table.from_batches([batch]))


def _unfolded(messages: pa.Table) -> pa.Table:
    """Make rows of messages: a row a copy."""
    if "copies" not in messages.column_names:
        return messages
    raw = messages.drop_columns(["copy_count", "copies"])
    copies: Any = messages["copies"].combine_chunks()
    others = raw.take(pc.list_parent_indices(copies))
    flat = copies.flatten()
    for name in _OF_COPY:
        place = raw.schema.get_field_index(name)
        others = others.set_column(place, raw.schema.field(name), pc.struct_field(flat, name))
    return pa.concat_tables([raw, others])


def _keyed(
    connection: duckdb.DuckDBPyConnection, files: list[Path], order: Order
) -> Iterator[pa.Table]:
    """Read rows with `partition`, and `sort_key`, a text that sorts as the order says."""
    # Eighteen digits have room for the years 1 to 9999, and sort as numbers do.
    time = f"lpad((epoch_us({order.time}) + 100000000000000000)::varchar, 18, '0')"
    keys = (
        f"select {order.partition} as partition, partition || '/' || {time} || message_id"  # noqa: S608 (ours)
        f" as sort_key, {order.where} as is_wanted from batch"
    )
    for file in files:
        for rows in read_rows(file):
            narrow = rows if order.reads_data else rows.drop_columns(["data", "attributes"])
            partition, sort_key, is_wanted = engine.query(connection, keys, narrow).columns
            keyed = rows.append_column("partition", partition).append_column("sort_key", sort_key)
            yield keyed.filter(is_wanted)


def _one_bucket(
    connection: duckdb.DuckDBPyConnection, keyed: Iterator[pa.Table]
) -> tuple[list[pa.Table], list[str]]:
    """Give the rows as one bucket or, where they are too many, the bounds of several.

    Most often they are one, and need not be read again.
    """
    kept: list[pa.Table] = []
    total = 0
    for rows in keyed:
        total += pc.sum(_sizes(rows)).as_py() or 0
        kept.append(rows)
        if total > BUCKET_BYTES:
            return [], _bounds(connection, chain(_emptied(kept), keyed))
    tables = [rows for rows in kept if rows.num_rows]
    return ([pa.concat_tables(tables)] if tables else []), []


def _emptied(tables: list[pa.Table]) -> Iterator[pa.Table]:
    """Give tables one by one, and let go of them."""
    while tables:
        yield tables.pop()


def _sizes(rows: pa.Table) -> Any:  # noqa: ANN401 (an array of numbers)
    lengths = pc.add(pc.binary_length(rows["data"]), pc.binary_length(rows["attributes"]))
    return pc.add(lengths, _ROW_BYTES)


def _bounds(connection: duckdb.DuckDBPyConnection, keyed: Iterator[pa.Table]) -> list[str]:
    """Find the sort keys at which a new bucket begins, of rows that are too many for one."""
    connection.execute("create temp table keys (sort_key varchar, size_bytes bigint)")
    for rows in keyed:
        batch = pa.table({"sort_key": rows["sort_key"], "size_bytes": _sizes(rows)})
        connection.register("batch", batch)
        connection.execute("insert into keys select * from batch")
        connection.unregister("batch")
    bounds: list[str] = []
    total = 0
    in_order = connection.execute("select * from keys order by sort_key")
    while found := in_order.fetchmany(_KEYS):
        for key, size_bytes in found:
            total += size_bytes
            if total > BUCKET_BYTES and (not bounds or key != bounds[-1]):
                bounds.append(key)
                total = size_bytes
    connection.execute("drop table keys")
    return bounds


def _buckets(keyed: Iterator[pa.Table], bounds: list[str], scratch: Path) -> Iterator[pa.Table]:
    """Cut rows at the bounds: a bucket has the rows from one bound to before the next."""
    for rows in keyed:
        _spread(rows, bounds, scratch)
    for number in range(len(bounds) + 1):
        path = _bucket(scratch, number)
        if path.exists():
            yield _read_bucket(path)
            path.unlink()


def _spread(rows: pa.Table, bounds: list[str], scratch: Path) -> None:
    """Add rows to the files of their buckets."""
    keys: list[Any] = rows["sort_key"].to_pylist()
    numbers = [bisect_right(bounds, key) for key in keys]
    column = pa.array(numbers, pa.int64())
    for number in set(numbers):
        piece = rows.filter(pc.equal(column, pa.scalar(number)))
        # A stream of its own at the file's end: thousands of files cannot be open all along.
        with (
            _bucket(scratch, number).open("ab") as file,
            pa.ipc.new_stream(file, piece.schema) as stream,
        ):
            stream.write_table(piece)


def _bucket(scratch: Path, number: int) -> Path:
    return scratch / f"{number}.bucket"


def _read_bucket(path: Path) -> pa.Table:
    tables = []
    with pa.OSFile(str(path), "rb") as file:
        while file.tell() < file.size():
            tables.append(pa.ipc.open_stream(file).read_all())
    return pa.concat_tables(tables)


def _folded(rows: pa.Table) -> pa.Table:
    """Sort rows, and make those one that are copies of a message: alike in all but _OF_COPY."""
    by = ["sort_key", "contract", "data", "landed_at"]
    rows = rows.take(pc.sort_indices(rows, [(name, "ascending") for name in by])).combine_chunks()
    is_copy = _equals_last(rows, ["sort_key", "contract", "data", "event_at"])
    is_first = pc.invert(is_copy)
    numbers = pc.subtract(pc.cumulative_sum(is_first.cast(pa.int64())), 1)
    copies = rows.select(_OF_COPY).filter(is_copy)
    messages = rows.filter(is_first) if copies.num_rows else rows
    counted = Counter(numbers.filter(is_copy).to_pylist())
    counts = [counted[number] for number in range(messages.num_rows)]
    offsets = pa.array(list(accumulate(counts, initial=0)), pa.int32())
    structs = pa.StructArray.from_arrays(
        [column.combine_chunks() for column in copies.columns], _OF_COPY
    )
    return messages.append_column(
        "copy_count", pa.array([count + 1 for count in counts], pa.int32())
    ).append_column("copies", pa.ListArray.from_arrays(offsets, structs))


def _equals_last(rows: pa.Table, columns: list[str]) -> Any:  # noqa: ANN401 (an array of booleans)
    """Tell of each row whether it equals the one before in these columns; null equals null.

    The first row has none before it, and differs by the first column, which has no nulls.
    """
    result: Any = None
    for name in columns:
        column: Any = rows[name].combine_chunks()
        last = pa.concat_arrays([pa.nulls(1, column.type), column.slice(0, rows.num_rows - 1)])
        both_null = pc.and_(column.is_null(), last.is_null())
        equal = pc.or_(pc.fill_null(pc.equal(column, last), False), both_null)
        result = equal if result is None else pc.and_(result, equal)
    return result


def _quoted(files: Iterable[object]) -> str:
    return ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
