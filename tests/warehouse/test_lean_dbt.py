"""dbt without work that nobody sees gives what dbt gives."""

import logging
from types import SimpleNamespace
from typing import Any

import pytest
from dbt.adapters.events.types import NewConnection
from dbt.clients.jinja import MacroStack
from dbt.context import macros as dbt_macros
from dbt.contracts.graph.nodes import Macro
from dbt.events.types import MainReportVersion
from dbt_common.clients import agate_helper
from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.logger import LoggerConfig

from warehouse import lean_dbt

_MACROS = [
    ("shop", "local_date"),
    ("shop", "default__ref"),
    ("utils", "local_date"),
    ("utils", "of_utils"),
    ("dbt_duckdb", "create_table"),
    ("dbt", "create_table"),
    ("dbt", "of_dbt"),
    ("dbt", "local_date"),
]


def _macros() -> dict[str, dict[str, Macro]]:
    found: dict[str, dict[str, Macro]] = {}
    for package, name in _MACROS:
        found.setdefault(package, {})[name] = Macro(
            name=name,
            resource_type="macro",
            package_name=package,
            path=f"{name}.sql",
            original_file_path=f"{name}.sql",
            unique_id=f"macro.{package}.{name}",
            macro_sql="",
        )
    return found


@pytest.mark.parametrize("package", ["shop", "utils"])
def test_each_name_means_the_macro_that_dbt_finds(package: str) -> None:
    found = _macros()
    context: dict[str, Any] = {}
    stack = MacroStack()

    def builder() -> dbt_macros.MacroNamespaceBuilder:
        return dbt_macros.MacroNamespaceBuilder(
            "shop", package, stack, ["dbt_duckdb", "dbt"], SimpleNamespace()
        )

    one_by_one = builder()
    for macros in found.values():
        one_by_one.add_macros(macros.values(), context)
    internal: dict[str, Any] = {}
    for name in ("dbt", "dbt_duckdb"):
        internal.update(one_by_one.internal_packages[name])
    expected = dbt_macros.MacroNamespace(
        one_by_one.globals, one_by_one.locals, internal, one_by_one.packages
    )

    at_once = lean_dbt._build_namespace(builder(), found, context)
    laid: dict[str, Any] = {}
    for each in reversed([*at_once._search_order()]):
        laid.update(each)

    def meant(member: Any) -> Any:
        if isinstance(member, dict):
            return {name: meant(one) for name, one in member.items()}
        assert member.context is context
        assert member.stack is stack
        return member.macro.unique_id

    assert meant(laid) == meant(dict(at_once)) == meant(dict(expected))
    assert at_once.get_from_package("utils", "local_date").macro.package_name == "utils"  # type: ignore[union-attr]


@pytest.mark.parametrize("level", [EventLevel.DEBUG, EventLevel.INFO])
def test_a_log_has_what_its_level_asks_for(
    level: EventLevel, caplog: pytest.LogCaptureFixture
) -> None:
    lean_dbt.slim()
    logger = logging.getLogger("of-lean-dbt")
    logger.setLevel(logging.DEBUG)
    manager = EventManager()
    heard: list[str] = []
    manager.add_callback(lambda message: heard.append(message.info.name))
    manager.add_logger(LoggerConfig(name="of-lean-dbt", level=level, logger=logger))
    manager.fire_event(NewConnection(conn_type="duckdb", conn_name="a-model"))
    manager.fire_event(MainReportVersion(version="=1", log_version=3))
    told = [record.getMessage() for record in caplog.records if record.name == "of-lean-dbt"]
    is_debug = level == EventLevel.DEBUG
    assert len(told) == len(heard) == 1 + is_debug
    assert any("a-model" in line for line in told) == is_debug


def test_columns_types_are_guessed_as_before() -> None:
    lean_dbt.slim()
    rows = [("1", "2024-05-01", None), ("x", "", "true")]
    for _ in range(2):
        table = agate_helper.table_from_rows(rows, ["a", "b", "c"], text_only_columns=["a", "b"])
        assert [*map(tuple, table.rows)] == [("1", "2024-05-01", None), ("x", "", True)]
