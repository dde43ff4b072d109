"""`vitrine pull`: what a source has to be asked for."""

import logging
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import click
import duckdb

from ingestion import settings
from ingestion.logs import log_to_stderr
from ingestion.sinks import SinkError, open_sink
from ingestion.sources.vtex import (
    catalogue,
    feed,
    master_data,
    offers,
    order_list,
    orders,
    reconciliation,
    registers,
)
from ingestion.sources.vtex import settings as vtex_settings
from ingestion.sources.vtex.errors import UnknownKeyError, VtexError
from ingestion.sources.vtex.run import Run
from ingestion.sources.vtex.state import State
from ingestion.storage import open_storage


@click.group()
def pull() -> None:
    """Read what a source does not send by itself.

    \b
      vitrine pull vtex --help    a VTEX shop: orders, catalogue, prices, stock, customers
    """  # noqa: D301 (\b is for click)


@pull.group()
def vtex() -> None:
    """Read a VTEX shop, and land what it says byte for byte, or publish it to topics.

    Nothing is lost: an event is taken off VTEX's feed only after it is landed with its order, and
    an interrupted command goes on where it was when it is run again. What is read twice lands
    twice, and the warehouse counts it as a duplicate.

    \b
    First:
      export VITRINE_VTEX_ACCOUNT=myshop VITRINE_VTEX_APP_KEY=… VITRINE_VTEX_APP_TOKEN=…
      vitrine pull vtex orders --from 2024-01-01   the orders so far
      vitrine pull vtex all                        everything else
    Then:
      vitrine pull vtex feed                       orders as they change, until stopped
      vitrine pull vtex all                        daily, by cron

    \b
    Settings (environment variables):
      VITRINE_VTEX_ACCOUNT, _APP_KEY, _APP_TOKEN   which shop, as whom (no default)
      VITRINE_VTEX_ENVIRONMENT   (default vtexcommercestable)
      VITRINE_VTEX_URL           (default https://ACCOUNT.ENVIRONMENT.com.br)
      VITRINE_VTEX_PRICING_URL   (default https://api.vtex.com/ACCOUNT/pricing)
      VITRINE_VTEX_RATE          requests a second (default 40; VTEX allows 100 to an account)
      VITRINE_VTEX_TIMEOUT       seconds to wait for an answer (default 30)
      VITRINE_VTEX_TRIES         of a request that fails for a while (default 6)
      VITRINE_VTEX_BACKOFF       seconds before the second try, then longer (default 0.5)
      VITRINE_STATE              folder of what pulls remember (default data/state)

    Exit code: 0 if all was read and landed; 1 if anything failed (the rest is landed).
    """  # noqa: D301 (\b is for click)


def _reads(*options: Callable[[Any], Any]) -> Callable[[Callable[..., None]], click.Command]:
    """Make a command of `vitrine pull vtex` of a function of a run and the options' values."""

    def decorate(function: Callable[..., None]) -> click.Command:
        def command(sink: str, as_json: bool, **values: object) -> None:
            _run(sink, as_json, lambda run: function(run, **values))

        command.__doc__ = function.__doc__
        for option in reversed(
            [
                *options,
                click.option(
                    "--sink",
                    default="raw",
                    show_default=True,
                    metavar="SINK",
                    help="raw, pubsub:projects/P/topics/T, or pubsub:projects/P/topics/{table}.",
                ),
                click.option("--json", "as_json", is_flag=True, help="Print the account as JSON."),
            ]
        ):
            command = option(command)
        name = function.__name__.strip("_").removeprefix("pull_").replace("_", "-")
        return vtex.command(name)(command)

    return decorate


def _run(sink_name: str, as_json: bool, read: Callable[[Run], None]) -> None:
    """Read, tell what was read, and exit with 1 if anything is missing."""
    log_to_stderr()
    shop = vtex_settings.load()
    # What was landed in one raw layer was not in another.
    where = str(settings.raw_root()) if sink_name == "raw" else sink_name
    with (
        State(vtex_settings.state_folder(), shop.account, where) as state,
        closing(open_sink(sink_name)) as sink,
        Run(shop, sink, state, Event()) as run,
    ):
        try:
            read(run)
        except (VtexError, SinkError) as error:
            run.tally.problems.append(str(error))
        except sqlite3.Error as error:
            run.tally.problems.append(
                f"cannot remember progress: {error}; look after VITRINE_STATE"
            )
        except (OSError, duckdb.Error) as error:
            run.tally.problems.append(f"cannot read the raw layer: {error}; look after VITRINE_RAW")
    tally = run.tally
    click.echo(tally.to_json() if as_json else tally.to_text())
    if tally.is_whole:
        return
    for problem in tally.problems:
        click.echo(f"Error: {problem}.", err=True)
    sys.exit(1)


