"""The models' unit tests as BigQuery would run them; `make test` runs them on DuckDB."""

from pathlib import Path

import pytest

from tests.googlesql import project


@pytest.mark.long
def test_every_unit_test_of_a_model_passes_on_bigquery(address: str, tmp_path: Path) -> None:
    dbt = project.bigquery(tmp_path, address)
    dbt.run("seed")
    dbt.run("run", "--empty")
    told = dbt.run("test", "--select", "test_type:unit", VITRINE_TEST_INCREMENTS="True")
    assert "ERROR=0" in told
    assert "PASS=0" not in told
