"""dlt's filesystem destination, landing the same lines; a process of its own, run by `landing`.

python dlt_rival.py arrow|rows SOURCE.ndjson FOLDER: feeds what Arrow's own reader makes of the
lines, batch by batch, or a dict a line.
"""

import json
import os
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.json

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
import dlt

_BLOCK_BYTES = 16 << 20
_DICTS = 10_000


def batches(source: str) -> Iterator[pa.RecordBatch]:
    """Have Arrow read the lines."""
    options = pa.json.ReadOptions(block_size=_BLOCK_BYTES)
    with pa.json.open_json(source, read_options=options) as reader:
        yield from reader


def rows(source: str) -> Iterator[list[dict[str, Any]]]:
    """Read the lines one by one."""
    with Path(source).open(encoding="utf-8") as lines:
        while some := [json.loads(line) for line in islice(lines, _DICTS)]:
            yield some


if __name__ == "__main__":
    form, source, folder = sys.argv[1:]
    fed = batches(source) if form == "arrow" else rows(source)
    pipeline = dlt.pipeline(
        "rival",
        pipelines_dir=f"{folder}/work",
        destination=dlt.destinations.filesystem(f"{folder}/out"),
        dataset_name="raw",
    )
    pipeline.run(dlt.resource(fed, name="events"), loader_file_format="parquet")
