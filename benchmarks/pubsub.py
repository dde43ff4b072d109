"""Receiving from Pub/Sub, beside Google's client and beside pulling alone.

`pull_rate` is measured against a server that always has the same answer ready, since the emulator
gives a hundred messages an answer and is what one would measure. Both sides give a message's data,
attributes, id, time and acknowledgement. `receiving_rate` is the whole way from the emulator into
durable files, `vitrine land` against pulling and acknowledging alone, both with four threads.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from google.cloud.pubsub_v1 import SubscriberClient

from benchmarks.report import report, run_measured
from ingestion.sources.pubsub import Subscription
from tests.pubsub.emulator import Emulator

_TURNS = 3
_EVENT_BYTES = 1_000
_ORDER_BYTES = 14_000
_PULLERS = 4
_PULL_RATIO = 2.5
_WHOLE_RATIO = 0.3
_PEAK_MB = 300
_NAME = "projects/p/subscriptions/s"
_ATTRIBUTES = {"contract": "storefront.event"}

_SERVER = """
import sys, grpc
from concurrent.futures import ThreadPoolExecutor
from google.pubsub_v1.types import pubsub as types

received = [
    {"ack_id": f"{number:0190}", "message": {
        "data": b"x" * int(sys.argv[1]), "attributes": {"contract": "storefront.event"},
        "message_id": str(10**16 + number), "publish_time": {"seconds": 1714521600, "nanos": 5000}}}
    for number in range(1000)
]
answer = types.PullResponse.serialize(types.PullResponse(received_messages=received))
handler = grpc.method_handlers_generic_handler("google.pubsub.v1.Subscriber", {
    "Pull": grpc.unary_unary_rpc_method_handler(lambda request, context: answer)})
server = grpc.server(ThreadPoolExecutor(4), [handler])
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
server.wait_for_termination()
"""


def main(arguments: list[str] | None = None) -> None:
    """Run all of it; prints a result for each."""
    parser = argparse.ArgumentParser(prog="benchmarks pubsub", description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    count = parser.parse_args(arguments).messages
    with _server() as host:
        os.environ["PUBSUB_EMULATOR_HOST"] = host
        ours, theirs = _turns(lambda: _pull_ours(count), lambda: _pull_wrapped(count))
    report(
        "pull_rate", ours, "messages/s", against="SubscriberClient.pull, its wrapper classes",
        ratio=ours / theirs, target=f">= {_PULL_RATIO}", met=ours / theirs >= _PULL_RATIO,
    )  # fmt: skip
    emulator = Emulator()
    try:
        os.environ["PUBSUB_EMULATOR_HOST"] = emulator.host
        landed, pulled = _turns(
            lambda: _receive(emulator, count, _EVENT_BYTES)[0],
            lambda: _pull_and_acknowledge(emulator, count),
        )
        peaks = [
            _receive(emulator, int(count * share), size)[1]
            for share, size in ((1, _EVENT_BYTES), (0.2, _ORDER_BYTES))
        ]
    finally:
        emulator.stop()
    report(
        "receiving_rate", landed, "messages/s", against="pulling and acknowledging alone",
        ratio=landed / pulled, target=f">= {_WHOLE_RATIO}", met=landed / pulled >= _WHOLE_RATIO,
    )  # fmt: skip
    for of, peak in zip(("events", "orders"), peaks, strict=True):
        report(
            f"receiving_peak_memory_{of}", peak, "MB", against=f"{_PEAK_MB} MB",
            ratio=peak / _PEAK_MB, target="<= 1", met=peak <= _PEAK_MB,
        )  # fmt: skip


def _turns(one: Callable[[], float], other: Callable[[], float]) -> tuple[float, float]:
    """Measure both in turns; the median rate of each."""
    rates = [(one(), other()) for _ in range(_TURNS)]
    ours, theirs = (statistics.median(of_one) for of_one in zip(*rates, strict=True))
    return ours, theirs


def _pull_ours(count: int) -> float:
    subscription, stop = Subscription(_NAME), threading.Event()
    return _rate(count, lambda: len(subscription.pull(stop).data))


def _pull_wrapped(count: int) -> float:
    client = SubscriberClient()

    def pull() -> int:
        response = client.pull(subscription=_NAME, max_messages=1_000)
        return len(
            [
                (
                    one.ack_id,
                    one.message.data,
                    dict(one.message.attributes),
                    one.message.message_id,
                    one.message.publish_time,
                )
                for one in response.received_messages
            ]
        )

    return _rate(count, pull)


def _rate(count: int, pull: Callable[[], int]) -> float:
    pull()  # The first one connects.
    started, pulled = time.monotonic(), 0
    while pulled < count:
        pulled += pull()
    return pulled / (time.monotonic() - started)


def _receive(emulator: Emulator, count: int, size: int) -> tuple[float, float]:
    """Land so many messages; how many a second, from start to end, and the peak memory in MB."""
    topic, subscription = emulator.topic()
    emulator.publish(topic, [(b"x" * size, _ATTRIBUTES)] * count)
    vitrine = str(Path(sys.executable).with_name("vitrine"))
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as raw:
        seconds, peak, _ = run_measured(
            [vitrine, "land", "--until-empty", f"pubsub:{subscription}"],
            emulator.environment | {"VITRINE_RAW": raw},
        )
    return count / seconds, peak * 1024 * 1024 / 1e6


def _pull_and_acknowledge(emulator: Emulator, count: int) -> float:
    topic, name = emulator.topic()
    emulator.publish(topic, [(b"x" * _EVENT_BYTES, _ATTRIBUTES)] * count)
    subscription, stop = Subscription(name), threading.Event()
    left = count

    def pull() -> None:
        nonlocal left
        while left > 0:
            received = subscription.pull(stop, 2)
            subscription.acknowledge(received.ack_id or [])
            left -= len(received.data)

    started = time.monotonic()
    with ThreadPoolExecutor(_PULLERS) as pullers:
        for one in [pullers.submit(pull) for _ in range(_PULLERS)]:
            one.result()
    return count / (time.monotonic() - started)


@contextmanager
def _server() -> Iterator[str]:
    """Start the server that has its answer ready; its address."""
    command = [sys.executable, "-c", _SERVER, str(_EVENT_BYTES)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield f"127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()
