"""dbt without work that nobody sees, which is a third of a build over little data.

Each replacement gives what dbt's own gives; pyproject.toml pins the minor version that they are of.
"""

import functools
import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from dbt.clients.jinja import get_rendered
from dbt.context.base import Var
from dbt.context.manifest import ManifestContext
from dbt_common.clients import agate_helper, jinja
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager
from jinja2 import Environment

from warehouse.bound_macros import build_namespace, to_dict
from warehouse.kept_templates import compile_once, environment, new_context

_GARBAGE_OBJECTS = 1_000_000
_LEVELS = {level: number for number, level in enumerate(EventLevel)}
_SILENT = len(_LEVELS)

_fire_event = EventManager.fire_event
_begin_event = BaseEvent.__init__
_ask_event: Callable[[BaseEvent, str], object] = BaseEvent.__getattr__
_build_type_tester = agate_helper.build_type_tester


def _rendered_var(self: Var, var_name: str) -> object:
    """Render a variable where dbt copies the whole context first."""
    raw = self._merged[var_name]
    context: Any = self._context
    return get_rendered(raw, context) if isinstance(raw, str) else raw


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
    (ManifestContext, "_build_namespace", build_namespace),
    (ManifestContext, "to_dict", to_dict),
    (Var, "get_rendered_var", _rendered_var),
    (Environment, "compile", compile_once),
    (jinja, "get_environment", environment),
    (jinja.MacroFuzzTemplate, "new_context", new_context),
    (jinja.NativeSandboxTemplate, "new_context", new_context),
    (BaseEvent, "__init__", _begin),
    (BaseEvent, "__getattr__", _ask),
    (EventManager, "fire_event", _fire),
    (agate_helper, "build_type_tester", _type_tester),
    (agate_helper, "empty_table", functools.cache(agate_helper.empty_table)),
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
