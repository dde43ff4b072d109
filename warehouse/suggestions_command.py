"""`vitrine suggestions`: whom a shop should contact today."""

from collections import Counter

import click
import msgspec

from ingestion import settings
from warehouse.suggestions import Suggestion, read_suggestions
from warehouse.text import table
from warehouse.versions import Warehouse


@click.command()
@click.option("--store", "store_id", metavar="ID", help="The shop [default: who has most to do].")
@click.option(
    "--top", type=click.IntRange(min=1), metavar="N", help="Print the first N of the shop's list."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON array, of all shops without --store."
)
def suggestions(store_id: str | None, top: int | None, *, as_json: bool) -> None:
    """Show whom a shop should contact on the day of the published build, and why.

    Best first, at most as many as a clerk can do; only people who accept messages. What is printed
    is not personal: the list with names is the seller's page's and the delivery's.

    \b
    Examples:
      vitrine suggestions
      vitrine suggestions --store centro --top 5
      vitrine suggestions --json | jq 'group_by(.reason_code) | map({(.[0].reason_code): length})'

    On BigQuery, ask activation.contact_suggestions.
    """  # noqa: D301 (\b is for click)
    found = read_suggestions(Warehouse(settings.warehouse_path()), store_id)
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    click.echo("\n".join(_lines(found, store_id, top)))


def _lines(found: list[Suggestion], store_id: str | None, top: int | None) -> list[str]:
    if not found:
        return ["Nobody is to be contacted: nobody who accepts messages has given a reason."]
    counts = Counter(one.store_id for one in found)
    # The busiest shop, and of equals the first.
    chosen = store_id or min(counts, key=lambda one: (-counts[one], one))
    mine = [one for one in found if one.store_id == chosen]
    rows = [
        (str(one.priority), one.reason_code, one.product_name or "", one.reason)
        for one in mine[:top]
    ]
    more = [f"… and {len(mine) - len(rows)} more"] if len(rows) < len(mine) else []
    others = f"{len(found)} in {len(counts)} shops; --store ID shows another."
    return [
        f"To contact on {mine[0].run_date} from {mine[0].store_name} ({chosen}):",
        "",
        *table([("priority", "reason", "offer", "why"), *rows], left=4),
        *more,
        *(["", others] if len(counts) > 1 else []),
    ]
