"""Rows on their way into a table: cast to its types, checked, numbered."""

from zetasql.wasi._pb2.zetasql.public import type_pb2 as type_pb
from zetasql.wasi._pb2.zetasql.public import value_pb2 as value_pb

from tests.googlesql.reference import Catalog, GoogleSql, Row, Rows, SqlError, Type
from tests.googlesql.store import Column
from tests.googlesql.values import sql_name

_INT64 = type_pb.TypeProto(type_kind=type_pb.TYPE_INT64)


def coerced(
    google: GoogleSql, found: Rows, types: list[Type], skip: int = 0
) -> list[list[value_pb.ValueProto]]:
    """Give rows with their columns, but for the first `skip`, cast to these types."""
    given = [type_ for _, type_ in found.columns[skip:]]
    if given != types:
        names = [f"column_{number}" for number in range(len(found.columns))]
        columns = [(name, type_) for name, (_, type_) in zip(names, found.columns, strict=True)]
        casts = [
            f"cast({name} as {sql_name(type_)})"
            for name, type_ in zip(names[skip:], types, strict=True)
        ]
        catalog = Catalog({"__given": Rows(columns, found.rows)})
        found = google.evaluate(f"select {', '.join(names[:skip] + casts)} from __given", catalog)
    rows = [list(row.cell) for row in found.rows]
    for place, type_ in enumerate(types, skip):
        if type_.type_kind == type_pb.TYPE_ARRAY:
            for row in rows:
                _check_array(row[place])
    return rows


def _check_array(value: value_pb.ValueProto) -> None:
    """Make a null array empty, as BigQuery does when it stores one; refuse a null element."""
    value.array_value.SetInParent()
    if any(element.WhichOneof("value") is None for element in value.array_value.element):
        raise SqlError("Array cannot have a null element")


def check_required(columns: list[Column], rows: list[Row]) -> None:
    """Raise SqlError if a required column has a null."""
    for place, column in enumerate(columns):
        if column.is_required and any(row.cell[place].WhichOneof("value") is None for row in rows):
            raise SqlError(f"Required field {column.name} cannot be null")


def numbered(rows: Rows, name: str) -> Rows:
    """Add a column that numbers the rows, from 0."""
    found = []
    for number, row in enumerate(rows.rows):
        copy = Row(cell=row.cell)
        copy.cell.add(int64_value=number)
        found.append(copy)
    return Rows([*rows.columns, (name, _INT64)], found)
