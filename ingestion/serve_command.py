"""`vitrine serve`: the gateway as a command."""

import json

import click
import msgspec

from ingestion import contracts, settings
from ingestion.errors import LandingError
from ingestion.gateway import config as configuration
from ingestion.gateway.config import Config, Source
from ingestion.logs import log_to_stderr
from ingestion.tokens import is_loopback, new_token

# In the raw layer a group costs a file a contract; a topic has no such cost.
_RAW_COMMIT_SECONDS = 0.2
_TOPIC_COMMIT_SECONDS = 0.01


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0: any."
)
@click.option(
    "--sink",
    "sink_name",
    default="raw",
    show_default=True,
    metavar="SINK",
    help="raw, or pubsub:projects/P/topics/T ({table} in T: a topic a contract).",
)
@click.option("--insecure", is_flag=True, help="Let anybody post anything; only on this machine.")
@click.option(
    "--new-token", metavar="NAME", help="Print a token for a source, and its entry; do not serve."
)
def serve(host: str, port: int, sink_name: str, *, insecure: bool, new_token: str | None) -> None:
    """Take messages over HTTP: VTEX hooks, storefront pixels, tills, Pub/Sub push.

    A request is answered 200 (a push: 204) only when what it brought is kept: in the raw layer, or
    in a topic. Whoever gets another answer, or none, sends it again. SIGTERM and Ctrl-C let those
    who are under way finish.

    \b
      POST /hooks/vtex         VTEX's order hook, its ping too
      POST /events             messages that tell what they are
      POST /events/CONTRACT    messages of one contract
      POST /push               Pub/Sub push
      POST /twilio/status      what became of a message to a customer, from Twilio
      POST /twilio/reply       what the customer answered; signed, by TWILIO_AUTH_TOKEN
      GET  /health /ready /metrics /openapi.json

    A body is a JSON object, an array of them, or NDJSON. Who may post what, and the limits, are in
    a TOML file, VITRINE_GATEWAY_CONFIG (default data/gateway.toml). --new-token makes its entries:

    \b
      vitrine serve --new-token vtex >> data/gateway.toml
      vitrine serve
      vitrine serve --host 0.0.0.0 --sink 'pubsub:projects/shop/topics/{table}'

    \b
    To try it out, without a file:
      vitrine serve --insecure &
      curl localhost:8080/events/pos.receipt -H 'content-type: application/json' -d '{"cupom": {}}'
    """  # noqa: D301 (\b is for click)
    if new_token is not None:
        _print_token(new_token)
        return
    known = contracts.load()
    config = _config(known, host, insecure=insecure)
    # Half a second and more, for who serves.
    from ingestion.gateway import server  # noqa: PLC0415 (the gateway: for who serves)
    from ingestion.gateway.app import create_app  # noqa: PLC0415 (the gateway: for who serves)
    from ingestion.sinks import open_sink  # noqa: PLC0415 (the gateway: for who serves)

    log_to_stderr()
    listening = server.listen(host, port)
    sink = open_sink(sink_name)
    seconds = config.limits.commit_seconds
    if seconds is None:
        seconds = _RAW_COMMIT_SECONDS if sink_name == "raw" else _TOPIC_COMMIT_SECONDS
    app = create_app(config, known, sink, commit_seconds=seconds, is_open=insecure)
    server.run(app, config.limits, listening)


def _config(known: contracts.Contracts, host: str, *, insecure: bool) -> Config:
    """Read the settings, or none where anybody may post; raises LandingError."""
    path = settings.gateway_config_path()
    if not insecure:
        if not path.exists():
            raise LandingError(
                f"{path}: no such file, so nobody may post. Make it with "
                f"`vitrine serve --new-token NAME >> {path}`, or try it out with --insecure."
            )
        return configuration.load(path, known)
    if not is_loopback(host):
        raise LandingError(
            f"--insecure is for this machine alone, and {host} is more: leave one of them out."
        )
    return Config()


def _print_token(name: str) -> None:
    """Print an entry to standard output, for the file; and the token beside it, to be handed on."""
    token, digest = new_token()
    entry = {"name": name, "token_sha256": [digest], "contracts": ["*"]}
    try:
        msgspec.convert(entry, Source)
    except msgspec.ValidationError as error:
        raise LandingError(f"{name!r} names no source: {error}.") from error
    lines = [f"{key} = {json.dumps(value)}" for key, value in entry.items()]
    click.echo("\n".join(["[[source]]", *lines, ""]))
    click.echo(
        f"The token of {name}, shown this once; the file has only its hash: {token}", err=True
    )
