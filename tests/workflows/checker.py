"""What is wrong with a workflow, by the published reference of Google Workflows' syntax."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.workflows.expressions import ExpressionError, Functions, found_in, read

Json = dict[str, Any]

# What a step does, and what may stand beside it.
_ACTIONS = {
    "assign": {"next"},
    "call": {"args", "result", "next"},
    "for": {"next"},
    "raise": set(),
    "return": set(),
    "steps": {"next"},
    "switch": {"next"},
    "try": {"retry", "except", "next"},
}
# A condition does one of these.
_BRANCHES = {"next", "steps", "assign", "return", "raise", "call"}
_PARTS = {
    "for": ({"value", "steps"}, {"in", "range", "index"}),
    "except": ({"as", "steps"}, set()),
    "retry": ({"predicate", "max_retries", "backoff"}, set()),
    "backoff": ({"initial_delay", "max_delay", "multiplier"}, set()),
}
# Calls of the standard library and of connectors: what they must and may be given.
_CALLS = {
    "googleapis.run.v2.projects.locations.jobs.run": ({"name", "body"}, {"connector_params"}),
    "http.post": ({"url"}, {"body", "headers", "query", "auth", "timeout", "private_service_name"}),
    "sys.log": (set(), {"data", "text", "json", "severity", "timeout"}),
    "sys.sleep": ({"seconds"}, set()),
}
_CONNECTOR = {"timeout", "polling_policy", "skip_polling", "scopes"}
_POLLING = {"initial_delay", "multiplier", "max_delay"}
_NAME = re.compile(r"[A-Za-z0-9_]+")
_VARIABLE = re.compile(r"[A-Za-z_]\w*")
_MOST_ASSIGNMENTS = 50
_JUMPS = {"end", "break", "continue"}


@dataclass(frozen=True)
class Scope:
    """Where a step stands: its workflow, which names are known there, and whether in a loop."""

    workflow: str
    names: frozenset[str]
    is_in_loop: bool = False


def faults(workflows: Json) -> list[str]:
    """List what is wrong; nothing is, if the list is empty."""
    return [*_Checker(workflows).faults()]


class _Checker:
    def __init__(self, workflows: Json) -> None:
        self._workflows = workflows
        self._called: set[str] = {"main"}

    def faults(self) -> Iterator[str]:
        if "main" not in self._workflows:
            yield "there is no main"
        for name, one in self._workflows.items():
            if unknown := set(one) - {"params", "steps"}:
                yield f"{name}: {sorted(unknown)} are no parts of a workflow"
            names = [next(iter(step), "") for step in _all_steps(one.get("steps", []))]
            for twice in sorted({each for each in names if names.count(each) > 1}):
                yield f"{name}: two steps are called {twice}"
            parameters = {_parameter(each) for each in one.get("params", [])}
            known = frozenset(parameters | _assigned(one.get("steps", [])))
            yield from self._steps(one.get("steps", []), Scope(name, known), one)
            if self._workflows.get(name) and not _ends(one["steps"]) and name != "main":
                yield f"{name}: it can end without a return"
        for name in sorted(set(self._workflows) - self._called):
            yield f"{name}: nobody calls it"

    def _steps(self, steps: list[Json], scope: Scope, workflow: Json) -> Iterator[str]:
        if not steps:
            yield f"{scope.workflow}: there are no steps"
        goals = {next(iter(step)) for step in _all_steps(workflow["steps"])}
        for number, step in enumerate(steps):
            if len(step) != 1:
                yield f"{scope.workflow}: a step has one name: {sorted(step)}"
                continue
            [(name, content)] = step.items()
            where = f"{scope.workflow}.{name}"
            if not _NAME.fullmatch(name):
                yield f"{where}: a name has letters, digits and underscores"
            yield from self._step(content, scope, where, workflow)
            goal = content.get("next")
            if goal is not None and goal not in goals | _JUMPS:
                yield f"{where}: there is no step {goal}"
            if goal in ("break", "continue") and not scope.is_in_loop:
                yield f"{where}: {goal} is for loops"
            follower = next(iter(steps[number + 1]), None) if number + 1 < len(steps) else None
            if follower and _leaves(content) and follower not in _goals(workflow["steps"]):
                yield f"{scope.workflow}.{follower}: nothing leads there"

    def _step(self, content: Json, scope: Scope, where: str, workflow: Json) -> Iterator[str]:
        actions = [key for key in content if key in _ACTIONS]
        if len(actions) != 1 and set(content) != {"next"}:
            yield f"{where}: a step does one thing, not {actions}"
            return
        action = actions[0] if actions else "next"
        if unknown := set(content) - {action} - _ACTIONS.get(action, set()):
            yield f"{where}: {sorted(unknown)} cannot stand beside {action}"
        yield from self._expressions(_own(content), scope, where)
        if action == "assign":
            yield from _assignments(content["assign"], where)
        elif action == "call":
            yield from self._call(content, where)
        elif action == "for":
            yield from _parts("for", content["for"], where)
            yield from self._loop(content["for"], scope, where, workflow)
        elif action == "switch":
            yield from self._switch(content["switch"], scope, where, workflow)
        elif action == "try":
            yield from self._try(content, scope, where, workflow)
        elif action == "steps":
            yield from self._steps(content["steps"], scope, workflow)

    def _loop(self, loop: Json, scope: Scope, where: str, workflow: Json) -> Iterator[str]:
        if ("in" in loop) == ("range" in loop):
            yield f"{where}: a loop is over either `in` or `range`"
        inner = {loop.get("value"), loop.get("index")} - {None}
        within = Scope(scope.workflow, scope.names | inner, is_in_loop=True)
        yield from self._steps(loop.get("steps", []), within, workflow)

    def _switch(
        self, conditions: list[Json], scope: Scope, where: str, workflow: Json
    ) -> Iterator[str]:
        for one in conditions:
            if "condition" not in one or len(set(one) & _BRANCHES) != 1:
                yield f"{where}: a branch has a condition, and does one thing"
            if "steps" in one:
                yield from self._steps(one["steps"], scope, workflow)

    def _try(self, content: Json, scope: Scope, where: str, workflow: Json) -> Iterator[str]:
        if not set(content) & {"retry", "except"}:
            yield f"{where}: a try has a retry or an except"
        tried = content["try"]
        if "steps" in tried:
            yield from self._steps(tried["steps"], scope, workflow)
        else:
            yield from self._step(tried, scope, where, workflow)
        if "retry" in content:
            retry = content["retry"]
            yield from _parts("retry", retry, where)
            yield from _parts("backoff", retry.get("backoff", {}), where)
            predicate = str(retry.get("predicate", ""))[2:-1]
            self._called.add(predicate)
            if len(self._workflows.get(predicate, {}).get("params", [])) != 1:
                yield f"{where}: a predicate is a workflow with one parameter, not {predicate!r}"
        if "except" in content:
            caught = content["except"]
            yield from _parts("except", caught, where)
            within = Scope(scope.workflow, scope.names | {caught.get("as")}, scope.is_in_loop)
            yield from self._steps(caught.get("steps", []), within, workflow)

    def _call(self, content: Json, where: str) -> Iterator[str]:
        called, given = content["call"], set(content.get("args", {}))
        if called in self._workflows:
            self._called.add(called)
            parameters = self._workflows[called].get("params", [])
            must = {each for each in parameters if isinstance(each, str)}
            may = {_parameter(each) for each in parameters} - must
        elif called in _CALLS:
            must, may = _CALLS[called]
        else:
            yield f"{where}: there is no {called} to call"
            return
        if missing := must - given:
            yield f"{where}: {called} needs {sorted(missing)}"
        if unknown := given - must - may:
            yield f"{where}: {called} takes no {sorted(unknown)}"
        connector = content.get("args", {}).get("connector_params", {})
        if (
            unknown := set(connector) - _CONNECTOR
            | set(connector.get("polling_policy", {})) - _POLLING
        ):
            yield f"{where}: {sorted(unknown)} are no parameters of a connector"

    def _expressions(self, value: Any, scope: Scope, where: str) -> Iterator[str]:
        functions = Functions().table()
        try:
            for text in found_in(value):
                found = read(text)
                for name in sorted(found.variables - scope.names - set(self._workflows)):
                    yield f"{where}: {name} is never given a value"
                for name, count in found.calls:
                    if name not in functions or count not in functions[name][1]:
                        yield f"{where}: there is no {name} of {count} arguments"
        except ExpressionError as error:
            yield f"{where}: {error}"


def _own(content: Json) -> Any:
    """Give what a step says itself, without the steps in it."""
    if isinstance(content, dict):
        return {key: _own(value) for key, value in content.items() if key != "steps"}
    return [_own(each) for each in content] if isinstance(content, list) else content


def _parts(what: str, content: Json, where: str) -> Iterator[str]:
    must, may = _PARTS[what]
    if missing := must - set(content):
        yield f"{where}: {what} needs {sorted(missing)}"
    if unknown := set(content) - must - may:
        yield f"{where}: {what} takes no {sorted(unknown)}"


def _assignments(assignments: list[Json], where: str) -> Iterator[str]:
    if not 0 < len(assignments) <= _MOST_ASSIGNMENTS:
        yield f"{where}: from 1 to {_MOST_ASSIGNMENTS} assignments"
    for one in assignments:
        if len(one) != 1 or not _VARIABLE.match(next(iter(one))):
            yield f"{where}: an assignment has one variable: {one}"


def _parameter(parameter: Any) -> str:
    """Name a parameter, with a default or without."""
    return parameter if isinstance(parameter, str) else str(next(iter(parameter)))


def _contents(steps: list[Json]) -> Iterator[Json]:
    for step in _all_steps(steps):
        yield from step.values()


def _all_steps(steps: list[Json]) -> Iterator[Json]:
    """Give steps, and those in them."""
    for step in steps:
        yield step
        for content in step.values():
            for inner in _inner(content):
                yield from _all_steps(inner)


def _inner(content: Json) -> Iterator[list[Json]]:
    parts = [content, *(content.get(key) for key in ("for", "try", "except"))]
    parts += content.get("switch", [])
    for part in parts:
        if isinstance(part, dict) and "steps" in part:
            yield part["steps"]


def _assigned(steps: list[Json]) -> set[str]:
    """Give the variables that steps give a value: they are the whole workflow's."""
    found = set()
    for content in _contents(steps):
        for part in (content, content.get("try", {})):
            if isinstance(part, dict):
                found |= {next(iter(one)) for one in part.get("assign", [])}
                found |= {part["result"]} if "result" in part else set()
    return found


def _goals(steps: list[Json]) -> set[str]:
    """Give the steps that others jump to."""
    found = set()
    for content in _contents(steps):
        found |= {content.get("next")} | {one.get("next") for one in content.get("switch", [])}
    return found - {None}


def _leaves(content: Json) -> bool:
    """Tell whether the next step in the list cannot be reached from a step."""
    if set(content) & {"return", "raise", "next"}:
        return True
    branches = content.get("switch", [])
    is_exhaustive = any(one.get("condition") is True for one in branches)
    return is_exhaustive and all(_ends_branch(one) for one in branches)


def _ends_branch(branch: Json) -> bool:
    if set(branch) & {"return", "raise", "next"}:
        return True
    return "steps" in branch and _leaves(next(iter(branch["steps"][-1].values())))


def _ends(steps: list[Json]) -> bool:
    return _leaves(next(iter(steps[-1].values())))
