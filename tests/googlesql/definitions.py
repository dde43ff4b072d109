"""What a statement says of a table: options, columns, partitions and clusters."""

from typing import Any

from zetasql.wasi._pb2.zetasql.public import type_pb2 as type_pb

from tests.googlesql.reference import SqlError
from tests.googlesql.store import Column
from tests.googlesql.syntax import Node, literal

_MAXIMUM_CLUSTERED = 4
_UNITS = ("HOUR", "DAY", "MONTH", "YEAR")
# What a table can be partitioned by: the types of the column, and the units.
_TRUNCATING = {
    "date": ((type_pb.TYPE_TIMESTAMP, type_pb.TYPE_DATETIME), ("DAY",)),
    "date_trunc": ((type_pb.TYPE_DATE,), ("MONTH", "YEAR")),
    "timestamp_trunc": ((type_pb.TYPE_TIMESTAMP,), _UNITS),
    "datetime_trunc": ((type_pb.TYPE_DATETIME,), _UNITS),
}
_KEPT_PREFIXES = (
    *("_PARTITION", "_TABLE_", "_FILE_", "_ROW_TIMESTAMP", "__ROOT__", "_COLIDENTIFIER"),
    *("_CHANGE_SEQUENCE_NUMBER", "_CHANGE_TYPE", "_CHANGE_TIMESTAMP"),
)
_NOT_CLUSTERABLE = (
    type_pb.TYPE_DOUBLE,
    type_pb.TYPE_JSON,
    type_pb.TYPE_ARRAY,
    type_pb.TYPE_STRUCT,
    type_pb.TYPE_BYTES,
    type_pb.TYPE_TIME,
)


def options(options_list: Node | None) -> dict[str, Any]:
    """Read the options of a table, view or column; what is computed is left out."""
    found = {}
    for entry in options_list.options_entries if options_list else []:
        try:
            found[entry.name.id_string.lower()] = literal(entry.value)
        except ValueError:
            continue
    return found


def properties(given: dict[str, Any]) -> dict[str, Any]:
    """Say options of a table as the API does."""
    told = {name: given[name] for name in ("description",) if given.get(name) is not None}
    if "labels" in given:
        told["labels"] = dict(given["labels"] or [])
    return told


def columns(resolved: Node, statement: Node) -> list[Column]:
    """List the columns that a CREATE TABLE defines, with the types that GoogleSQL gives them.

    Raises SqlError for a name that BigQuery keeps for itself.
    """
    defined = {
        element.name.id_string.lower(): element.schema
        for element in (
            statement.table_element_list.elements if statement.table_element_list else []
        )
        if element.kind == "ColumnDefinition"
    }
    found = []
    for column in resolved.column_definition_list:
        schema = defined.get(column.name.lower())
        attributes = schema.attributes.values if schema and schema.attributes else []
        given = options(schema.options_list) if schema else {}
        if column.name.upper().startswith(_KEPT_PREFIXES):
            raise SqlError(
                f'Invalid field name "{column.name}". Field names are not allowed to start with '
                f"the (case-insensitive) prefixes {', '.join(_KEPT_PREFIXES)}"
            )
        found.append(
            Column(
                column.name,
                column.type.proto,
                any(attribute.kind == "NotNullColumnAttribute" for attribute in attributes),
                {name: given[name] for name in ("description",) if given.get(name)},
            )
        )
    return found


def partitioning(statement: Node, defined: list[Column], given: dict[str, Any]) -> dict[str, Any]:
    """Say how a table is partitioned as the API does; raises SqlError where BigQuery would."""
    if statement.partition_by is None:
        return {}
    expressions = statement.partition_by.partitioning_expressions
    if len(expressions) != 1:
        raise SqlError("Only a single PARTITION BY expression is supported")
    expression = expressions[0]
    if expression.kind == "PathExpression":
        column, unit = _column(expression, defined), "DAY"
        if column.type.type_kind != type_pb.TYPE_DATE:
            raise _partition_error()
    else:
        function = expression.function.names[-1].id_string.lower()
        if function == "range_bucket":
            return {"rangePartitioning": _ranges(expression, defined)}
        if function not in _TRUNCATING:
            raise _partition_error()
        types, units = _TRUNCATING[function]
        given_column, *given_unit = expression.arguments
        column = _column(given_column, defined)
        unit = given_unit[0].names[0].id_string.upper() if given_unit else "DAY"
        if column.type.type_kind not in types or unit not in units:
            raise _partition_error()
    told: dict[str, Any] = {"type": unit, "field": column.name}
    if given.get("partition_expiration_days") is not None:
        told["expirationMs"] = str(int(given["partition_expiration_days"] * 86_400_000))
    required = bool(given.get("require_partition_filter"))
    return {"timePartitioning": told, "requirePartitionFilter": required}


def clustering(statement: Node, defined: list[Column]) -> dict[str, Any]:
    """Say how a table is clustered as the API does; raises SqlError where BigQuery would."""
    if statement.cluster_by is None:
        return {}
    clustered = [
        _column(expression, defined) for expression in statement.cluster_by.clustering_expressions
    ]
    if len(clustered) > _MAXIMUM_CLUSTERED:
        raise SqlError(f"At most {_MAXIMUM_CLUSTERED} columns can be clustered by")
    for column in clustered:
        if column.type.type_kind in _NOT_CLUSTERABLE:
            raise SqlError(f"CLUSTER BY column {column.name} has a type that cannot be clustered")
    return {"clustering": {"fields": [column.name for column in clustered]}}


def _column(expression: Node, defined: list[Column]) -> Column:
    name = expression.names[-1].id_string if expression.kind == "PathExpression" else ""
    for column in defined:
        if column.name.lower() == name.lower():
            return column
    raise SqlError("PARTITION BY and CLUSTER BY take top-level columns of the table")


def _ranges(expression: Node, defined: list[Column]) -> dict[str, Any]:
    column = _column(expression.arguments[0], defined)
    if column.type.type_kind != type_pb.TYPE_INT64:
        raise _partition_error()
    start, end, *step = (int(each.image) for each in expression.arguments[1].arguments)
    told = {"start": str(start), "end": str(end), "interval": str(step[0] if step else 1)}
    return {"field": column.name, "range": told}


def _partition_error() -> SqlError:
    return SqlError(
        "PARTITION BY expression must be DATE(<timestamp_column>), DATE(<datetime_column>), "
        "DATETIME_TRUNC(<datetime_column>, DAY/HOUR/MONTH/YEAR), a DATE column, "
        "TIMESTAMP_TRUNC(<timestamp_column>, DAY/HOUR/MONTH/YEAR), "
        "DATE_TRUNC(<date_column>, MONTH/YEAR), or RANGE_BUCKET(<int64_column>, "
        "GENERATE_ARRAY(<int64_value>, <int64_value>[, <int64_value>]))"
    )
