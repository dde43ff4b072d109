"""How much memory a build takes."""

import duckdb
import pytest

from warehouse.memory import Plugin


def _limit_of(connection: duckdb.DuckDBPyConnection) -> str:
    row = connection.execute("select current_setting('memory_limit')").fetchone()
    assert row is not None
    return str(row[0])


def test_a_build_takes_two_fifths_of_the_machine_or_what_it_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("VITRINE_MEMORY", raising=False)
    with duckdb.connect() as connection:
        default = _limit_of(connection)
        Plugin("memory", {}).configure_connection(connection)
        limit = _limit_of(connection)
        # DuckDB's own is four fifths.
        assert float(limit.split()[0]) == pytest.approx(float(default.split()[0]) / 2, rel=0.02)
        monkeypatch.setenv("VITRINE_MEMORY", "512MiB")
        Plugin("memory", {}).configure_connection(connection)
        assert _limit_of(connection) == "512.0 MiB"


def test_what_is_no_size_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITRINE_MEMORY", "lots")
    with pytest.raises(ValueError, match="VITRINE_MEMORY is 'lots', which is no size"):
        Plugin("memory", {})
