"""dlt's filesystem destination, landing the same lines; a process of its own, run by `landing`.

python dlt_rival.py FORM SOURCE.ndjson FOLDER: feeds dlt with a dict a line (`rows`), with Arrow
tables made of such dicts (`arrow`), or with what Arrow's JSON reader makes of the lines (`reader`).
"""

import os
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.json

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
import dlt

_BLOCK_BYTES = 16 << 20
_DICTS = 10_000


def rows(source: str) -> Iterator[list[dict[str, Any]]]:
    """Read the lines one by one."""
    with Path(source).open("rb") as lines:
        while some := [orjson.loads(line) for line in islice(lines, _DICTS)]:
            yield some


def tables(source: str) -> Iterator[pa.Table]:
    """Make tables of any rows: attributes, which may be any, as JSON."""
    for some in rows(source):
        for row in some:
            row["attributes"] = orjson.dumps(row["attributes"]).decode()
        yield pa.Table.from_pylist(some)


def batches(source: str) -> Iterator[pa.RecordBatch]:
    """Have Arrow read the lines: only if all have the attributes of the first ones."""
    options = pa.json.ReadOptions(block_size=_BLOCK_BYTES)
    with pa.json.open_json(source, read_options=options) as reader:
        yield from reader


_FORMS = {"rows": rows, "arrow": tables, "reader": batches}

if __name__ == "__main__":
    form, source, folder = sys.argv[1:]
    pipeline = dlt.pipeline(
        "rival",
        pipelines_dir=f"{folder}/work",
        destination=dlt.destinations.filesystem(f"{folder}/out"),
        dataset_name="raw",
    )
    pipeline.run(dlt.resource(_FORMS[form](source), name="events"), loader_file_format="parquet")
