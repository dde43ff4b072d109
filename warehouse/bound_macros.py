"""dbt's macros, each bound to a node's context when it is asked for.

dbt binds all 800 of them, thrice a node, and a node asks for some thirty.
"""

from collections.abc import Callable, Mapping
from typing import Any

from dbt.clients.jinja import MacroGenerator
from dbt.context.configured import ConfiguredContext
from dbt.context.macros import FlatNamespace, MacroNamespace
from dbt.context.manifest import ManifestContext
from dbt.contracts.graph.nodes import Macro
from dbt.include.global_project import PROJECT_NAME


class BoundMacros(dict[str, Any]):
    """Macros by name; whoever looks at all of them finds all of them bound."""

    def __init__(
        self, macros: Mapping[str, Macro], bind: Callable[[Macro], MacroGenerator]
    ) -> None:
        super().__init__()
        self._macros = macros
        self._bind = bind

    def __missing__(self, name: str) -> MacroGenerator:
        """Bind a macro that is asked for."""
        macro = self[name] = self._bind(self._macros[name])
        return macro

    def __contains__(self, name: object) -> bool:
        """Tell whether there is such a macro, bound or not, or anything else."""
        return super().__contains__(name) or name in self._macros

    def get(self, name: str, default: object = None) -> object:
        """Give what is called so, or the default."""
        try:
            return self[name]
        except KeyError:
            return default

    def uncover(self) -> None:
        """Let macros hide what was put in by the same names."""
        for name in self._macros:
            self.pop(name, None)

    def bind_all(self) -> None:
        """Bind the macros that nobody has asked for yet."""
        for name in self._macros:
            _ = self[name]


def _of_all(name: str) -> Callable[..., object]:
    method: Callable[..., object] = getattr(dict, name)

    def ask(self: BoundMacros, *args: object) -> object:
        self.bind_all()
        return method(self, *args)

    return ask


for _name in ("__eq__", "__iter__", "__len__", "copy", "items", "keys", "values"):
    setattr(BoundMacros, _name, _of_all(_name))


class _MadeOnce(MacroGenerator):
    """A macro whose template is executed once a context, not once a call."""

    def get_macro(self) -> Callable[..., Any]:
        macro: Callable[..., Any] = super().get_macro()
        self.get_macro = lambda: macro  # type: ignore[method-assign]
        return macro


def build_namespace(self: ManifestContext) -> MacroNamespace:
    """Give the namespace, and have the context look into it, in dbt's order."""
    builder = self._get_namespace_builder()
    packages = dict(self.manifest.get_macros_by_package())
    internal: dict[str, Macro] = {}
    for package in reversed(builder.internal_package_names_order):
        internal.update(packages.pop(package, {}))
    local = packages.get(builder.search_package, {})
    is_root = builder.root_package == builder.search_package
    outer = {} if is_root else packages.get(builder.root_package, {})

    def bind(macro: Macro) -> MacroGenerator:
        return _MadeOnce(macro, self._ctx, builder.node, builder.thread_ctx)

    found: dict[str, FlatNamespace] = {
        name: BoundMacros(macros, bind) for name, macros in packages.items()
    }
    hidden = {PROJECT_NAME: None} | dict.fromkeys(packages)
    visible = {name: macro for name, macro in internal.items() if name not in hidden}
    self._ctx = BoundMacros({**visible, **outer, **local}, bind)
    return MacroNamespace(
        global_namespace=BoundMacros(outer, bind),
        local_namespace=BoundMacros(local, bind),
        global_project_namespace=BoundMacros(internal, bind),
        packages=found,
    )


def to_dict(self: ManifestContext) -> dict[str, Any]:
    """Fill the context: macros hide what dbt has by the same name."""
    if not isinstance(self._ctx, BoundMacros):
        return _to_dict(self)
    ConfiguredContext.to_dict(self)
    namespaces = {PROJECT_NAME: self.namespace.global_project_namespace, **self.namespace.packages}
    self._ctx.update(namespaces)
    self._ctx.uncover()
    return self._ctx


_to_dict: Callable[[ManifestContext], dict[str, Any]] = ManifestContext.to_dict
