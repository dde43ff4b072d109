"""`vitrine land` beside DuckDB's own copy of the same rows from JSON to Parquet.

Both are whole commands on the same file, in turns. The copy knows the columns and their types, and
does nothing of what landing does beside: hash the content, route by contract, find the time of the
event, sync, keep a journal.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.report import report, run_measured

_PAYLOAD_BYTES = 617
_TURNS = 3
_RATE = 0.7
_PEAK_MB = 500

_COPY = """
import sys, duckdb
source, target = sys.argv[1:]
duckdb.sql(f'''
    copy (
        select * from read_json('{source}', format = 'newline_delimited', columns = {{
            subscription_name: 'VARCHAR', message_id: 'VARCHAR', publish_time: 'TIMESTAMP',
            attributes: 'JSON', data: 'VARCHAR'
        }})
    ) to '{target}' (format parquet, compression zstd)
''')
"""


def main(arguments: list[str] | None = None) -> None:
    """Make rows, land and copy them in a temporary folder; prints two results."""
    parser = argparse.ArgumentParser(prog="benchmarks landing", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    row_count = parser.parse_args(arguments).rows
    vitrine = str(Path(sys.executable).with_name("vitrine"))
    landing, copying, peaks = [], [], []
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as name:
        folder = Path(name)
        rows, raw = folder / "rows.ndjson", folder / "raw"
        _write_rows(rows, row_count)
        copy = [sys.executable, "-c", _COPY, str(rows), str(folder / "copy.parquet")]
        for _ in range(_TURNS):
            copying.append(run_measured(copy, os.environ)[0])
            environment = os.environ | {"VITRINE_RAW": str(raw)}
            seconds, peak = run_measured([vitrine, "land", str(rows)], environment)
            landing.append(seconds)
            peaks.append(peak * 1024 * 1024 / 1e6)
            shutil.rmtree(raw)

    rate, copy_rate = (row_count / statistics.median(seconds) for seconds in (landing, copying))
    report(
        "landing_rate", rate, "messages/s", against="DuckDB read_json to zstd Parquet",
        ratio=rate / copy_rate, target=f">= {_RATE}", met=rate / copy_rate >= _RATE,
    )  # fmt: skip
    report(
        "landing_peak_memory", max(peaks), "MB", against=f"{_PEAK_MB} MB",
        ratio=max(peaks) / _PEAK_MB, target="<= 1", met=max(peaks) <= _PEAK_MB,
    )  # fmt: skip


def _write_rows(path: Path, row_count: int) -> None:
    """Write raw rows with payloads of _PAYLOAD_BYTES, the same ones every time."""
    chance = random.Random(617)
    with path.open("w", encoding="utf-8") as file:
        for number in range(row_count):
            row = {
                "subscription_name": "projects/shop/subscriptions/storefront",
                "message_id": str(10**16 + number),
                "publish_time": "2024-05-01T01:02:22.486Z",
                "attributes": {"contract": "storefront.event"},
                "data": _payload(number, chance),
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _payload(number: int, chance: random.Random) -> str:
    """Make one event of a storefront."""
    event = {
        "event": "productView",
        "sessionId": f"{chance.getrandbits(128):032x}",
        "timestamp": f"2024-04-{1 + number % 30:02}T{number % 24:02}:{number % 60:02}:21.719Z",
        "product": {
            "productId": str(chance.randrange(1_000_000)),
            "productName": f"Camiseta básica {number % 977}",
            "categoryId": str(number % 50),
            "items": [{"itemId": str(number), "price": chance.randrange(10_000) / 100}],
        },
        "page": {"url": f"https://loja.example.com.br/camiseta-basica-{number}/p"},
        "filler": "",
    }
    size = len(json.dumps(event, ensure_ascii=False).encode())
    event["filler"] = "x" * (_PAYLOAD_BYTES - size)
    return json.dumps(event, ensure_ascii=False)
