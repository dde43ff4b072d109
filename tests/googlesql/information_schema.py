"""The few tables of INFORMATION_SCHEMA that dbt reads."""

from zetasql.wasi._pb2.zetasql.public import type_pb2 as type_pb
from zetasql.wasi._pb2.zetasql.public import value_pb2 as value_pb

from tests.googlesql.reference import Row, Rows, SqlError
from tests.googlesql.store import Store
from tests.googlesql.syntax import Path

_STRING = type_pb.TypeProto(type_kind=type_pb.TYPE_STRING)


def information_schema(path: Path, store: Store) -> Rows:
    """Give the rows of one of its tables, over all datasets; raises SqlError for other tables."""
    if path.table != "OBJECT_PRIVILEGES":
        raise SqlError(f"INFORMATION_SCHEMA.{path.table} is not here")
    names = ("object_catalog", "object_schema", "object_name", "privilege_type", "grantee")
    rows = [
        (path.project, table.path.dataset, table.path.table, role, grantee)
        for dataset in list(store.datasets.values())
        for table in list(dataset.tables.values())
        for role, grantees in sorted(table.grants.items())
        for grantee in sorted(grantees)
    ]
    cells = [Row(cell=[value_pb.ValueProto(string_value=text) for text in row]) for row in rows]
    return Rows([(name, _STRING) for name in names], cells)
