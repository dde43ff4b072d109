"""A load generator for HTTP: many keep-alive connections, each with one request under way.

`python -m benchmarks.http_load --port P --path /x --body FILE` sends the file's bytes over and over
and prints one JSON object: requests, seconds, and latencies in milliseconds. Every connection has
its first answer before the clock starts; `statuses` counts those answers too.
"""

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import cast

import uvloop


class _Run:
    """What all connections share: a first request each, and then as many as time allows."""

    def __init__(self, request: bytes, connection_count: int) -> None:
        self.request = request
        self.awaited = connection_count
        self.is_complete = asyncio.Event()
        self.ends_at = 0.0
        self.statuses: Counter[int] = Counter()
        self.seconds: list[float] = []

    def answered(self) -> None:
        """Count a connection that has its first answer, or that has ended."""
        self.awaited -= 1
        if self.awaited == 0:
            self.is_complete.set()


class _Connection(asyncio.Protocol):
    """Sends the request again as soon as it is answered."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, rest = self._received.partition(b"\r\n\r\n")
        if not separator or len(rest) < _content_length(head):
            return
        self._received = b""
        self._run.statuses[int(head[9:12])] += 1
        now = time.perf_counter()
        if not self._run.ends_at:
            self._run.answered()
            return
        self._run.seconds.append(now - self._sent_at)
        if now < self._run.ends_at:
            self.send()
        else:
            self._run.answered()

    def send(self) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(self._run.request)


def _content_length(head: bytes) -> int:
    _, _, value = head.lower().partition(b"content-length: ")
    return int(value.partition(b"\r\n")[0] or 0)


async def _load(arguments: argparse.Namespace) -> dict[str, object]:
    body = Path(arguments.body).read_bytes()
    lines = [
        f"POST {arguments.path} HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *arguments.header,
    ]
    request = "\r\n".join([*lines, "", ""]).encode() + body
    run = _Run(request, arguments.connections)
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(lambda: _Connection(run), "127.0.0.1", arguments.port))[1]
        for _ in range(arguments.connections)
    ]
    await run.is_complete.wait()
    run.is_complete.clear()
    run.awaited = arguments.connections
    started = time.perf_counter()
    run.ends_at = started + arguments.seconds
    for connection in connections:
        connection.send()
    await run.is_complete.wait()
    seconds = time.perf_counter() - started
    ordered = sorted(run.seconds)
    return {
        "requests": len(ordered),
        "seconds": seconds,
        "statuses": dict(run.statuses),
        "p50_ms": 1000 * ordered[len(ordered) // 2],
        "p99_ms": 1000 * ordered[len(ordered) * 99 // 100],
    }


def main() -> None:
    """Load a server on this machine and print what it did."""
    parser = argparse.ArgumentParser(prog="benchmarks.http_load", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", required=True)
    parser.add_argument("--body", required=True, help="the file whose bytes are sent")
    parser.add_argument("--header", action="append", default=[], help="name: value")
    parser.add_argument("--connections", type=int, default=256)
    parser.add_argument("--seconds", type=float, default=5)
    json.dump(uvloop.run(_load(parser.parse_args())), sys.stdout)


if __name__ == "__main__":
    main()
