"""The evaluation: weights are chosen on the days before the test's, and measured on the test's."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Protocol

import msgspec

from recommendations import rivals
from recommendations.measures import Measures, measure, measure_together
from recommendations.past import Past
from recommendations.scorers import run_scorer
from recommendations.weights import CHOICES, Weights, choose
from warehouse.errors import WarehouseError

Tell = Callable[[str], None]


class Recommend(Protocol):
    """Recommends ten to each customer; returns the relation: customer_id, sku_id, rank."""

    def __call__(self, *, new_only: bool) -> str:
        """With new_only, nothing that the customer had bought."""


class Method(msgspec.Struct, frozen=True):
    """One way to recommend, measured: repeats allowed, and discovery (never bought before)."""

    name: str
    repeats: Measures
    discovery: Measures


class Evaluation(msgspec.Struct, frozen=True):
    """What came out.

    Attributes:
        first, last: days of the test, and how many days before it the weights were chosen on.
        weights: those that were chosen; the seed's, if none were better or none were looked for.
        together: part of baskets whose hidden SKU is among the ten that go with the rest; None
            without baskets of two or more.

    """

    first: date
    last: date
    validation_days: int
    weights: Weights
    methods: list[Method]
    baskets: int
    together: float | None
    has_implicit: bool


def evaluate(  # noqa: PLR0913 (what it is asked for)
    past: Past,
    weights: Weights,
    *,
    days: int,
    until: date | None,
    chooses: bool,
    scorer: str | None,
    tell: Tell,
) -> Evaluation:
    """Measure on the last days; raises WarehouseError if history is too short for it."""
    begin, end = past.span()
    last = min(until or end, end)
    test = last - timedelta(days=days - 1)
    validation = test - timedelta(days=days)
    first_needed = validation if chooses else test
    if first_needed - timedelta(days=days) < begin:
        raise WarehouseError(
            f"sales from {begin} to {last} are too few: {days} days to be measured on"
            f"{f', {days} before them to choose weights on,' if chooses else ''} and {days} to "
            "learn from are needed. Give fewer --days"
            + (", or --keep-weights." if chooses else ".")
        )
    chosen = weights
    if chooses:
        tell(f"choosing weights on {validation} to {test - timedelta(days=1)}")
        chosen = _chosen(past, weights, validation, days, scorer, tell)
    tell(f"measuring on {test} to {last}")
    _go_to(past, test, days, scorer, tell)
    past.find_similar(chosen)
    methods = [_measured(past, "blend", _blend(past, chosen))]
    if chosen != weights:
        past.find_similar(weights)
        methods.append(_measured(past, "blend, the seed's weights", _blend(past, weights)))
    tell("measuring popularity and implicit")
    methods.append(_measured(past, "popularity", partial(rivals.popular, past.connection)))
    if rivals.has_implicit():
        for name, method in [("implicit ALS", "als"), ("implicit BM25", "bm25")]:
            model = rivals.Implicit(past.connection, method)
            methods.append(_measured(past, name, model.recommend))
    baskets, together = measure_together(past.connection, past.similar)
    return Evaluation(
        test,
        last,
        days if chooses else 0,
        chosen,
        methods,
        baskets,
        together if baskets else None,
        rivals.has_implicit(),
    )


def _go_to(past: Past, day: date, days: int, scorer: str | None, tell: Tell) -> None:
    past.cut(day)
    if past.tell_truth(day, days) == 0:
        raise WarehouseError(
            f"nobody who had bought before {day} bought in the {days} days from then on: there is "
            "nothing to compare with. Give more --days."
        )
    if scorer is not None:
        tell("running the scorer")
        run_scorer(scorer, past.connection, "marts.fct_sales", past.scores)


def _chosen(  # noqa: PLR0913, PLR0917 (what it is asked for)
    past: Past, weights: Weights, day: date, days: int, scorer: str | None, tell: Tell
) -> Weights:
    _go_to(past, day, days, scorer, tell)
    past.find_similar(weights)
    known: dict[str, object] = {}

    def goodness(tried: Weights) -> float:
        # Candidates depend on half-lives alone.
        fading = {name: value for name, value in tried.items() if name.endswith("_days")}
        if known != fading:
            past.find_candidates(tried)
            known.clear()
            known.update(fading)
        found = [
            measure(past.connection, past.recommend(tried, new_only=new), new_only=new).ndcg
            for new in (False, True)
        ]
        return sum(found)

    choices = CHOICES | ({"own_model_weight": (0, 0.1, 0.3, 1, 3)} if scorer else {})
    for parameter, settled, best in choose(weights, goodness, choices):
        tell(f"  {parameter} {settled[parameter]:g}: NDCG, both kinds together, {best:.4f}")
        weights = settled
    return weights


def _blend(past: Past, weights: Weights) -> Recommend:
    past.find_candidates(weights)
    return partial(past.recommend, weights)


def _measured(past: Past, name: str, recommend: Recommend) -> Method:
    repeats, discovery = (
        measure(past.connection, recommend(new_only=new), new_only=new) for new in (False, True)
    )
    return Method(name, repeats, discovery)
