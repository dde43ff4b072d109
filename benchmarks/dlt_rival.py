"""dlt's filesystem destination, landing the same rows; a process of its own, run by `landing`.

python dlt_rival.py arrow|rows SOURCE.arrow FOLDER: feeds record batches, or one dict a row.
"""

import os
import sys
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
import dlt


def batches(source: str) -> Iterator[pa.RecordBatch]:
    """Read what is fed: typed already, nothing left to parse."""
    with pa.memory_map(source) as file:
        reader = pa.ipc.open_file(file)
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)


def rows(source: str) -> Iterator[list[dict[str, Any]]]:
    """Give the same, a dict a row."""
    for batch in batches(source):
        yield batch.to_pylist()


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
