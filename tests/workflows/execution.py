"""Executes a workflow as its reference says, with calls that a test answers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.workflows.expressions import Functions, read

Json = dict[str, Any]

# Answers a call of the standard library or of a connector by its name and arguments.
Call = Callable[[str, Json], Any]


class RaisedError(Exception):
    """An error of a workflow: a map or a text."""

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self.value = value


class _ReturnedError(Exception):
    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self.value = value


@dataclass
class Execution:
    """One execution: its clock goes on while it waits for another try."""

    workflows: Json
    call: Call
    now: float
    environment: dict[str, str]
    waits: list[float] = field(default_factory=list)

    def run(self, argument: Any) -> Any:
        """Execute main; gives what it returns. Raises RaisedError."""
        return self._run("main", [argument])

    def _run(self, name: str, arguments: list[Any]) -> Any:
        workflow = self.workflows[name]
        variables = dict(zip(workflow.get("params", []), arguments, strict=True))
        try:
            self._steps(workflow["steps"], variables)
        except _ReturnedError as returned:
            return returned.value
        return None

    def _steps(self, steps: list[Json], variables: Json) -> None:
        for step in steps:
            self._step(next(iter(step.values())), variables)

    def _step(self, content: Json, variables: Json) -> None:
        assert "next" not in content, "jumps are not executed here"
        if "call" in content:
            result = self._call(content["call"], self._value(content.get("args", {}), variables))
            variables |= {content["result"]: result} if "result" in content else {}
        elif "switch" in content:
            self._switch(content["switch"], variables)
        elif "for" in content:
            for value in self._value(content["for"]["in"], variables):
                self._steps(content["for"]["steps"], variables | {content["for"]["value"]: value})
        elif "try" in content:
            self._try(content, variables)
        elif "return" in content:
            raise _ReturnedError(self._value(content["return"], variables))
        elif "raise" in content:
            raise RaisedError(self._value(content["raise"], variables))
        else:
            for name, value in (pair for one in content.get("assign", []) for pair in one.items()):
                variables[name] = self._value(value, variables)
            self._steps(content.get("steps", []), variables)

    def _switch(self, branches: list[Json], variables: Json) -> None:
        for branch in branches:
            if self._value(branch["condition"], variables):
                self._step({key: branch[key] for key in branch if key != "condition"}, variables)
                break

    def _try(self, content: Json, variables: Json) -> None:
        waits = self._waits(content.get("retry"))
        while True:
            try:
                return self._step(content["try"], variables)
            except RaisedError as error:
                if "retry" in content:
                    predicate = content["retry"]["predicate"][2:-1]
                    wait = next(waits, None)
                    if wait is not None and self._run(predicate, [error.value]):
                        self.waits.append(wait)
                        self.now += wait
                        continue
                if "except" not in content:
                    raise
                caught = content["except"]
                return self._steps(caught["steps"], variables | {caught["as"]: error.value})

    def _waits(self, retry: Json | None) -> Iterator[float]:
        backoff = (retry or {}).get("backoff", {})
        wait = backoff.get("initial_delay", 0)
        for _ in range((retry or {}).get("max_retries", 0)):
            yield min(wait, backoff["max_delay"])
            wait *= backoff["multiplier"]

    def _call(self, name: str, arguments: Json) -> Any:
        if name in self.workflows:
            parameters = self.workflows[name].get("params", [])
            return self._run(name, [arguments[each] for each in parameters])
        return self.call(name, arguments)

    def _value(self, value: Any, variables: Json) -> Any:
        if isinstance(value, dict):
            return {key: self._value(one, variables) for key, one in value.items()}
        if isinstance(value, list):
            return [self._value(one, variables) for one in value]
        if isinstance(value, str) and value.startswith("${"):
            functions = Functions(lambda: self.now, self.environment)
            return read(value[2:-1]).evaluate(variables, functions)
        return value