@_reads(
    click.option("--until-empty", is_flag=True, help="End once the feed is empty."),
    click.option(
        "--poll",
        type=click.FloatRange(0.1),
        default=10.0,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait when the feed is empty.",
    ),
)
def _pull_feed(run: Run, until_empty: bool, poll: float) -> None:
    """Land orders as they change: events of Feed v3, each with its order as it is now.

    Runs until stopped (SIGTERM or Ctrl-C: it finishes what it began, and exits with 0), and waits
    out whatever passes. Events are committed after they are landed, never before. If an order
    cannot be read its events come again; if VTEX says five times that there is no such order, they
    are committed, and `reconcile` looks for it again.

    The feed belongs to the key: no other program may read it with the same one, and it must have
    been configured with it (POST /api/orders/feed/config). VTEX keeps events for four days.

    \b
    Examples:
      vitrine pull vtex feed
      vitrine pull vtex feed --until-empty --json
    """  # noqa: D301 (\b is for click)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: run.stop.set())
    feed.pull(run, None if until_empty else poll)
    run.tally.comes_again = not until_empty


@_reads(
    click.option(
        "--from",
        "first",
        type=click.DateTime(["%Y-%m-%d"]),
        help="First day of creation (UTC); by default as far back as VTEX goes, two years.",
    ),
    click.option(
        "--to",
        "last",
        type=click.DateTime(["%Y-%m-%d"]),
        help="Last day, included; by default until now.",
    ),
)
def _pull_orders(run: Run, first: datetime | None, last: datetime | None) -> None:
    """Land every order that was created in a period, as it is now (backfill).

    VTEX lists 3,000 orders a query at most: the period is cut into windows small enough, down to a
    millisecond. Run the same command again to go on after an interruption, or to try again what
    failed. Incomplete orders are not in VTEX's list.

    \b
    Examples:
      vitrine pull vtex orders
      vitrine pull vtex orders --from 2024-01-01 --to 2024-03-31
    """  # noqa: D301 (\b is for click)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    reach = today - order_list.REACH
    start = first.replace(tzinfo=UTC) if first else reach
    if start < reach:
        click.echo(f"VTEX lists orders of two years: beginning with {reach:%Y-%m-%d}.", err=True)
    end = last and last.replace(tzinfo=UTC) + timedelta(days=1)
    if end and end <= max(start, reach):
        raise click.BadParameter("the period ends before it begins, or before what VTEX lists")
    orders.backfill(
        run,
        order_list.milliseconds(max(start, reach)),
        order_list.milliseconds(end) if end else None,
    )


@_reads()
def _pull_catalogue(run: Run) -> None:
    """Land all categories, brands, SKUs and their products."""
    catalogue.pull(run)


@_reads()
def _pull_prices(run: Run) -> None:
    """Land the price of every SKU; those without one are skipped."""
    offers.pull_prices(run)


@_reads()
def _pull_inventory(run: Run) -> None:
    """Land all warehouses, and the stock of every SKU in them."""
    offers.pull_inventory(run)


@_reads()
def _pull_sellers(run: Run) -> None:
    """Land all sellers."""
    registers.pull_sellers(run)


@_reads()
def _pull_pickup_points(run: Run) -> None:
    """Land all pickup points."""
    registers.pull_pickup_points(run)


@_reads()
def _pull_promotions(run: Run) -> None:
    """Land all promotions, switched off and archived ones too, and all coupons."""
    registers.pull_promotions(run)


_FULL = click.option("--full", is_flag=True, help="All of them, not only those changed since.")


@_reads(_FULL)
def _pull_clients(run: Run, full: bool) -> None:
    """Land customers (Master Data CL): the first time all, then those created or changed since."""
    master_data.pull(run, "CL", is_full=full)


@_reads(_FULL)
def _pull_addresses(run: Run, full: bool) -> None:
    """Land addresses (Master Data AD): the first time all, then those created or changed since."""
    master_data.pull(run, "AD", is_full=full)


_DAYS = click.option(
    "--days",
    type=click.IntRange(1, order_list.REACH.days),
    default=30,
    show_default=True,
    help="Of creation, back from now: as long as orders change.",
)


@_reads(_DAYS)
def _reconcile(run: Run, days: int) -> None:
    """Fetch the orders that feed and hooks missed: VTEX's list against what was landed.

    An order is missing if the raw layer (VITRINE_RAW) has no version of it, and outdated if its
    newest one has another status or is older than the list says. Both are fetched and landed.

    \b
    Examples:
      vitrine pull vtex reconcile
      vitrine pull vtex reconcile --days 7 --json | jq .reconciliation
    """  # noqa: D301 (\b is for click)
    reconciliation.reconcile(run, open_storage(str(settings.raw_root())), days)


@_reads(_DAYS)
def _all(run: Run, days: int) -> None:
    """Do one round of everything, for cron: feed until empty, full reads, and reconciliation.

    A part that fails does not keep the others from being done. Where no feed is configured (hooks
    do its work then), that part is left out.
    """
    parts: list[Callable[[], None]] = [
        lambda: _drain(run),
        lambda: catalogue.pull(run),
        lambda: offers.pull_prices(run),
        lambda: offers.pull_inventory(run),
        lambda: registers.pull_sellers(run),
        lambda: registers.pull_pickup_points(run),
        lambda: registers.pull_promotions(run),
        lambda: master_data.pull(run, "CL"),
        lambda: master_data.pull(run, "AD"),
        lambda: reconciliation.reconcile(run, open_storage(str(settings.raw_root())), days),
    ]
    for part in parts:
        try:
            part()
        except UnknownKeyError:
            raise
        except VtexError as error:
            run.tally.problem(str(error))


def _drain(run: Run) -> None:
    try:
        feed.pull(run, None)
    except feed.NoFeedError as error:
        logging.getLogger(__name__).info("%s", error)
