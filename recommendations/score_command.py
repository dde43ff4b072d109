"""`vitrine score`: a shop's own model over what is published."""

import tempfile
from pathlib import Path

import click
import duckdb

from ingestion import settings
from ingestion.errors import LandingError, explain
from recommendations.scorers import run_scorer
from warehouse.errors import WarehouseError
from warehouse.versions import Warehouse


@click.command()
@click.option(
    "--scorer",
    required=True,
    metavar="COMMAND",
    help="Run as COMMAND SALES.parquet SCORES.parquet.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False, resolve_path=True),
    required=True,
    help="The Parquet file of scores.",
)
def score(scorer: str, out: Path) -> None:
    """Let a model of your own score the published sales.

    The command reads Parquet with customer_id, sku_id, sale_id, channel, store_id, sale_date,
    unit_count and net_amount, a row a sold line, and writes Parquet with customer_id, sku_id and
    score, the greater the better. The file is replaced only when the scores are whole.

    Recommendations use them when the variable recommendation_scores of dbt_project.yml names the
    file (on BigQuery a table), by own_model_weight of seeds/recommendation_weights.csv: with the
    other weights 0, the model replaces the blend. `vitrine evaluate --scorer` says what it adds.

    \b
      vitrine score --scorer "python examples/als_scorer.py" --out data/scores.parquet

    Exit code: 0 if the scores are there; 1 if not.
    """  # noqa: D301 (\b is for click)
    click.echo(f"{score_published(scorer, out):,} scores in {out}")


def score_published(scorer: str, out: Path) -> int:
    """Let a program score the published sales, into a file; returns how many scores it gave.

    Raises WarehouseError and LandingError; then the file is as it was.
    """
    published = Warehouse(settings.warehouse_path()).published_file()
    try:
        with (
            duckdb.connect(published, read_only=True) as connection,
            tempfile.TemporaryDirectory(dir=out.parent, prefix=".vitrine-score-") as folder,
        ):
            scores = Path(folder) / "scores.parquet"
            count = run_scorer(scorer, connection, "marts.fct_sales", scores)
            scores.replace(out)
            return count
    except OSError as error:
        raise LandingError(explain(error, out)) from error
    except duckdb.Error as error:
        raise WarehouseError(f"{error}") from error
