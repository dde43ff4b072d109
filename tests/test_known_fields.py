"""The list of known fields stays true: what staging reads is on it, and nothing twice."""

import csv
from pathlib import Path

import duckdb

from ingestion.contracts import load
from tests.read_fields import Field, read_fields
from warehouse.drift import read_unknown_fields
from warehouse.tables import DuckDBTables

_SEED = Path(__file__).parents[1] / "seeds" / "known_fields.csv"


def seed() -> set[Field]:
    with _SEED.open() as file:
        return {
            (row["contract"], row["json_path"], row["json_type"]) for row in csv.DictReader(file)
        }


def _parents(path: str) -> list[tuple[str, str]]:
    """What a field stands in, and of which type that is."""
    found = []
    while "." in path or path.endswith("[]"):
        if path.endswith("[]"):
            path = path[:-2]
            found.append((path, "array"))
        else:
            path = path.rpartition(".")[0]
            found.append((path, "array" if path.endswith("[][]") else "object"))
    return found


def test_what_staging_reads_is_known_and_so_is_what_it_stands_in() -> None:
    known = seed()
    anything = {(contract, path) for contract, path, kind in known if kind == "any"}

    def is_known(contract: str, path: str, kind: str) -> bool:
        above = {path, *(parent for parent, _ in _parents(path))}
        return (contract, path, kind) in known or any((contract, one) in anything for one in above)

    read = read_fields()
    assert {contract for contract, *_ in read} == {one.name for one in load().by_name.values()}
    asked = read | {
        (contract, parent, kind) for contract, path, _ in read for parent, kind in _parents(path)
    }
    assert [one for one in sorted(asked) if not is_known(*one)] == []


def test_the_list_says_nothing_twice() -> None:
    with _SEED.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(seed())
    assert rows == sorted(rows, key=lambda row: tuple(row.values()))
    known = seed()
    anything = {(contract, path) for contract, path, kind in known if kind == "any"}
    beside = [one for one in known if one[2] != "any" and one[:2] in anything]
    below = [
        one for one in known if any((one[0], parent) in anything for parent, _ in _parents(one[1]))
    ]
    assert (beside, below) == ([], [])


def test_status_counts_what_a_build_found_and_nothing_where_it_did_not_look() -> None:
    with duckdb.connect() as connection:
        tables = DuckDBTables(connection)
        assert read_unknown_fields(tables) == {}
        connection.execute("create schema validation")
        connection.execute(
            "create table validation.schema_drift as"
            " select unnest(['vtex.sku', 'vtex.order', 'vtex.sku']) as contract"
        )
        assert read_unknown_fields(tables) == {"vtex.order": 1, "vtex.sku": 2}
