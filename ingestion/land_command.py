"""`vitrine land`: messages into the raw layer, and what became of them."""

import sys

import click

from ingestion import contracts, settings
from ingestion.contracts import Contract, Contracts
from ingestion.errors import LandingError
from ingestion.land_sources import PUBSUB, Reception, land_sources
from ingestion.logs import log_to_stderr


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE…")
@click.option(
    "--contract",
    "contract_name",
    metavar="NAME",
    help="The lines are bare payloads of this contract, not raw rows.",
)
@click.option(
    "--until-empty", is_flag=True, help="Subscriptions: end when nothing has come for 2 seconds."
)
@click.option(
    "--flush-seconds",
    type=click.FloatRange(min=0.05),
    default=10.0,
    show_default=True,
    help="Subscriptions: how long a message may wait for others before it is landed.",
)
@click.option(
    "--flush-rows",
    type=click.IntRange(min=1),
    default=100_000,
    show_default=True,
    help="Subscriptions: how many messages a file has at most, about.",
)
@click.option(
    "--budget-mb",
    type=click.IntRange(min=1),
    default=48,
    show_default=True,
    help="Subscriptions: how much may be in memory before pulling waits.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the account as one JSON object.")
def land(  # noqa: PLR0913, PLR0917 (one for each option)
    sources: tuple[str, ...],
    contract_name: str | None,
    as_json: bool,
    until_empty: bool,
    flush_seconds: float,
    flush_rows: int,
    budget_mb: int,
) -> None:
    """Land messages from files of lines (NDJSON, plain or .gz), folders of such files, or Pub/Sub.

    Every message is kept byte for byte, in the table of its contract or, where that cannot be
    told, in dead_letters. A file lands whole or not at all, and only once: landing the same
    content again adds nothing. After a crash, just run the same command again.

    A line is a raw row, a JSON object with exactly these keys:

    \b
      {"subscription_name": "orders", "message_id": "1",
       "publish_time": "2024-05-01T12:00:00Z",
       "attributes": {"contract": "vtex.order"}, "data": "the payload"}

    "data" may be {"base64": "…"}, for a payload that is not UTF-8. With --contract, a line is just
    the payload.

    A subscription is landed until the command is told to stop (SIGTERM, Ctrl-C), or is empty. Its
    messages are acknowledged once they are durably landed, and not before; what is pulled when the
    command is told to stop is landed first. Several landers may share a subscription. The emulator
    is used where PUBSUB_EMULATOR_HOST names one.

    \b
    Examples:
      vitrine land messages.ndjson.gz
      vitrine land monday.ndjson tuesday.ndjson archive/
      vitrine land --contract vtex.order orders.jsonl
      vitrine land --json messages.ndjson | jq .dead_letters
      vitrine land pubsub:projects/shop/subscriptions/orders pubsub:projects/shop/subscriptions/pos
      vitrine land --until-empty pubsub:projects/shop/subscriptions/orders

    Exit code: 0 if every file is landed, now or before, and every subscription could be received
    from; 1 if not (all the others are).
    """  # noqa: D301 (\b is for click)
    if any(source.startswith(PUBSUB) for source in sources):
        log_to_stderr()
    account = land_sources(
        settings.raw_root(),
        sources,
        Reception(until_empty, flush_seconds, flush_rows, budget_mb << 20),
        _find_contract(contracts.load(), contract_name),
    )
    click.echo(account.to_json() if as_json else account.to_text())
    errors = [one.error for one in account.inputs if one.error]
    for message in errors:
        click.echo(f"Error: {message}", err=True)
    if errors:
        sys.exit(1)


def _find_contract(known: Contracts, name: str | None) -> Contract | None:
    if name is None:
        return None
    if name not in known.by_name:
        raise LandingError(f"unknown contract {name!r}; known: {', '.join(sorted(known.by_name))}.")
    return known.by_name[name]
