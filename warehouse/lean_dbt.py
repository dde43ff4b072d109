"""dbt without work that nobody sees, which is a third of a build over little data.

Each replacement gives what dbt's own gives; pyproject.toml pins the minor version that they are of.
"""

import functools
import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dbt.clients.jinja import MacroGenerator
from dbt.context.configured import ConfiguredContext
from dbt.context.macro_resolver import TestMacroNamespace
from dbt.context.macros import FlatNamespace, MacroNamespace, MacroNamespaceBuilder
from dbt.context.manifest import ManifestContext
from dbt.contracts.graph.nodes import Macro
from dbt_common.clients import agate_helper
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager

# A context of macros is 2,000 objects, and a node has three of them.
_GARBAGE_OBJECTS = 200_000
_LEVELS = {level: number for number, level in enumerate(EventLevel)}
_SILENT = len(_LEVELS)

_fire_event = EventManager.fire_event
_begin_event = BaseEvent.__init__
_ask_event: Callable[[BaseEvent, str], object] = BaseEvent.__getattr__
_context_to_dict: Callable[[ManifestContext], dict[str, Any]] = ManifestContext.to_dict
_build_type_tester = agate_helper.build_type_tester


def _build_namespace(
    self: MacroNamespaceBuilder, macros_by_package: Mapping[str, Mapping[str, Macro]], ctx: object
) -> MacroNamespace:
    """Bind all macros to a context: dbt does it thrice a node, for each of 800 macros."""
    bound = {"context": ctx, "node": self.node, "stack": self.thread_ctx}

    def bind(macro: Macro) -> MacroGenerator:
        generator = MacroGenerator.__new__(MacroGenerator)
        generator.__dict__ = {"macro": macro, **bound}
        return generator

    packages = {
        package: {name: bind(macro) for name, macro in macros.items()}
        for package, macros in macros_by_package.items()
    }
    internal: FlatNamespace = {}
    for package in reversed(self.internal_package_names_order):
        internal.update(packages.pop(package, {}))
    local = packages.get(self.search_package, {})
    return MacroNamespace(
        global_namespace=(
            {} if self.root_package == self.search_package else packages.get(self.root_package, {})
        ),
        local_namespace=local,
        global_project_namespace=internal,
        packages=packages,
    )


def _to_dict(self: ManifestContext) -> dict[str, Any]:
    """Lay the namespaces over one another, where dbt looks each name up in all of them."""
    if isinstance(self.namespace, TestMacroNamespace):
        return _context_to_dict(self)
    context: dict[str, Any] = ConfiguredContext.to_dict(self)
    for namespace in reversed([*self.namespace._search_order()]):
        context.update(namespace)
    return context


def _begin(self: BaseEvent, *args: object, **said: object) -> None:
    """Make an event's message when it is asked for: nobody asks most of them."""
    if args or self.level_tag() != EventLevel.DEBUG:
        _begin_event(self, *args, **said)
    else:
        self.__dict__["said"] = said


def _ask(self: BaseEvent, name: str) -> object:
    if "pb_msg" not in self.__dict__ and "said" in self.__dict__:
        _begin_event(self, **self.__dict__.pop("said"))
        return getattr(self, name)
    return _ask_event(self, name)


def _fire(
    self: EventManager,
    e: BaseEvent,
    level: EventLevel | None = None,
    node: object = None,
    force_warn_or_error_handling: bool = False,
) -> None:
    """Make a message only of what some log takes: the others were written out, and dropped."""
    number = _LEVELS[level or e.level_tag()]
    wanted = min((_LEVELS[logger.level] for logger in self.loggers), default=_SILENT)
    if number < min(wanted, _LEVELS[EventLevel.INFO]):
        return
    _fire_event(self, e, level, node, force_warn_or_error_handling)


@functools.lru_cache(maxsize=256)
def _known_type_tester(
    text_columns: tuple[str, ...], string_null_values: tuple[str, ...]
) -> object:
    return _build_type_tester(text_columns, string_null_values)


def _type_tester(
    text_columns: Iterable[str], string_null_values: Iterable[str] = ("null", "")
) -> object:
    """Build what guesses columns' types once: it builds parsers of dates in words."""
    return _known_type_tester(tuple(text_columns), tuple(string_null_values))


# What dbt has, and what takes its place.
_REPLACED: list[tuple[object, str, object]] = [
    (MacroNamespaceBuilder, "build_namespace", _build_namespace),
    (ManifestContext, "to_dict", _to_dict),
    (BaseEvent, "__init__", _begin),
    (BaseEvent, "__getattr__", _ask),
    (EventManager, "fire_event", _fire),
    (agate_helper, "build_type_tester", _type_tester),
]


def slim() -> None:
    """Have this process's dbt do without, from here on; more than once is as good as once."""
    for owner, name, replacement in _REPLACED:
        setattr(owner, name, replacement)


@contextmanager
def nothing_is_garbage() -> Iterator[None]:
    """Look for garbage only among what is made in here: a manifest's million objects are none."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_GARBAGE_OBJECTS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
