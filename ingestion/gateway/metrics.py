"""What the gateway tells Prometheus, and a layer around the application that counts requests."""

import time
from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The figures of one gateway."""

    def __init__(self, waiting_bytes: Callable[[], float]) -> None:
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Counter(
            "vitrine_gateway_requests", "Requests answered.", ["endpoint", "status"],
            registry=registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "vitrine_gateway_request_seconds", "From a request's head to the end of its answer.",
            ["endpoint"], buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._messages = Counter(
            "vitrine_gateway_messages", "Messages kept, by the contract they say they are of.",
            ["contract"], registry=registry,
        )  # fmt: skip
        self._puts = Histogram(
            "vitrine_gateway_put_seconds", "Keeping a group of messages.",
            ["kept"], buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        Gauge(
            "vitrine_gateway_waiting_bytes", "Bodies that wait for an answer.", registry=registry
        ).set_function(waiting_bytes)

    def put(self, seconds: float, is_kept: bool) -> None:
        """Count a group that was put."""
        self._puts.labels("true" if is_kept else "false").observe(seconds)

    def kept(self, count_by_contract: Mapping[str, int]) -> None:
        """Count messages that are kept; "" stands for those of no known contract."""
        for contract, count in count_by_contract.items():
            self._messages.labels(contract).inc(count)

    def request(self, endpoint: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(endpoint, str(status)).inc()
        self._seconds.labels(endpoint).observe(seconds)

    def text(self) -> bytes:
        """Give all figures in Prometheus's format."""
        return generate_latest(self._registry)


class Counted:
    """An ASGI application whose requests are counted, by the declared path of the endpoint."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def counting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, counting)
        finally:
            route = scope.get("route")
            endpoint = getattr(route, "path", "other")
            self._metrics.request(endpoint, status or 500, time.perf_counter() - started)
