"""The blend's weights: read from their seed, chosen on past days, written back."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ingestion.errors import LandingError, explain
from warehouse.errors import WarehouseError

Weights = dict[str, float]

# Tried in this order, each with the best found before it. What changes the candidates comes first.
CHOICES: dict[str, Sequence[float]] = {
    "repeat_half_life_days": (30, 60, 120, 240),
    "popular_half_life_days": (15, 30, 60),
    "similar_weight": (0, 0.25, 0.5, 1, 2),
    "popular_weight": (0.3, 0.5, 1, 2),
    "due_weight": (0, 0.1, 0.3),
    "viewed_weight": (0, 0.1, 0.3, 1),
}
# A gain smaller than this is noise; what is in the seed stays.
_LEAST_GAIN = 0.0005


def seed_path(project: Path) -> Path:
    """Where the weights are, in a dbt project."""
    return project / "seeds" / "recommendation_weights.csv"


def read_weights(project: Path) -> Weights:
    """Read the seed; raises LandingError if there is none, WarehouseError if it is no such file."""
    path = seed_path(project)
    try:
        rows = [*csv.DictReader(io.StringIO(path.read_text()))]
        return {row["parameter"]: float(row["parameter_value"]) for row in rows}
    except OSError as error:
        raise LandingError(explain(error, path)) from error
    except (KeyError, ValueError) as error:
        raise WarehouseError(
            f"{path}: every line has a parameter and its number ({error})."
        ) from error


def write_weights(project: Path, weights: Weights) -> None:
    """Replace the values in the seed; order and descriptions stay."""
    path = seed_path(project)
    rows = [*csv.DictReader(io.StringIO(path.read_text()))]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(row | {"parameter_value": f"{weights[row['parameter']]:g}"})
    path.write_text(text.getvalue())


def choose(
    weights: Weights,
    goodness: Callable[[Weights], float],
    choices: dict[str, Sequence[float]],
) -> Iterator[tuple[str, Weights, float]]:
    """Try each parameter's values in turn; yields what was settled, the weights, their goodness.

    `goodness` is greater for better weights. A parameter keeps its value unless another is better
    by more than noise.
    """
    best = goodness(weights)
    for parameter, values in choices.items():
        for value in values:
            tried = weights | {parameter: value}
            if tried != weights and (found := goodness(tried)) > best + _LEAST_GAIN:
                weights, best = tried, found
        yield parameter, weights, best
