"""Which fields of documents staging reads, as its models say when they are rendered."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2

from ingestion.contracts import load

PROJECT = Path(__file__).parents[1]
# How JSON has what a model reads.
_TYPES = {
    "text": ["string"],
    "id": ["string", "number"],
    "boolean": ["boolean"],
    "time": ["string"],
    "date": ["string"],
    "array": ["array"],
    "object": ["object"],
}
# Orders are read by two models.
_SOURCE = re.compile(r'source\("raw", "(\w+)"\)')
_DIMENSIONS = re.compile(r"\[\d+\]")

# Contract, path, type.
Field = tuple[str, str, str]


class _Quiet(jinja2.Undefined):
    """Whatever else a model asks for says nothing."""

    def __call__(self, *_: object, **__: object) -> str:
        return ""

    def __getattr__(self, name: str) -> Any:
        return self


def read_fields() -> set[Field]:
    """Render each staging model and collect what it reads, by contract."""
    return {(contract, *one) for contract, path in _models() for one in _of_model(path)[1]}


def required_fields() -> dict[str, tuple[str, str]]:
    """Give of each contract the first field that it must have: its path, and staging's type."""
    return {contract: fields[0] for contract, fields in _required().items()}


def _required() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for contract, path in _models():
        fields, _ = _of_model(path)
        found.setdefault(contract, []).extend(
            (one["paths"][0], one["type"]) for one in fields.values() if one["required"]
        )
    return found


def _models() -> Iterator[tuple[str, Path]]:
    contracts = {contract.table: contract.name for contract in load().by_name.values()}
    for path in sorted((PROJECT / "models" / "staging").rglob("stg_*.sql")):
        for table in _SOURCE.findall(path.read_text()):
            if table in contracts:
                yield contracts[table], path


def _of_model(path: Path) -> tuple[dict[str, dict[str, Any]], set[tuple[str, str]]]:
    fields: dict[str, dict[str, Any]] = {}
    found: set[tuple[str, str]] = set()

    def field(
        type_: str,
        paths: str | list[str],
        *,
        required: bool = False,
        nullable: bool = False,
        **_: object,
    ) -> dict[str, Any]:
        named = [paths] if isinstance(paths, str) else paths
        return {"type": type_, "paths": named, "required": required, "nullable": nullable}

    def json_values(column: str, of: dict[str, dict[str, Any]], **_: object) -> str:
        if column == "data":
            fields.update(of)
            for one in of.values():
                for json_path in one["paths"]:
                    plain = _DIMENSIONS.sub("[]", json_path)
                    found.update((plain, kind) for kind in _TYPES.get(one["type"], ["number"]))
        return ""

    def elements(column: str, _: object, of: dict[str, dict[str, Any]]) -> str:
        for parent in fields[column]["paths"] if column in fields else []:
            for one in of.values():
                for json_path in one["paths"]:
                    kinds = _TYPES.get(one["type"], ["number"])
                    found.update((f"{parent}[].{json_path}", kind) for kind in kinds)
        return ""

    storefront = jinja2.Environment(undefined=_Quiet, extensions=["jinja2.ext.do"])  # noqa: S701
    given = {
        "field": field,
        "json_values": json_values,
        "element_rejection": elements,
        "dict": dict,
        "storefront_events": lambda *_: json_values("data", _storefront_fields(field)),
    }
    storefront.from_string(path.read_text()).render(given)
    return fields, found


def _storefront_fields(field: Any) -> dict[str, dict[str, Any]]:
    """Take what the macro returns."""
    returned: list[dict[str, dict[str, Any]]] = []

    def give(value: dict[str, dict[str, Any]]) -> str:
        returned.append(value)
        return ""

    environment = jinja2.Environment(undefined=_Quiet, extensions=["jinja2.ext.do"])  # noqa: S701
    source = (PROJECT / "macros" / "storefront_fields.sql").read_text()
    environment.from_string(source + "{{ storefront_fields() }}").render(
        {"field": field, "return": give}
    )
    return returned[0]
