"""What happens to a request, from its token to the answer that it is kept."""

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from ingestion.contracts import Contracts
from ingestion.gateway import bodies, documents, envelopes, sessions
from ingestion.gateway.auth import Door
from ingestion.gateway.callbacks import Callbacks
from ingestion.gateway.config import Config, Source
from ingestion.gateway.limits import Budget, Rates
from ingestion.gateway.metrics import Metrics
from ingestion.gateway.problems import Refusal, unavailable
from ingestion.gateway.readiness import Readiness
from ingestion.gateway.stamps import Arrival, message_of
from ingestion.gateway.writer import Writer
from ingestion.sinks import Outgoing, Sink, SinkError

_log = logging.getLogger(__name__)

_KEY_CHARACTERS = 255
_UNAVAILABLE = "Messages cannot be kept now; send them again later."


class Gateway:
    """Takes messages from requests and keeps them in a sink."""

    def __init__(self, config: Config, contracts: Contracts, sink: Sink, *, is_open: bool) -> None:
        """Use a sink, which is closed with the gateway; `is_open` lets anybody post anything."""
        self._limits = config.limits
        self._contracts = contracts
        self._sink = sink
        self._door = Door(config, is_open=is_open)
        self._callbacks = Callbacks(config.public_url)
        self._rates = Rates(config.source)
        self._budget = Budget(config.limits.waiting_bytes)
        self._readiness = Readiness(sink)
        self.metrics = Metrics(lambda: self._budget.taken_bytes)

    async def start(self, commit_seconds: float) -> None:
        """Begin to keep what comes; within the event loop. See `Limits.commit_seconds`."""
        answer_seconds = self._limits.answer_seconds
        self._writer = Writer(self._sink, commit_seconds, answer_seconds, self.metrics.put)
        try:
            await self._readiness.check()
        except SinkError as error:
            _log.error("not ready: %s", error)

    async def stop(self) -> None:
        """Keep what was accepted, and let go of the sink."""
        await self._writer.close()
        self._sink.close()

    async def take(self, request: Request, contract: str | None = None) -> Response:
        """Take a message or several; of a contract, if the endpoint tells it. Raises Refusal."""
        source = await self._door.let_in(request)
        self._allow(source, contract)
        self._rates.let_in(source)
        is_lines = bodies.is_lines(request)
        key = _idempotency_key(request)
        limits = self._limits
        limit_bytes = limits.page_body_bytes if source.origins else limits.body_bytes
        session = sessions.of(request)
        with self._budget.share() as share:
            body = await bodies.read(request, limit_bytes, limits, share)
            found = documents.split(body, limits.batch_messages, is_lines=is_lines)
            arrival = Arrival(source.name, datetime.now(UTC), session, key)
            messages = []
            for ordinal, document in enumerate(found):
                name = contract or self._contract_of(document, source)
                messages.append(message_of(document, name, arrival, ordinal))
            self._rates.take(source, len(messages) - 1)
            await self._keep(messages)
        response = Response(b'{"accepted":%d}' % len(messages), media_type="application/json")
        if source.origins:
            sessions.remember(response, request, session, messages)
        return response

    async def take_push(self, request: Request) -> Response:
        """Take what Pub/Sub pushes. Raises Refusal."""
        source = await self._door.let_in(request)
        if not source.push:
            raise _forbidden(f"{source.name} may not push.")
        self._rates.let_in(source)
        if bodies.is_lines(request):
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "An envelope is JSON.")
        with self._budget.share() as share:
            body = await bodies.read(request, envelopes.LIMIT_BYTES, self._limits, share)
            message = envelopes.open_envelope(body, self._contracts)
            await self._keep([message])
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def take_callback(self, request: Request, contract: str) -> Response:
        """Take what Twilio tells of a message. Raises Refusal."""
        self._callbacks.check_kind(request)
        with self._budget.share() as share:
            limits = self._limits
            body = await bodies.read(request, limits.page_body_bytes, limits, share)
            form = self._callbacks.open_form(request, body)
            arrival = Arrival("twilio", datetime.now(UTC), session_id="")
            await self._keep([self._callbacks.message(request, form, contract, arrival)])
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def check(self) -> None:
        """Raise Refusal (503) if nothing could be kept now."""
        try:
            await self._readiness.check()
        except SinkError as error:
            raise unavailable(_UNAVAILABLE) from error

    async def read_metrics(self, request: Request) -> bytes:
        """Give the metrics to a source that may read them. Raises Refusal."""
        source = await self._door.let_in(request)
        if not source.metrics:
            raise _forbidden(f"{source.name} may not read metrics.")
        return self.metrics.text()

    async def _keep(self, messages: Sequence[Outgoing]) -> None:
        try:
            await self._writer.put(messages)
        except SinkError as error:
            raise unavailable(_UNAVAILABLE) from error
        known = self._contracts.by_name
        names = (message.attributes.get("contract", "") for message in messages)
        self.metrics.kept(Counter(name if name in known else "" for name in names))

    def _contract_of(self, document: bytes, source: Source) -> str | None:
        """Tell a document's contract: by its key, or because its source posts no other."""
        contract = source.only_contract or self._contracts.of_payload(document)
        if contract:
            self._allow(source, contract)
        return contract

    def _allow(self, source: Source, contract: str | None) -> None:
        if contract is None:
            if not source.contracts:
                raise _forbidden(f"{source.name} may not post messages here.")
        elif contract not in self._contracts.by_name:
            known = ", ".join(sorted(self._contracts.by_name))
            raise Refusal(HTTPStatus.NOT_FOUND, f"There is no such contract; there are {known}.")
        elif not source.may_post(contract):
            raise _forbidden(f"{source.name} may not post {contract}.")


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= _KEY_CHARACTERS:
        reason = f"An Idempotency-Key has 1 to {_KEY_CHARACTERS} characters."
        raise Refusal(HTTPStatus.BAD_REQUEST, reason)
    return key


def _forbidden(reason: str) -> Refusal:
    return Refusal(HTTPStatus.FORBIDDEN, reason)
