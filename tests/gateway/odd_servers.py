"""`vitrine serve` with something wrong with it: `python -m tests.gateway.odd_servers KIND …`.

early   answers before what it was sent is kept, as no gateway may
slow    has a sink that takes five seconds
"""

import asyncio
import sys
import time
from collections.abc import Sequence

from ingestion import sinks
from ingestion.gateway.writer import Writer
from ingestion.serve_command import serve
from ingestion.sinks import Outgoing

_put = Writer.put
_land = sinks.RawSink.put
_early = []


async def put_early(self: Writer, messages: Sequence[Outgoing]) -> None:
    _early.append(asyncio.ensure_future(_put(self, messages)))


def land_slowly(self: sinks.RawSink, messages: Sequence[Outgoing]) -> None:
    time.sleep(5)
    _land(self, messages)


if __name__ == "__main__":
    kind = sys.argv.pop(1)
    if kind == "early":
        Writer.put = put_early  # type: ignore[method-assign]
    else:
        sinks.RawSink.put = land_slowly  # type: ignore[method-assign]
    serve()
