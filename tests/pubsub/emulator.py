"""The Google Pub/Sub emulator on a free port, with topics and subscriptions to test on."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import grpc
import pytest
from google.auth.credentials import AnonymousCredentials
from google.pubsub_v1 import PublisherClient, PubsubMessage, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

PROJECT = "vitrine-test"
_NOBODY = AnonymousCredentials()  # type: ignore[no-untyped-call] # Google's has no types
_START_SECONDS = 60
_PUBLISH_MESSAGES = 1_000
_PUBLISH_BYTES = 5_000_000


class Emulator:
    """One emulator; what is in it goes when it stops."""

    def __init__(self, port: int | None = None) -> None:
        """Start it; on the port of a stopped one, it is a service that works again."""
        self.port = port or _free_port()
        self.host = f"127.0.0.1:{self.port}"
        self._folder = tempfile.mkdtemp(prefix="pubsub-emulator-")
        gcloud = shutil.which("gcloud") or "gcloud"
        self._process = subprocess.Popen(
            [gcloud, "beta", "emulators", "pubsub", "start", f"--host-port={self.host}",
             f"--data-dir={self._folder}", f"--project={PROJECT}", "--quiet"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        channel = grpc.insecure_channel(
            self.host, options=[("grpc.max_receive_message_length", -1)]
        )
        try:
            grpc.channel_ready_future(channel).result(_START_SECONDS)
        except grpc.FutureTimeoutError:
            self.stop()
            raise
        self.publisher = PublisherClient(
            transport=PublisherGrpcTransport(channel=channel, credentials=_NOBODY, host=self.host)
        )
        self.subscriber = SubscriberClient(
            transport=SubscriberGrpcTransport(channel=channel, credentials=_NOBODY, host=self.host)
        )

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which Google's client uses this emulator."""
        return os.environ | {"PUBSUB_EMULATOR_HOST": self.host, "GRPC_VERBOSITY": "NONE"}

    def stop(self) -> None:
        """Kill it and its child, the one that does the work."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def pause(self, seconds: float) -> None:
        """Let nothing be answered for a while."""
        os.killpg(self._process.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.killpg(self._process.pid, signal.SIGCONT)

    def topic(self, name: str | None = None, **subscription: object) -> tuple[str, str]:
        """Make a topic with a subscription; their full names."""
        name = name or f"t{uuid.uuid4().hex[:12]}"
        topic = f"projects/{PROJECT}/topics/{name}"
        self.publisher.create_topic(name=topic)
        return topic, self.subscription(topic, **subscription)

    def subscription(self, topic: str, **settings: object) -> str:
        """Make a subscription of a topic; its full name."""
        name = f"projects/{PROJECT}/subscriptions/s{uuid.uuid4().hex[:12]}"
        self.subscriber.create_subscription(
            request={"name": name, "topic": topic, "ack_deadline_seconds": 10} | settings
        )
        return name

    def publish(
        self, topic: str, messages: Sequence[tuple[bytes, dict[str, str]]], ordering_key: str = ""
    ) -> list[str]:
        """Publish payloads with their attributes; the ids they were given."""
        ids: list[str] = []
        some: list[PubsubMessage] = []
        size = 0
        for data, attributes in messages:
            if some and (len(some) == _PUBLISH_MESSAGES or size + len(data) > _PUBLISH_BYTES):
                ids.extend(self.publisher.publish(topic=topic, messages=some).message_ids)
                some, size = [], 0
            some.append(PubsubMessage(data=data, attributes=attributes, ordering_key=ordering_key))
            size += len(data)
        if some:
            ids.extend(self.publisher.publish(topic=topic, messages=some).message_ids)
        return ids


def require_emulator() -> None:
    """Skip, visibly, where there is no emulator; where CI is set, fail."""
    is_there = shutil.which("gcloud") and _has_component()
    if not is_there and os.environ.get("CI"):
        pytest.fail("the Pub/Sub emulator is missing: gcloud components install pubsub-emulator")
    if not is_there:
        pytest.skip("no Pub/Sub emulator here: gcloud components install pubsub-emulator")


def _has_component() -> bool:
    gcloud = Path(shutil.which("gcloud") or "").resolve()
    return (gcloud.parents[1] / "platform" / "pubsub-emulator").is_dir()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
