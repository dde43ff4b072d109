"""Types and values: GoogleSQL's protocol buffers, BigQuery's JSON, and Python."""

import base64
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from zetasql.wasi._pb2.zetasql.public import type_pb2 as type_pb
from zetasql.wasi._pb2.zetasql.public import value_pb2 as value_pb

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The names of BigQuery's API; GoogleSQL's own differ for a few.
_REST_NAMES = {
    type_pb.TYPE_INT64: "INTEGER",
    type_pb.TYPE_DOUBLE: "FLOAT",
    type_pb.TYPE_BOOL: "BOOLEAN",
    type_pb.TYPE_STRING: "STRING",
    type_pb.TYPE_BYTES: "BYTES",
    type_pb.TYPE_DATE: "DATE",
    type_pb.TYPE_TIMESTAMP: "TIMESTAMP",
    type_pb.TYPE_DATETIME: "DATETIME",
    type_pb.TYPE_TIME: "TIME",
    type_pb.TYPE_NUMERIC: "NUMERIC",
    type_pb.TYPE_BIGNUMERIC: "BIGNUMERIC",
    type_pb.TYPE_JSON: "JSON",
    type_pb.TYPE_INTERVAL: "INTERVAL",
    type_pb.TYPE_GEOGRAPHY: "GEOGRAPHY",
}
_KINDS = {name: kind for kind, name in _REST_NAMES.items()} | {
    "INT64": type_pb.TYPE_INT64,
    "FLOAT64": type_pb.TYPE_DOUBLE,
    "BOOL": type_pb.TYPE_BOOL,
    "DECIMAL": type_pb.TYPE_NUMERIC,
}
_SQL_NAMES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}
_NUMERIC_SCALE = {type_pb.TYPE_NUMERIC: 9, type_pb.TYPE_BIGNUMERIC: 38}


def rest_field(name: str, type_: type_pb.TypeProto, mode: str = "NULLABLE") -> dict[str, Any]:
    """Describe a column as BigQuery's API does."""
    if type_.type_kind == type_pb.TYPE_ARRAY:
        return rest_field(name, type_.array_type.element_type, "REPEATED")
    field: dict[str, Any] = {"name": name, "mode": mode}
    if type_.type_kind == type_pb.TYPE_STRUCT:
        fields = [rest_field(each.field_name, each.field_type) for each in type_.struct_type.field]
        return field | {"type": "RECORD", "fields": fields}
    return field | {"type": _REST_NAMES[type_.type_kind]}


def type_of_field(field: dict[str, Any]) -> type_pb.TypeProto:
    """Read a column's type from BigQuery's description of it."""
    if field.get("mode") == "REPEATED":
        element = type_of_field(field | {"mode": "NULLABLE"})
        return type_pb.TypeProto(
            type_kind=type_pb.TYPE_ARRAY, array_type=type_pb.ArrayTypeProto(element_type=element)
        )
    if field["type"].upper() in ("RECORD", "STRUCT"):
        fields = [
            type_pb.StructFieldProto(field_name=each["name"], field_type=type_of_field(each))
            for each in field["fields"]
        ]
        return type_pb.TypeProto(
            type_kind=type_pb.TYPE_STRUCT, struct_type=type_pb.StructTypeProto(field=fields)
        )
    return type_pb.TypeProto(type_kind=_KINDS[field["type"].upper()])


def sql_name(type_: type_pb.TypeProto) -> str:
    """Write a type as SQL does."""
    if type_.type_kind == type_pb.TYPE_ARRAY:
        return f"ARRAY<{sql_name(type_.array_type.element_type)}>"
    if type_.type_kind == type_pb.TYPE_STRUCT:
        fields = (
            f"`{each.field_name}` {sql_name(each.field_type)}" for each in type_.struct_type.field
        )
        return f"STRUCT<{', '.join(fields)}>"
    name = _REST_NAMES[type_.type_kind]
    return _SQL_NAMES.get(name, name)


