"""BigQuery's JSON for tables, rows and names."""

from typing import Any

from zetasql.wasi._pb2.zetasql.public import value_pb2 as value_pb

from tests.googlesql.reference import Row, Rows
from tests.googlesql.store import Column, Table
from tests.googlesql.syntax import Path
from tests.googlesql.values import rest_field, to_rest, type_of_field

Json = dict[str, Any]

_TABLE_PROPERTIES = (
    "description",
    "friendlyName",
    "labels",
    "expirationTime",
    "timePartitioning",
    "rangePartitioning",
    "clustering",
    "requirePartitionFilter",
)


def page(rows: Rows, parameters: dict[str, str]) -> Json:
    """Give the rows that were asked for, and where the next ones begin."""
    start = int(parameters.get("startIndex") or parameters.get("pageToken") or 0)
    count = parameters.get("maxResults")
    end = len(rows.rows) if count is None else min(len(rows.rows), start + int(count))
    types = [type_ for _, type_ in rows.columns]
    told: Json = {"totalRows": str(len(rows.rows))}
    if count == "0":
        return told  # Only whether the job is done is asked; "no rows" would end the reading.
    told["rows"] = [
        {"f": [{"v": to_rest(cell, type_)} for cell, type_ in zip(row.cell, types, strict=True)]}
        for row in rows.rows[start:end]
    ]
    if end < len(rows.rows) and end > start:
        told["pageToken"] = str(end)
    return told


def table_resource(table: Table) -> Json:
    """Describe a table or view."""
    fields = [
        rest_field(column.name, column.type, "REQUIRED" if column.is_required else "NULLABLE")
        | column.properties
        for column in table.columns
    ]
    told: Json = {
        "kind": "bigquery#table",
        "id": str(table.path),
        "etag": str(table.generation),
        "tableReference": reference(table.path),
        "schema": {"fields": fields},
        "type": "TABLE" if table.query is None else "VIEW",
        "location": "US",
        **table.properties,
    }
    if table.query is None:
        told |= {"numRows": str(len(table.rows)), "numBytes": "0"}
    else:
        told["view"] = {"query": table.query, "useLegacySql": False}
    return told


def properties(body: Json) -> Json:
    """Pick what a table has beside its schema."""
    return {name: body[name] for name in _TABLE_PROPERTIES if name in body}


def columns(schema: Json) -> list[Column]:
    """Read the columns of a schema."""
    return [
        Column(
            each["name"],
            type_of_field(each),
            each.get("mode") == "REQUIRED",
            {name: each[name] for name in ("description", "policyTags") if name in each},
        )
        for each in schema.get("fields", [])
    ]


def with_null(row: Row) -> Row:
    """Give a row of a table that has one column more."""
    return Row(cell=[*row.cell, value_pb.ValueProto()])


def reference(path: Path) -> Json:
    """Name a table."""
    return {"projectId": path.project, "datasetId": path.dataset, "tableId": path.table}


def path_of(reference: Json) -> Path:
    """Read the name of a table."""
    return Path(reference["projectId"], reference["datasetId"], reference["tableId"])
