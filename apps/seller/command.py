"""`vitrine seller`: the sellers' page as a command."""

import json
from datetime import UTC, datetime, timedelta

import click
import msgspec

from apps.seller import config as configuration
from apps.seller.config import Shop
from ingestion import settings
from ingestion.errors import LandingError
from ingestion.logs import log_to_stderr
from ingestion.tokens import new_token


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=8090, show_default=True, type=click.IntRange(0, 65535), help="0: any."
)
@click.option(
    "--new-token",
    "token_name",
    metavar="NAME",
    help="Print a token for a shop, and its entry; do not serve.",
)
@click.option("--store", "store_id", metavar="ID", help="The shop of the new token.")
@click.option(
    "--days",
    default=180,
    show_default=True,
    type=click.IntRange(1, 3660),
    help="How long the new token is good.",
)
def seller(host: str, port: int, token_name: str | None, store_id: str | None, days: int) -> None:
    """Show who sells in a shop what the customer at the counter did online minutes ago.

    A clerk types or scans an e-mail, CPF, phone or order number. The page reads what was published
    last, merged with the newest raw; builds go on beside it. Stop it with SIGTERM or Ctrl-C.

    Shops, and who may be looked up, are in a TOML file, VITRINE_SELLER_CONFIG (default
    data/seller.toml). Each look-up is added to VITRINE_SELLER_AUDIT (default
    data/seller_audit.jsonl). A change of the file needs a restart. TLS is a proxy's: without it
    the page works on this machine only, as browsers keep its cookie to themselves elsewhere.

    \b
      vitrine seller --new-token centro-balcao --store centro >> data/seller.toml
      vitrine seller
      vitrine seller --host 0.0.0.0 --port 8090     behind a proxy that passes the header Host on
    """  # noqa: D301 (\b is for click)
    if token_name is not None:
        if store_id is None:
            raise click.UsageError("--new-token needs the shop that it is for: --store ID.")
        _print_token(token_name, store_id, days)
        return
    config = configuration.load(settings.seller_config_path())
    # Half a second and more, for who serves.
    from apps.seller.app import LIMITS, create_app  # noqa: PLC0415 (the page: for who serves)
    from apps.seller.audit import Audit  # noqa: PLC0415 (the page: for who serves)
    from ingestion.gateway import server  # noqa: PLC0415 (the page: for who serves)
    from warehouse.live import Live  # noqa: PLC0415 (the page: for who serves)
    from warehouse.versions import Warehouse  # noqa: PLC0415 (the page: for who serves)

    log_to_stderr("apps", "warehouse")
    audit = Audit(settings.seller_audit_path())
    listening = server.listen(host, port)
    live = Live(Warehouse(settings.warehouse_path()), settings.raw_root())
    live.start()
    try:
        server.run(create_app(config, live, audit), LIMITS, listening)
    finally:
        live.stop()


def _print_token(name: str, store_id: str, days: int) -> None:
    """Print an entry to standard output, for the file; and the token beside it, to be handed on."""
    token, digest = new_token()
    expires_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
    entry = {"name": name, "store_id": store_id, "token_sha256": [digest]}
    try:
        msgspec.convert({**entry, "expires_at": expires_at}, Shop)
    except msgspec.ValidationError as error:
        raise LandingError(f"{name!r} of {store_id!r} is no shop's entry: {error}.") from error
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in entry.items()]
    click.echo("\n".join(["[[shop]]", *lines, f"expires_at = {expires_at.isoformat()}", ""]))
    click.echo(
        f"The token of {name}, shown this once, good for {days} days; the file has only its hash: "
        f"{token}",
        err=True,
    )
