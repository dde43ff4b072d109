"""`vitrine evaluate`: what recommendations would have been worth."""

import tempfile
from datetime import datetime
from pathlib import Path

import click
import duckdb
import msgspec

from ingestion import settings
from recommendations import evaluation
from recommendations.evaluation import Evaluation
from recommendations.measures import Measures
from recommendations.past import Past
from recommendations.weights import read_weights, seed_path, write_weights
from warehouse.cli import project_dir_option
from warehouse.errors import WarehouseError
from warehouse.text import table
from warehouse.versions import Warehouse


@click.command()
@click.option(
    "--days",
    type=click.IntRange(min=1),
    default=28,
    show_default=True,
    help="Days of the test; as many before them choose the weights.",
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The test's last day.  [default: the last day with a sale]",
)
@click.option("--keep-weights", is_flag=True, help="Measure the seed's weights; choose none.")
@click.option(
    "--write-weights", "is_written", is_flag=True, help="Write the chosen weights into the seed."
)
@click.option(
    "--scorer",
    metavar="COMMAND",
    help="A model of your own, run as COMMAND SALES.parquet SCORES.parquet, and weighed, too.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object.")
@project_dir_option
def evaluate(  # noqa: PLR0913 (one parameter an option)
    *,
    days: int,
    until: datetime | None,
    keep_weights: bool,
    is_written: bool,
    scorer: str | None,
    as_json: bool,
    project_dir: Path,
) -> None:
    """Measure recommendations on past days, against what was bought on them.

    The published history is cut in time. What the models' own SQL recommends from the sales before
    the cut is compared with what those customers bought in the days after it: any SKU (repeats
    allowed), or only what they had never bought (discovery). Beside it stand what most customers
    bought lately and, with the extra `recommendations` (pip install "vitrine[recommendations]"),
    ALS and BM25 of the library implicit, with its own defaults, over the units that each bought.

    \b
      hit      customers who bought at least one of their ten
      recall   part of what they bought that is among their ten
      NDCG     the same, the first ranks counting for more; 1 is the best list there could be
      coverage part of all SKUs that is recommended to anybody

    The weights of the blend are chosen on the days before the test's, never on the test's.
    --write-weights puts them into seeds/recommendation_weights.csv; the next build uses them.

    \b
      vitrine evaluate
      vitrine evaluate --days 14 --until 2024-04-30 --keep-weights
      vitrine evaluate --write-weights
      vitrine evaluate --scorer "python examples/als_scorer.py" --json | jq .methods

    Exit code: 0 whatever the figures are; 1 if history is too short, or the scorer fails.
    """  # noqa: D301 (\b is for click)
    if keep_weights and is_written:
        raise click.UsageError("--keep-weights leaves nothing to write; give one of the two.")
    published = Warehouse(settings.warehouse_path()).published_file()
    weights = read_weights(project_dir)
    try:
        with tempfile.TemporaryDirectory(prefix="vitrine-evaluate-") as folder:
            past = Past(published, project_dir, Path(folder))
            found = evaluation.evaluate(
                past,
                weights,
                days=days,
                until=until.date() if until else None,
                chooses=not keep_weights,
                scorer=scorer,
                tell=lambda text: click.echo(text, err=True),
            )
    except duckdb.Error as error:
        raise WarehouseError(f"{error}") from error
    if is_written:
        write_weights(project_dir, found.weights)
    click.echo(msgspec.json.encode(found) if as_json else "\n".join(_lines(found)))
    if is_written:
        click.echo(f"Wrote {seed_path(project_dir)}. `vitrine build` uses it.", err=True)


def _lines(found: Evaluation) -> list[str]:
    lines = [f"Test: {found.first} to {found.last}."]
    for name, kind in [("Repeats allowed", "repeats"), ("Discovery", "discovery")]:
        rows = [(method.name, *_figures(getattr(method, kind))) for method in found.methods]
        lines += [
            "",
            f"{name}:",
            *table([("at 10", "customers", "hit", "recall", "NDCG", "coverage"), *rows]),
        ]
    if not found.has_implicit:
        lines += ["", 'ALS and BM25 were not measured: pip install "vitrine[recommendations]".']
    if found.together is not None:
        lines += [
            "",
            f"Bought together: of {found.baskets:,} baskets with one SKU hidden, it is among ten "
            f"that go with the rest in {found.together:.4f}.",
        ]
    where = "chosen before the test" if found.validation_days else "the seed's"
    return [
        *lines,
        "",
        f"Weights ({where}):",
        *table([*((name, f"{value:g}") for name, value in found.weights.items())]),
    ]


def _figures(measures: Measures) -> list[str]:
    figures = [measures.hit_rate, measures.recall, measures.ndcg, measures.coverage]
    return [f"{measures.customers:,}", *(f"{figure:.4f}" for figure in figures)]
