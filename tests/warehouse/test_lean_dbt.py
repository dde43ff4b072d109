"""dbt without work that nobody sees gives what dbt gives."""

import errno
import logging
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dbt.adapters.events.types import NewConnection
from dbt.clients import jinja
from dbt.clients.jinja import MacroGenerator, MacroStack
from dbt.context import macros as dbt_macros
from dbt.context.configured import ConfiguredContext
from dbt.context.manifest import ManifestContext
from dbt.contracts.graph.nodes import Macro
from dbt.events.types import MainReportVersion
from dbt_common.clients import agate_helper
from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.logger import LoggerConfig
from dbt_common.exceptions import CompilationError

from warehouse import kept_templates, lean_dbt
from warehouse.bound_macros import build_namespace, to_dict

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


def _context(package: str) -> Any:
    """Give what dbt's own contexts have that namespaces are built of."""
    context = ManifestContext.__new__(ManifestContext)
    context._ctx = {}
    context.manifest = SimpleNamespace(get_macros_by_package=_macros)  # type: ignore[assignment]
    stack = MacroStack()
    context._get_namespace_builder = lambda: dbt_macros.MacroNamespaceBuilder(  # type: ignore[method-assign]
        "shop", package, stack, ["dbt_duckdb", "dbt"], SimpleNamespace()
    )
    context.generate_builtins = lambda: {"ref": "dbt's", "default__ref": "dbt's"}  # type: ignore[method-assign]
    return context


def _meant(member: Any) -> Any:
    if isinstance(member, dict):
        return {name: _meant(one) for name, one in member.items() if name != "context"}
    return member.macro.unique_id if isinstance(member, MacroGenerator) else member


@pytest.mark.parametrize("package", ["shop", "utils", "dbt"])
def test_each_name_means_the_macro_that_dbt_finds(package: str) -> None:
    own, lean = _context(package), _context(package)
    own.namespace = own._get_namespace_builder().build_namespace(_macros(), own._ctx)
    lean.namespace = build_namespace(lean)
    expected = ConfiguredContext.to_dict(own)
    expected.update(own.namespace)
    found = to_dict(lean)
    names = {*expected, "no_such_macro"}
    # Asked for one by one, as templates do; and as a whole.
    assert {name: name in found for name in names} == {name: name in expected for name in names}
    assert {name: _meant(found.get(name)) for name in names} == {
        name: _meant(expected.get(name)) for name in names
    }
    assert _meant(dict(found)) == _meant(found.copy()) == _meant(expected)
    assert len(found) == len(expected)
    for where, name in ((None, "local_date"), ("utils", "local_date"), ("dbt", "create_table")):
        expected_macro = own.namespace.get_from_package(where, name)
        found_macro = lean.namespace.get_from_package(where, name)
        assert _meant(found_macro) == _meant(expected_macro)
        assert found_macro.context is found
        assert found_macro.stack is lean._get_namespace_builder().thread_ctx
    assert lean.namespace.get_from_package("utils", "of_dbt") is None


def _begin_process() -> None:
    """Know what a process knows when it begins: nothing."""
    for known in (kept_templates._codes, kept_templates._used, kept_templates._new):
        known.clear()


def test_a_template_that_was_kept_renders_what_it_rendered(tmp_path: Path) -> None:
    lean_dbt.slim()
    text = "{% set twice = number ~ number %}{{ twice }} of {{ range(3)[1] }}"
    rendered = jinja.get_rendered(text, {"number": 7})
    _begin_process()
    kept_templates.read_templates(tmp_path / "project.msgpack")
    assert jinja.get_rendered(text, {"number": 7}) == rendered
    kept_templates.keep_templates()
    (file,) = tmp_path.iterdir()
    _begin_process()
    kept_templates.read_templates(tmp_path / "project.msgpack")
    assert len(kept_templates._codes) == 1
    assert jinja.get_rendered(text, {"number": 8}) == rendered.replace("7", "8")
    written = file.stat().st_mtime_ns
    kept_templates.keep_templates()
    assert file.stat().st_mtime_ns == written


def test_after_an_edit_what_is_the_same_is_read_and_what_is_gone_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lean_dbt.slim()
    same, before, after = ("{{ number }} same", "{{ number }} before", "{{ number }} after")
    made: list[str] = []
    compiling = kept_templates._compile
    monkeypatch.setattr(
        kept_templates, "_compile", lambda self, text: made.append(text) or compiling(self, text)
    )
    for state, texts in (("first", [same, before]), ("second", [same, after])):
        _begin_process()
        kept_templates.read_templates(tmp_path / f"{state}.msgpack")
        for text in texts:
            assert jinja.get_rendered(text, {"number": 7}) == text.replace("{{ number }}", "7")
        kept_templates.keep_templates()
    assert made == [same, before, after]
    for file in tmp_path.glob("first.*"):
        file.unlink()
    _begin_process()
    kept_templates.read_templates(tmp_path / "second.msgpack")
    assert len(kept_templates._codes) == len({same, after})


def test_where_there_is_no_room_nothing_is_kept_and_nothing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_full(_: int) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    lean_dbt.slim()
    _begin_process()
    kept_templates.read_templates(tmp_path / "project.msgpack")
    assert jinja.get_rendered("{{ number }}", {"number": 7}) == "7"
    monkeypatch.setattr(os, "fsync", is_full)
    kept_templates.keep_templates()
    assert [*tmp_path.iterdir()] == []


def test_a_template_that_is_none_is_refused_each_time() -> None:
    for _ in range(2):
        with pytest.raises(CompilationError, match="expected token"):
            jinja.get_rendered("{{ 1 2 }}", {})


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
