"""`vitrine provision`: what Vitrine needs on Google Cloud, made and kept as it should be."""

import os
import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
import msgspec

from ingestion import contracts
from orchestration.provisioning.desired import Place, Raw, desired
from orchestration.provisioning.difference import Change
from orchestration.provisioning.roles import Grant, grants
from warehouse.audit import PUBLISHED_SCHEMAS
from warehouse.text import table

if TYPE_CHECKING:
    from orchestration.provisioning.applying import Cloud

# As `vitrine status` and `vitrine deliver` say that something is not as it should be.
_DIFFERS = 3


@click.command()
@click.option(
    "--project",
    envvar="VITRINE_BIGQUERY_PROJECT",
    required=True,
    help="The project, by its id.",
)
@click.option(
    "--location",
    envvar="VITRINE_BIGQUERY_LOCATION",
    default="southamerica-east1",
    show_default=True,
    help="Where data are kept: a region, US or EU.",
)
@click.option("--bucket", help="The bucket's name.  [default: PROJECT-vitrine]")
@click.option(
    "--raw",
    type=click.Choice(["bigquery", "bucket", "both"]),
    default="bigquery",
    show_default=True,
    help="Where messages land: Pub/Sub writes BigQuery's tables, or `vitrine land` the bucket.",
)
@click.option("--plan", "is_plan", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print it as one JSON object.")
def provision(  # noqa: PLR0913 - one parameter an option
    project: str, location: str, bucket: str | None, raw: Raw, *, is_plan: bool, as_json: bool
) -> None:
    """Make what Vitrine needs on Google Cloud, or bring it back to what it should be.

    For each contract of the file of contracts a topic, its subscription and its raw table; for all
    of them the datasets and the bucket. What is there and differs is changed, where Google lets it
    be changed; what is only possible by making something anew is told, and left to you. Nothing is
    ever deleted. Run it again after any change, or any error: it goes on from what is there.

    Who needs which role is printed and not granted.

    \b
      vitrine provision --project shop --plan
      vitrine provision --project shop
      vitrine provision --project shop --raw bucket --bucket shop-raw
      vitrine provision --project shop --plan --json | jq '.changes[] | select(.action != "keep")'

    \b
    Settings (environment variables), as for `vitrine build --target bigquery`:
      VITRINE_BIGQUERY_PROJECT, VITRINE_BIGQUERY_LOCATION
      VITRINE_BIGQUERY_DATASET, VITRINE_BIGQUERY_LANDED, VITRINE_BIGQUERY_PUBLISHED
      VITRINE_CONTRACTS   the file of contracts

    Exit code: 0 if all is as it should be; 3 if the plan has something to do, or something differs
    that only you can change; 1 if Google refuses.
    """  # noqa: D301 (\b is for click)
    place = _place(project, location, bucket or f"{project}-vitrine")
    resources = desired(place, contracts.load(), raw)
    cloud = _connect(project)
    changes = cloud.plan(resources)
    if not is_plan:
        for change in cloud.apply(resources, changes):
            if not as_json:
                click.echo(f"{change.action}d {change.kind} {change.name}")
    needed = grants(place, resources)
    if as_json:
        told = {"project": project, "is_plan": is_plan, "changes": changes, "roles": needed}
        click.echo(msgspec.json.encode(told))
    else:
        click.echo("\n".join([*_changes(changes, is_plan=is_plan), "", *_roles(needed)]))
    if any(change.staying or (is_plan and change.action != "keep") for change in changes):
        sys.exit(_DIFFERS)


def _place(project: str, location: str, bucket: str) -> Place:
    """Name what the environment names, with the defaults of profiles.yml."""
    build = os.environ.get("VITRINE_BIGQUERY_DATASET") or "vitrine_build"
    return Place(
        project,
        location,
        bucket,
        landed=os.environ.get("VITRINE_BIGQUERY_LANDED") or f"{build}_landed",
        published=os.environ.get("VITRINE_BIGQUERY_PUBLISHED") or "vitrine",
        schemas=(*PUBLISHED_SCHEMAS, "pii"),
    )


def _connect(project: str) -> "Cloud":
    try:
        from orchestration.provisioning.applying import Cloud  # noqa: PLC0415 - may be missing
    except ImportError as error:
        raise click.ClickException(
            f"{error.name} is missing, which `vitrine provision` needs: "
            "pip install 'vitrine[provision]'"
        ) from error
    return Cloud(project)


def _changes(changes: Sequence[Change], *, is_plan: bool) -> list[str]:
    """Say what is to be done, or what stays different after it, and of how many."""
    lines = []
    for change in changes:
        told = (change.differences if is_plan else change.staying) if change.differences else ()
        if is_plan and change.action != "keep":
            lines.append(f"{change.action} {change.kind} {change.name}")
        elif told:
            lines.append(f"{change.kind} {change.name} differs")
        for one in told:
            advice = " (only making it anew changes this)" if one.is_fixed else ""
            lines.append(
                f"    {one.field} is {_json(one.actual)}, and should be {_json(one.wanted)}{advice}"
            )
    counts = Counter(change.action for change in changes)
    differing = sum(bool(change.staying) for change in changes)
    verbs = ("to create", "to update") if is_plan else ("created", "updated")
    sum_ = f"{counts['create']} {verbs[0]}, {counts['update']} {verbs[1]}, {counts['keep']} kept"
    return [*lines, f"{sum_}; {differing} stay different." if differing else f"{sum_}."]


def _roles(needed: Sequence[Grant]) -> list[str]:
    rows = [(one.account, one.role, _counted(one.kind, one.resources), one.why) for one in needed]
    return [
        "Roles that are needed (nothing is granted here; --json has each resource):",
        *table([("account", "role", "on", "for"), *rows], left=4),
    ]


def _counted(kind: str, names: Sequence[str]) -> str:
    return f"{kind} {names[0]}" if len(names) == 1 else f"{len(names)} {kind}s"


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
