from pathlib import Path

import pytest

from recommendations.weights import choose, read_weights, seed_path, write_weights
from warehouse.errors import WarehouseError


def _project(folder: Path, text: str) -> Path:
    (folder / "seeds").mkdir()
    seed_path(folder).write_text(text)
    return folder


def test_weights_are_written_where_they_were_read_and_their_descriptions_stay(
    tmp_path: Path,
) -> None:
    project = _project(
        tmp_path, 'parameter,parameter_value,description\na,1,"one, or more"\nb,0.1,two\n'
    )
    weights = read_weights(project)
    assert weights == {"a": 1, "b": 0.1}
    write_weights(project, weights | {"b": 30.0})
    assert seed_path(project).read_text() == (
        'parameter,parameter_value,description\na,1,"one, or more"\nb,30,two\n'
    )


def test_a_seed_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="every line has a parameter and its number"):
        read_weights(_project(tmp_path, "parameter,parameter_value\na,much\n"))


def test_a_parameter_changes_only_where_another_value_is_better_by_more_than_noise() -> None:
    steps = choose(
        {"a": 1, "b": 1}, lambda tried: tried["a"] + tried["b"] / 1e4, {"a": (0, 2, 3), "b": (2, 3)}
    )
    assert [*steps] == [("a", {"a": 3, "b": 1}, 3.0001), ("b", {"a": 3, "b": 1}, 3.0001)]
