"""`vitrine deliver`: a day's messages to customers, as a command."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import click
import msgspec
from pyarrow import ArrowException

from delivery import config as configuration
from delivery import settings as delivery_settings
from delivery.config import Channel, Config
from delivery.errors import DeliveryError
from delivery.journal import Journal, lock
from delivery.outbox import land_outcomes
from delivery.people import People, Suggestion, read_suggestions
from delivery.replies import Replies, Words
from delivery.sending import Deliverer, Report
from delivery.texts import Texts
from ingestion import settings
from ingestion.errors import explain
from ingestion.forgetting import suppression
from ingestion.logs import log_to_stderr
from ingestion.sinks import open_sink
from ingestion.storage import open_storage
from warehouse.cli import project_dir_option
from warehouse.project_vars import business_zone, read_vars
from warehouse.text import table
from warehouse.versions import Warehouse

# The exit code where messages are left for allowed hours: 1 is an error, 2 is click's.
_LEFT = 3


@click.command()
@click.option(
    "--date",
    "run_date",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The run date of OUT.  [default: today, on the shop's clock]",
)
@click.option("--channel", type=click.Choice(["sms", "whatsapp"]), default="sms", show_default=True)
@click.option("--send", "is_sending", is_flag=True, help="Send; without it nothing is sent.")
@click.option(
    "--sink",
    "sink_name",
    default="raw",
    show_default=True,
    metavar="SINK",
    help="Where it is told what was sent: raw, or topics as `vitrine serve --sink` has them.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object.")
@project_dir_option
def deliver(  # noqa: PLR0913 (one parameter an option)
    run_date: datetime | None,
    channel: Channel,
    *,
    is_sending: bool,
    sink_name: str,
    as_json: bool,
    project_dir: Path,
) -> None:
    """Send a day's contact suggestions through Twilio; say what would be sent unless --send.

    Whom OUT suggests (`vitrine export`) is sent a text in Portuguese, if they accept messages by
    the build that is published now, have not answered SAIR (whatever has landed counts), have a
    phone, and were not sent too much lately; between 07:00 and 23:00 on the shop's clock, and at
    most once a person and day, whatever crashes. Run it again to go on where a run ended.

    \b
      vitrine deliver --date 2024-05-01
      vitrine deliver --channel whatsapp --send

    \b
    Settings (environment variables):
      TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN   whose account it is
      VITRINE_OUT                OUT                    (default data/out)
      VITRINE_DELIVERY_CONFIG    who sends, and limits  (default data/delivery.toml)
      VITRINE_DELIVERY_JOURNAL   what was sent; keep it (default data/deliveries.sqlite)

    Exit code: 0 if all that may be sent was; 3 if messages are left for allowed hours; 1 on errors.
    """  # noqa: D301 (\b is for click)
    log_to_stderr("delivery")
    zone = business_zone(project_dir)
    day = run_date.date() if run_date else datetime.now(UTC).astimezone(zone).date()
    if is_sending:
        report = send_day(day, channel, project_dir, sink_name)
    else:
        with _readable_raw():
            report = _errand(day, channel, project_dir).plan()
    click.echo(msgspec.json.encode(report) if as_json else "\n".join(_lines(report)))
    if report.left:
        sys.exit(_LEFT)


def send_day(day: date, channel: Channel, project: Path, sink_name: str = "raw") -> Report:
    """Send a run date's suggestions, as the environment and delivery's file say.

    Raises DeliveryError, LandingError and WarehouseError.
    """
    errand = _errand(day, channel, project)
    with _readable_raw(), lock(delivery_settings.journal_path()):
        return errand.send(sink_name)


def _errand(day: date, channel: Channel, project: Path) -> "_Errand":
    config = configuration.load(delivery_settings.config_path())
    return _Errand(config, channel, day, project)


class _Errand(NamedTuple):
    """What a run is asked for."""

    config: Config
    channel: Channel
    run_date: date
    project: Path

    def plan(self) -> Report:
        path = delivery_settings.journal_path()
        # Where nothing was ever sent there is nothing to compare hashes with.
        key = suppression.find_key() if path.exists() else None
        with closing(Journal(path if key else None, key.check if key else "")) as journal:
            suggestions, deliverer = self._prepare(journal, key.mark if key else str)
            return deliverer.plan(suggestions)

    def send(self, sink_name: str) -> Report:
        # Half a second, for who sends.
        from delivery.twilio_api import Twilio  # noqa: PLC0415 (see above)

        messages = Twilio(self.config, configuration.credentials(), self.channel)
        key = suppression.ensure_key(open_storage(settings.raw_root()))
        with closing(Journal(delivery_settings.journal_path(), key.check)) as journal:
            suggestions, deliverer = self._prepare(journal, key.mark)
            with closing(open_sink(sink_name)) as sink:
                return deliverer.deliver(
                    suggestions, messages, lambda: land_outcomes(journal, sink)
                )

    def _prepare(
        self, journal: Journal, person_of: Callable[[str], str]
    ) -> tuple[list[Suggestion], Deliverer]:
        out = open_storage(delivery_settings.out_root(), "VITRINE_OUT")
        suggestions = read_suggestions(out, self.run_date)
        variables = read_vars(self.project)
        words = Words(variables["opt_out_words"], variables["opt_in_words"])
        deliverer = Deliverer(
            self.config,
            self.channel,
            self.run_date,
            zone=business_zone(self.project),
            journal=journal,
            people=People(Warehouse(settings.warehouse_path()), suggestions),
            replies=Replies(open_storage(settings.raw_root()), words),
            texts=Texts(self.config.templates, self.config.most_characters),
            person_of=person_of,
        )
        return suggestions, deliverer


@contextmanager
def _readable_raw() -> Iterator[None]:
    """Say that nobody is sent anything while it is not known who opted out."""
    try:
        yield
    except (OSError, ArrowException) as error:
        reason = explain(error, settings.raw_root()) if isinstance(error, OSError) else str(error)
        raise DeliveryError(f"cannot read who opted out, so nothing is sent: {reason}") from error


def _lines(report: Report) -> list[str]:
    verb = "would be sent" if report.is_dry_run else "sent"
    lines = [
        f"{report.run_date}, {report.channel}: {report.sent.total():,} of {report.suggested:,} "
        f"suggested messages {verb}.",
        *_counts("reason", report.sent),
        *_counts("not sent, because", report.not_sent),
    ]
    if report.found or report.not_found:
        lines += [
            "",
            f"Of messages whose outcome was unknown, Twilio had taken {report.found:,}, and "
            f"{report.not_found:,} not.",
        ]
    if report.unresolved:
        what = (
            "have an unknown outcome; --send asks Twilio first"
            if report.is_dry_run
            else "have an unknown outcome for good: nobody has their phone any more"
        )
        lines += ["", f"{report.unresolved:,} earlier messages {what}."]
    if report.left:
        lines += ["", "Messages are left for allowed hours: run it again then."]
    if report.is_dry_run:
        lines += ["", "Nothing was sent: --send sends."]
    return lines


def _counts(title: str, counts: Counter[str]) -> list[str]:
    rows = [(name, f"{count:,}") for name, count in sorted(counts.items())]
    return ["", *table([(title, "messages"), *rows])] if rows else []
