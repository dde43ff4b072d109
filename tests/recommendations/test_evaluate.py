import json
import shutil
import sys
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from recommendations.evaluate_command import evaluate
from recommendations.score_command import score
from recommendations.scorers import run_scorer
from recommendations.weights import read_weights
from tests.recommendations.conftest import publish
from warehouse.errors import WarehouseError

PROJECT = Path(__file__).parents[2]
_SCORER = f"{sys.executable} {PROJECT / 'examples' / 'als_scorer.py'}"


def _evaluate(
    monkeypatch: pytest.MonkeyPatch, warehouse: Path, *words: str
) -> tuple[int, str, str]:
    monkeypatch.setenv("VITRINE_WAREHOUSE", str(warehouse))
    result = CliRunner().invoke(evaluate, ["--project-dir", str(PROJECT), *words])
    return result.exit_code, result.stdout, result.stderr


def test_habits_are_found_by_the_models_own_sql_and_each_kind_is_measured(
    monkeypatch: pytest.MonkeyPatch, warehouse: Path
) -> None:
    code, printed, told = _evaluate(
        monkeypatch, warehouse, "--days", "8", "--keep-weights", "--scorer", _SCORER, "--json"
    )
    assert code == 0, told
    found = json.loads(printed)
    assert (found["first"], found["last"], found["validation_days"]) == (
        "2024-04-23",
        "2024-04-30",
        0,
    )
    methods = {one["name"]: one for one in found["methods"]}
    assert [*methods] == ["blend", "popularity", "implicit ALS", "implicit BM25"]
    # Everybody bought what they always buy, so the first ranks could not be better.
    blend = methods["blend"]["repeats"]
    assert (blend["customers"], blend["hit_rate"], blend["recall"]) == (8, 1, 1)
    assert blend["ndcg"] == pytest.approx(1)
    assert methods["popularity"]["repeats"]["ndcg"] < 1
    # Nobody bought anything new.
    assert methods["blend"]["discovery"]["customers"] == 0
    assert found["baskets"] > 0
    assert "running the scorer" in told


def test_history_that_is_too_short_is_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    publish(tmp_path / "vitrine.duckdb", days=10)
    code, _, told = _evaluate(monkeypatch, tmp_path / "vitrine.duckdb", "--days", "8")
    assert code == 1
    assert "sales from 2024-04-21 to 2024-04-30 are too few" in told
    assert "Give fewer --days" in told


def test_without_a_published_warehouse_there_is_nothing_to_measure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code, _, told = _evaluate(monkeypatch, tmp_path / "vitrine.duckdb")
    assert (code, "Run `vitrine build`" in told) == (1, True)


def test_a_shops_own_model_scores_what_is_published(
    monkeypatch: pytest.MonkeyPatch, warehouse: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("VITRINE_WAREHOUSE", str(warehouse))
    out = tmp_path / "scores.parquet"
    result = CliRunner().invoke(score, ["--scorer", _SCORER, "--out", str(out)])
    assert result.exit_code == 0, result.output
    scores = pq.read_table(out)
    assert scores.column_names == ["customer_id", "sku_id", "score"]
    assert f"{scores.num_rows:,} scores" in result.output
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("exit 3", "ended with 3"),
        ("echo no Parquet > $2", "has to write Parquet"),
    ],
)
def test_a_scorer_that_fails_leaves_the_scores_of_before(
    tmp_path: Path, program: str, said: str
) -> None:
    script = tmp_path / "scorer.sh"
    script.write_text(program)
    scores = tmp_path / "scores.parquet"
    scores.write_text("of before")
    with duckdb.connect() as connection:
        connection.execute(
            "create table sales as select '' as customer_id, '' as sku_id, '' as sale_id, "
            "'' as channel, '' as store_id, date '2024-05-01' as sale_date, "
            "1 as unit_count, 1 as net_amount"
        )
        with pytest.raises(WarehouseError, match=said):
            run_scorer(f"{shutil.which('sh')} {script}", connection, "sales", scores)
    assert scores.read_text() == "of before"


def test_the_seed_has_every_weight_that_models_ask_for() -> None:
    asked = (PROJECT / "macros" / "recommendation_weights.sql").read_text()
    assert all(f'"{parameter}"' in asked for parameter in read_weights(PROJECT))
    # Their names, and the seed's own.
    assert asked.count('"') == 2 * len(read_weights(PROJECT)) + 2
