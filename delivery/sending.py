"""Sending a day's messages, each at most once, whatever crashes.

Twilio has no idempotency key. So an intent is on the disk before a request is made, and what came
of a request that got no answer is asked of Twilio before anything else is done about that person:
by phone, and by the reference that stands in each message's text.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from delivery.config import Channel, Config
from delivery.errors import DeliveryError
from delivery.journal import Delivery, Journal, NewDelivery, read_time
from delivery.people import Contact, Suggestion
from delivery.texts import Texts
from delivery.twilio_api import BusyError, Messages, RefusedError, StoppedError, UnknownError

_log = logging.getLogger(__name__)

# Why a suggestion is not followed.
NO_CONTACT, NO_CONSENT, NO_PHONE = "no_contact", "no_consent", "no_phone"
OPTED_OUT, CONTACTED, CAPPED = "opted_out", "already_contacted", "capped"
NO_TEMPLATE, REFUSED, QUIET_HOURS = "no_template", "refused_by_twilio", "quiet_hours"

_LONGEST_WAIT_SECONDS = 30
# How many are sent between two lines of the log, and between two landings of what was sent.
_EVERY = 50


class Known(Protocol):
    """What is known of people now; see `delivery.people.People`."""

    def refresh(self) -> None: ...  # noqa: D102 (see People)
    def contact(self, customer_id: str) -> Contact | None: ...  # noqa: D102 (see People)
    def product(self, sku_id: str | None) -> str | None: ...  # noqa: D102 (see People)
    def shop(self, store_id: str | None) -> str | None: ...  # noqa: D102 (see People)
    def phones(self) -> Iterable[str]: ...  # noqa: D102 (see People)


class OptOuts(Protocol):
    """Who opted out; see `delivery.replies.Replies`."""

    def refresh(self) -> None: ...  # noqa: D102 (see Replies)
    def has_opted_out(self, phone: str) -> bool: ...  # noqa: D102 (see Replies)


@dataclass
class Report:
    """What was sent (of a dry run: would be), by reason; what was not, and why."""

    run_date: date
    channel: Channel
    is_dry_run: bool
    suggested: int = 0
    sent: Counter[str] = field(default_factory=Counter)
    not_sent: Counter[str] = field(default_factory=Counter)
    # intents of before: taken by Twilio, not taken, and those whose phone nobody has any more
    found: int = 0
    not_found: int = 0
    unresolved: int = 0

    @property
    def left(self) -> int:
        """How many could be sent later, in the hours in which that is allowed."""
        return self.not_sent[QUIET_HOURS]


class Deliverer:
    """Sends the messages of one run date, by one channel."""

    def __init__(  # noqa: PLR0913 (what it needs, each once)
        self,
        config: Config,
        channel: Channel,
        run_date: date,
        *,
        zone: ZoneInfo,
        journal: Journal,
        people: Known,
        replies: OptOuts,
        texts: Texts,
        person_of: Callable[[str], str],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Name what it works with; `person_of` hashes a phone (E.164)."""
        self._config = config
        self._channel = channel
        self._run_date = run_date
        self._zone = zone
        self._journal = journal
        self._people = people
        self._replies = replies
        self._texts = texts
        self._person_of = person_of
        self._clock = clock
        self._sleep = sleep
        self._next_at: datetime | None = None

    def plan(self, suggestions: Sequence[Suggestion]) -> Report:
        """Say what would be sent if it were allowed at this hour; changes nothing."""
        report = Report(self._run_date, self._channel, True, len(suggestions))
        report.unresolved = len(self._journal.intents())
        persons: set[str] = set()
        for suggestion in suggestions:
            why, contact = self._judge(suggestion)
            if contact is not None and contact.phone is not None and why is None:
                person = self._person_of(contact.phone)
                why = CONTACTED if person in persons else None
                persons.add(person)
            _count(report, suggestion, why)
        return report

    def deliver(
        self, suggestions: Sequence[Suggestion], messages: Messages, land: Callable[[], None]
    ) -> Report:
        """Send what may be sent; `land` tells the raw layer of what is in the journal.

        First what an earlier process left is cleared up. Raises DeliveryError, and OSError if the
        replies cannot be read: whoever runs it again goes on where it ended.
        """
        report = Report(self._run_date, self._channel, False, len(suggestions))
        land()
        self._clear_up(messages, report)
        try:
            for number, suggestion in enumerate(suggestions):
                why = self._deliver_one(suggestion, messages)
                _count(report, suggestion, why)
                if why == QUIET_HOURS:
                    report.not_sent[QUIET_HOURS] += len(suggestions) - number - 1
                    break
                if why is None and report.sent.total() % _EVERY == 0:
                    _log.info("%d of %d looked at; %s", number + 1, len(suggestions), _told(report))
                    land()
        except (StoppedError, BusyError, UnknownError) as error:
            land()
            what = "takes nothing" if isinstance(error, StoppedError) else "does not answer well"
            raise DeliveryError(
                f"Twilio {what}: {error}; {_told(report)}. Run it again once that is mended: it "
                "goes on where this ended."
            ) from error
        land()
        return report

    def _clear_up(self, messages: Messages, report: Report) -> None:
        """Find out what came of intents that a process left behind."""
        intents = self._journal.intents()
        if not intents:
            return
        _log.warning("%d messages have an unknown outcome; asking Twilio", len(intents))
        self._people.refresh()
        phones = {self._person_of(phone): phone for phone in self._people.phones()}
        for delivery in intents:
            phone = phones.get(delivery.person)
            if phone is None:
                # Nobody is known by this number any more, so nobody is sent anything to it.
                report.unresolved += 1
                continue
            try:
                sid = self._retrying(self._ask, messages, phone, delivery)
            except (BusyError, UnknownError, StoppedError) as error:
                raise DeliveryError(
                    f"Twilio does not say what became of an earlier message: {error}. Nothing was "
                    "sent; run it again later."
                ) from error
            report.found += sid is not None
            report.not_found += sid is None
            if sid is None:
                self._journal.mark_unsent(delivery)
        _log.info("%d were taken, %d were not", report.found, report.not_found)

    def _ask(self, messages: Messages, phone: str, delivery: Delivery) -> str | None:
        """Ask Twilio for a message, once its last request can have no effect any more."""
        settled_at = read_time(delivery.attempted_at) + timedelta(
            seconds=self._config.settle_seconds
        )
        left = (settled_at - self._clock()).total_seconds()
        if left > 0:
            # No longer than that, should the clock have been set back.
            self._sleep(min(left, self._config.settle_seconds))
        sid = messages.find(phone, delivery.reference, read_time(delivery.intended_at))
        if sid is not None:
            self._journal.mark_sent(delivery, sid, read_time(delivery.attempted_at))
        return sid

    def _judge(self, suggestion: Suggestion) -> tuple[str | None, Contact | None]:
        """Say why a suggestion is not followed, by what is known now; None if it is."""
        self._people.refresh()
        self._replies.refresh()
        contact = self._people.contact(suggestion.customer_id)
        if contact is None:
            return NO_CONTACT, None
        why = self._consent(contact)
        if why is not None or contact.phone is None:
            return why, contact
        person, day = self._person_of(contact.phone), self._local().date()
        if self._journal.knows(self._run_date, day, person, contact.customer_id):
            return CONTACTED, contact
        config = self._config
        if self._journal.count(person, day, config.within_days) >= config.most_messages:
            return CAPPED, contact
        return (None if self._texts.has(suggestion.reason_code) else NO_TEMPLATE), contact

    def _consent(self, contact: Contact) -> str | None:
        if not contact.accepts_messages:
            return NO_CONSENT
        if contact.phone is None:
            return NO_PHONE
        return OPTED_OUT if self._replies.has_opted_out(contact.phone) else None

    def _deliver_one(self, suggestion: Suggestion, messages: Messages) -> str | None:
        """Follow a suggestion; says why not, None if the message was taken."""
        why, contact = self._judge(suggestion)
        if why is not None or contact is None or contact.phone is None:
            return why
        if not self._is_open():
            return QUIET_HOURS
        now = self._pace()
        intent = NewDelivery(
            self._run_date,
            now.astimezone(self._zone).date(),
            self._person_of(contact.phone),
            contact.customer_id,
            suggestion.store_id,
            suggestion.campaign_id,
            suggestion.sku_id,
            suggestion.reason_code,
            self._channel,
        )
        delivery = self._journal.intend(intent, now)
        if delivery is None:
            return CONTACTED
        return self._send(delivery, suggestion, contact.phone, messages)

    def _send(
        self, delivery: Delivery, suggestion: Suggestion, phone: str, messages: Messages
    ) -> str | None:
        """Hand an intended message over; says why not, None if it was taken."""
        # Whether a request has been made of which nobody knows what came.
        is_unknown = False
        try:
            for attempt in self._retrying:
                with attempt:
                    if attempt.retry_state.attempt_number > 1:
                        if is_unknown and self._ask(messages, phone, delivery) is not None:
                            return None
                        is_unknown = False
                        delivery = self._journal.attempt(delivery, self._clock())
                    text, why = self._last_look(suggestion, phone, delivery)
                    if why is not None:
                        self._journal.mark_unsent(delivery)
                        return why
                    is_unknown = True
                    try:
                        sid = messages.send(phone, text, delivery.delivery_id)
                    except (BusyError, RefusedError, StoppedError):
                        is_unknown = False
                        raise
                    self._journal.mark_sent(delivery, sid, self._clock())
        except RefusedError as error:
            self._journal.mark_refused(delivery, error.code, self._clock())
            return REFUSED
        except (BusyError, StoppedError):
            if not is_unknown:
                self._journal.mark_unsent(delivery)
            raise
        return None

    def _last_look(
        self, suggestion: Suggestion, phone: str, delivery: Delivery
    ) -> tuple[str, str | None]:
        """Write the text, and say why it may not be sent after all; the last thing before it is."""
        self._people.refresh()
        contact = self._people.contact(suggestion.customer_id)
        names = {
            "first_name": contact.first_name if contact else None,
            "product": self._people.product(suggestion.sku_id),
            "shop": self._people.shop(suggestion.store_id),
        }
        text = self._texts.write(suggestion.reason_code, delivery.reference, names)
        self._replies.refresh()
        if contact is None or contact.phone != phone:
            return text, NO_CONTACT
        return text, self._consent(contact) or (None if self._is_open() else QUIET_HOURS)

    def _pace(self) -> datetime:
        """Wait until the next message may be sent; gives the time that it is then."""
        interval = timedelta(seconds=1 / self._config.messages_per_second)
        now = self._clock()
        if self._next_at is not None and self._next_at > now:
            # No longer than that, should the clock have been set back.
            self._sleep(min(self._next_at - now, interval).total_seconds())
            now = self._clock()
        self._next_at = now + interval
        return now

    def _local(self) -> datetime:
        return self._clock().astimezone(self._zone)

    def _is_open(self) -> bool:
        return self._config.is_open(self._local().time())

    @property
    def _retrying(self) -> Retrying:
        return Retrying(
            retry=retry_if_exception_type((BusyError, UnknownError)),
            wait=wait_random_exponential(multiplier=0.5, max=_LONGEST_WAIT_SECONDS),
            stop=stop_after_attempt(self._config.attempts),
            sleep=self._sleep,
            before_sleep=_log_retry,
            reraise=True,
        )


def _count(report: Report, suggestion: Suggestion, why: str | None) -> None:
    if why is None:
        report.sent[suggestion.reason_code] += 1
    else:
        report.not_sent[why] += 1


def _told(report: Report) -> str:
    return f"{report.sent.total():,} sent, {report.not_sent.total():,} not to be sent"


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    seconds = state.next_action.sleep if state.next_action else 0
    _log.warning("%s; asking again in %.1f s", error, seconds)
