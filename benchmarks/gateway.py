"""`vitrine serve` in front of the raw layer, beside its own framework that keeps nothing.

Both are one process and take the same single-event requests, over kept connections, from a second
process, in turns. The rival reads the body and answers 200: what FastAPI and uvicorn themselves
cost. The gateway besides checks token and JSON, and answers when the event is synced to disk.
"""

import argparse
import json
import os
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.report import report

_PATH = "/events/storefront.event"
_TOKEN = secrets.token_hex(16)
_EVENT_BYTES = 617
_TURNS = 3
_SHARE = 0.5
_VTEX_MS = 5_000
_RIVAL = """
import socket, sys, uvicorn
from fastapi import FastAPI, Request, Response

app = FastAPI()

@app.post("/events/{contract}")
async def post(request: Request) -> Response:
    await request.body()
    return Response(b'{"accepted":1}', media_type="application/json")

listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
print("listening on http://127.0.0.1:%d" % listening.getsockname()[1], file=sys.stderr, flush=True)
config = uvicorn.Config(app, http="httptools", loop="uvloop", ws="none", log_config=None,
                        access_log=False, proxy_headers=False, server_header=False)
uvicorn.Server(config).run([listening])
"""


def main(arguments: list[str] | None = None) -> None:
    """Load both in turns, in a temporary folder; prints two results."""
    parser = argparse.ArgumentParser(prog="benchmarks gateway", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="of a turn")
    parser.add_argument("--connections", type=int, default=1_000)
    options = parser.parse_args(arguments)
    vitrine = str(Path(sys.executable).with_name("vitrine"))
    ours: list[dict[str, Any]] = []
    rival: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as name:
        folder = Path(name)
        (folder / "event.json").write_text(_event())
        (folder / "gateway.toml").write_text(
            f'[[source]]\nname = "benchmark"\ncontracts = ["*"]\n'
            f'token_sha256 = ["{sha256(_TOKEN.encode()).hexdigest()}"]\n'
        )
        environment = {
            "VITRINE_RAW": str(folder / "raw"),
            "VITRINE_GATEWAY_CONFIG": str(folder / "gateway.toml"),
        }
        for _ in range(_TURNS):
            with _server([vitrine, "serve", "--port", "0"], environment) as port:
                ours.append(_load(port, folder / "event.json", options))
            with _server([sys.executable, "-c", _RIVAL], {}) as port:
                rival.append(_load(port, folder / "event.json", options))
        files = list((folder / "raw" / "landed" / "storefront_events").rglob("*.parquet"))
        kept = sum(pq.read_metadata(path).num_rows for path in files)
    answered = sum(turn["statuses"]["200"] for turn in ours)
    if kept != answered:
        raise RuntimeError(f"{answered} events were answered with 200, and {kept} are kept")

    rate, rival_rate = (
        statistics.median(turn["requests"] / turn["seconds"] for turn in turns)
        for turns in (ours, rival)
    )
    p99 = statistics.median(turn["p99_ms"] for turn in ours)
    report(
        "gateway_rate", rate, "requests/s", against="FastAPI on uvicorn that keeps nothing",
        ratio=rate / rival_rate, target=f">= {_SHARE}", met=rate / rival_rate >= _SHARE,
    )  # fmt: skip
    report(
        f"gateway_p99_of_{options.connections}_callers", p99, "ms",
        against="the 5 seconds that VTEX waits", ratio=p99 / _VTEX_MS, target="<= 0.2",
        met=p99 <= 0.2 * _VTEX_MS,
    )  # fmt: skip


def _event() -> str:
    event = {
        "event": "productView",
        "sessionId": "5182",
        "timestamp": "2024-04-01T01:02:21.719Z",
        "filler": "",
    }
    return json.dumps(event | {"filler": "x" * (_EVENT_BYTES - len(json.dumps(event)))})


@contextmanager
def _server(command: list[str], environment: dict[str, str]) -> Iterator[int]:
    """Start a server that says where it listens; gives the port."""
    process = subprocess.Popen(
        command, env=os.environ | environment, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if found := re.search(r"listening on http://127\.0\.0\.1:(\d+)", line):
                yield int(found[1])
                break
        else:
            raise RuntimeError(f"{command[0]} did not start")
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _load(port: int, body: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Load a server from a second process; see `benchmarks.http_load`."""
    words = ["--port", port, "--path", _PATH, "--body", body, "--seconds", options.seconds]
    words += ["--connections", options.connections, "--header", f"Authorization: Bearer {_TOKEN}"]
    command = [sys.executable, "-m", "benchmarks.http_load", *map(str, words)]
    said: dict[str, Any] = json.loads(subprocess.check_output(command, timeout=120))
    if set(said["statuses"]) != {"200"}:
        raise RuntimeError(f"not all requests were answered with 200: {said['statuses']}")
    return said


if __name__ == "__main__":
    main()
