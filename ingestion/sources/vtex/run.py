"""One run of a pull: many requests at a time, and nothing counts as read before it is durable."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from threading import Event
from types import TracebackType
from typing import NamedTuple, Self, TypeVar

import msgspec

from ingestion.sinks import Outgoing, Sink
from ingestion.sources.vtex.client import Answer, Client
from ingestion.sources.vtex.errors import (
    NotFoundError,
    RefusedError,
    UnavailableError,
    VtexError,
)
from ingestion.sources.vtex.settings import Settings
from ingestion.sources.vtex.state import Job, State
from ingestion.sources.vtex.tally import Tally

_LOG = logging.getLogger(__name__)
_WORKERS = 8
# Documents that are put into the sink at once: an order is some 14 kB.
_PUT_AT_ONCE = 250
# So many documents in a row that cannot be had are no accident.
_TOO_MANY_FAILURES = 25
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])

Item = TypeVar("Item")
Result = TypeVar("Result")


class Kind(NamedTuple):
    """A kind of document that is had one by one, by an id; some ids may have none."""

    contract: str
    get: Callable[[str], Answer]
    may_be_absent: bool = False


class Run:
    """What every reader of VTEX works with; to be used in a `with` block."""

    def __init__(self, settings: Settings, sink: Sink, state: State, stop: Event) -> None:
        self.state = state
        self.stop = stop
        self.tally = Tally()
        self.client = Client(settings, stop, _WORKERS)
        # requests a second
        self.rate = settings.rate
        self._attributes = {"account": settings.account}
        self._sink = sink
        self._pool = ThreadPoolExecutor(_WORKERS, "vtex")

    def __enter__(self) -> Self:
        """Use until the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let go of threads and connections; after an error nothing is waited for."""
        self.stop.set()
        self._pool.shutdown(wait=kind is None, cancel_futures=True)
        self.client.__exit__()
        self.tally.hide()

    def message(self, contract: str, document: bytes) -> Outgoing:
        """Make a message of a document; counted as fetched."""
        self.tally.of(contract).fetched += 1
        return Outgoing(document, {"contract": contract, **self._attributes})

    def put(self, messages: Sequence[Outgoing]) -> None:
        """Put messages into the sink, durably. Raises SinkError."""
        for batch in batches(messages, _PUT_AT_ONCE):
            self._sink.put(batch)
            for message in batch:
                self.tally.of(message.attributes["contract"]).landed += 1
            self.tally.show()

    def attempt_all(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> list[Result | VtexError]:
        """Call a function with many items at a time: what it returns, or why not.

        Raises RefusedError.
        """

        def attempt(item: Item) -> Result | VtexError:
            try:
                return function(item)
            except RefusedError:
                raise
            except VtexError as error:
                return error

        return list(self._pool.map(attempt, items))

    def fetch_each(
        self,
        kind: Kind,
        ids: Iterable[str],
        job: Job | None,
        landed: Callable[[list[bytes]], None] = lambda _: None,
    ) -> int:
        """Get and land a document an id, but for those that the job has done.

        `landed` is called with documents that were just landed, before they count as done. Returns
        how many failed. Raises RefusedError, SinkError, and UnavailableError if one after the other
        fails.
        """
        contract = kind.contract
        count = self.tally.of(contract)
        failed = failed_in_a_row = 0
        for batch in batches(ids, _PUT_AT_ONCE):
            todo = [each for each in batch if not (job and job.is_done(f"{contract} {each}"))]
            count.skipped += len(batch) - len(todo)
            done = []
            messages = []
            for each, answer in zip(todo, self.attempt_all(kind.get, todo), strict=True):
                if isinstance(answer, Answer):
                    messages.append(self.message(contract, answer.content))
                elif kind.may_be_absent and isinstance(answer, NotFoundError):
                    count.skipped += 1
                else:
                    _LOG.warning("%s", answer)
                    failed += 1
                    count.failed += 1
                    failed_in_a_row += 1
                    continue
                failed_in_a_row = 0
                done.append(f"{contract} {each}")
            self.put(messages)
            landed([message.data for message in messages])
            if job:
                job.mark(done)
            if failed_in_a_row >= _TOO_MANY_FAILURES:
                raise UnavailableError(
                    f"{failed_in_a_row} requests in a row have failed: {answer}; what was read is "
                    "landed, run the same command again later to go on"
                )
        return failed

    def put_elements(self, contract: str, array: bytes) -> int:
        """Land every element of a JSON array as a document; returns how many. Raises SinkError."""
        elements = elements_of(array)
        self.put([self.message(contract, element) for element in elements])
        return len(elements)


def elements_of(array: bytes) -> list[bytes]:
    """Cut a JSON array into its elements, as they are written; raises VtexError if it is none."""
    try:
        return [bytes(element) for element in _ARRAY.decode(array)]
    except msgspec.DecodeError as error:
        raise VtexError(f"VTEX answered something else than an array: {error}") from error


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Cut items into lists of at most `size`."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