def to_python(value: value_pb.ValueProto, type_: type_pb.TypeProto) -> Any:  # noqa: PLR0911
    """Give a value as Python has it: timestamps in UTC, JSON parsed, structs as dicts."""
    kind = value.WhichOneof("value")
    match kind:
        case None:
            return None
        case "bool_value" | "int64_value" | "double_value" | "string_value" | "bytes_value":
            return getattr(value, kind)
        case "date_value":
            return date(1970, 1, 1) + timedelta(days=value.date_value)
        case "timestamp_value":
            given = value.timestamp_value
            return _EPOCH + timedelta(seconds=given.seconds, microseconds=given.nanos // 1000)
        case "timestamp_picos_value":
            picos = value.timestamp_picos_value
            return _EPOCH + timedelta(seconds=picos.seconds, microseconds=picos.picos // 1_000_000)
        case "datetime_value":
            return _datetime(value.datetime_value)
        case "numeric_value" | "bignumeric_value":
            unscaled = int.from_bytes(getattr(value, kind), "little", signed=True)
            return Decimal(unscaled).scaleb(-_NUMERIC_SCALE[type_.type_kind])
        case "interval_value":
            return _interval(value.interval_value)
        case "json_value":
            return json.loads(value.json_value)
        case "array_value":
            element = type_.array_type.element_type
            return [to_python(each, element) for each in value.array_value.element]
        case "struct_value":
            pairs = zip(type_.struct_type.field, value.struct_value.field, strict=True)
            return {field.field_name: to_python(each, field.field_type) for field, each in pairs}
        case _:
            raise NotImplementedError(f"values of kind {kind}")


def to_rest(value: value_pb.ValueProto, type_: type_pb.TypeProto) -> Any:  # noqa: PLR0911
    """Give a value as BigQuery's API does: nearly everything is a text."""
    found = to_python(value, type_)
    match value.WhichOneof("value"):
        case None:
            return [] if type_.type_kind == type_pb.TYPE_ARRAY else None
        case "bool_value":
            return str(found).lower()
        case "bytes_value":
            return base64.b64encode(found).decode()
        case "date_value":
            return found.isoformat()
        case "timestamp_value" | "timestamp_picos_value":
            return str((found - _EPOCH) // timedelta(microseconds=1))
        case "datetime_value":
            return found.isoformat()
        case "numeric_value" | "bignumeric_value":
            return _plain(found)
        case "json_value":
            return value.json_value
        case "array_value":
            element = type_.array_type.element_type
            return [{"v": to_rest(each, element)} for each in value.array_value.element]
        case "struct_value":
            pairs = zip(type_.struct_type.field, value.struct_value.field, strict=True)
            return {"f": [{"v": to_rest(each, field.field_type)} for field, each in pairs]}
        case _:
            return str(found)


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _interval(packed: bytes) -> str:
    """Write an interval as BigQuery does, to microseconds: years-months days hours:minutes:seconds.

    Packed are microseconds (8 bytes), days (4), and a sign, months and nanoseconds in bits (4).
    """
    microseconds = int.from_bytes(packed[:8], "little", signed=True)
    days = int.from_bytes(packed[8:12], "little", signed=True)
    bits = int.from_bytes(packed[12:], "little")
    months = (bits >> 18) & 0x1FFF
    years = f"{'-' if bits >> 31 else ''}{months // 12}-{months % 12}"
    sign = "-" if microseconds < 0 else ""
    seconds, rest = divmod(abs(microseconds), 1_000_000)
    fraction = f".{rest:06}" if rest else ""
    clock = f"{sign}{seconds // 3600}:{seconds // 60 % 60}:{seconds % 60}{fraction}"
    return f"{years} {days} {clock}"


def _datetime(packed: Any) -> datetime:
    """Unpack a civil time: year, month, day, hour, minute and second in bits, and nanoseconds."""
    bits = packed.bit_field_datetime_seconds
    widths = (("second", 6), ("minute", 6), ("hour", 5), ("day", 5), ("month", 4), ("year", 14))
    parts = {}
    for name, width in widths:
        parts[name] = bits & ((1 << width) - 1)
        bits >>= width
    return datetime(**parts, microsecond=packed.nanos // 1000)
