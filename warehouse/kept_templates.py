"""What Jinja made of dbt's templates, kept from build to build.

dbt has each process turn the text of every model, test and macro into Python anew, which is a
quarter of a build over little data.
"""

import functools
import hashlib
import marshal
import os
import sys
import tempfile
from collections import ChainMap
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2
from dbt_common.clients import jinja
from jinja2.runtime import Context

_compile: Callable[..., CodeType] = jinja2.Environment.compile
_get_environment: Callable[..., jinja2.Environment] = jinja.get_environment

# Code by what it was made of; what of it is of the project as it is, what of that no file has, and
# the file.
_codes: dict[str, CodeType] = {}
_used: set[str] = set()
_new: set[str] = set()
_file: Path | None = None


def read_templates(beside: Path) -> None:
    """Know what was kept beside this file, by this Python.

    If there is none, of an earlier state of the files: most of a project is what it was.
    """
    global _file  # noqa: PLW0603 - a process has one cache, as dbt's own are
    versions = (sys.implementation.cache_tag, version("jinja2"), version("dbt-common"))
    suffix = f".{'-'.join(versions)}.templates"
    _file = beside.with_suffix(suffix)
    if _file.exists():
        _used.update(_read(_file))
    else:
        _new.update(_used)
        for earlier in _file.parent.glob(f"*{suffix}"):
            _read(earlier)


def _read(file: Path) -> dict[str, CodeType]:
    found: dict[str, CodeType] = marshal.loads(file.read_bytes())  # noqa: S302 - as private as Python's own
    _codes.update(found)
    return found


def keep_templates() -> None:
    """Keep what was made since, if anything was, for who reads it next."""
    if not _new or _file is None or not os.access(_file.parent, os.W_OK):
        return
    # A build that is done does not fail for want of room for this: the next one makes it again.
    with suppress(OSError):
        put(_file, marshal.dumps({key: _codes[key] for key in _used}))
        _new.clear()


def put(path: Path, content: bytes) -> None:
    """Put a file into its place whole: half of one, after a crash, would stop every later build.

    Raises OSError, and leaves nothing.
    """
    handle, aside = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(handle)
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def compile_once(
    self: jinja2.Environment,
    source: str | jinja2.nodes.Template,
    *args: object,
    **options: object,
) -> CodeType | str:
    """Make Python of a template, as Jinja does, unless it is known."""
    if args or options or not isinstance(source, str):
        return _compile(self, source, *args, **options)
    key = hashlib.sha256(f"{type(self).__name__}\0{source}".encode()).hexdigest()
    if key not in _codes:
        _codes[key] = _compile(self, source)
    if key not in _used:
        _used.add(key)
        _new.add(key)
    return _codes[key]


@functools.cache
def _environment(*, native: bool) -> jinja2.Environment:
    return _get_environment(native=native)


def environment(
    node: object = None, capture_macros: bool = False, native: bool = False
) -> jinja2.Environment:
    """Give one environment for all templates, where dbt makes each its own."""
    if capture_macros:
        return _get_environment(node, capture_macros, native)
    return _environment(native=native)


class _Layers(ChainMap[str, object]):
    """Two mappings, in which a name is looked up by what is fast."""

    def __contains__(self, key: object) -> bool:
        """Tell whether either has the name."""
        first, second = self.maps
        return key in first or key in second

    def __getitem__(self, key: str) -> object:
        """Give what the first has, or else the second."""
        first, second = self.maps
        return first[key] if key in first else second[key]

    def __bool__(self) -> bool:
        """Say yes without asking for all names."""
        return True


def new_context(
    self: jinja.MacroFuzzTemplate | jinja.NativeSandboxTemplate,
    content: dict[str, Any] | None = None,
    shared: bool = False,
    local: Mapping[str, Any] | None = None,
) -> Context:
    """Lay what a template is rendered with over Jinja's own names, where dbt or Jinja copies it."""
    if shared or local:
        raise NotImplementedError("dbt's templates share nothing and have nothing local")
    names: Any = _Layers({} if content is None else content, self.globals)
    return self.environment.context_class(self.environment, names, self.name, self.blocks)
