"""A small interpreter of Amazon States Language: as much of it as the lineage's state machine is written in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Task = Callable[[str, dict[str, Any]], Any]


class TaskError(Exception):
    """A task's failure, by its name in Amazon States Language."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(cause)
        self.error, self.cause = error, cause


@dataclass
class Machine:
    """Runs a definition.

    Attributes:
        task: called with a task's resource and parameters.
        waited: seconds that the execution would have waited, in waits and between retries.
        visited: states in the order in which they were entered.
    """

    task: Task
    waited: float = 0
    visited: list[str] = field(default_factory=list)

    def run(self, definition: dict[str, Any], given: Any = None) -> Any:
        """Run to the end; the output.

        Raises:
            TaskError: the execution failed.
        """
        name, data = definition["StartAt"], {} if given is None else given
        while True:
            self.visited.append(name)
            state = definition["States"][name]
            match state["Type"]:
                case "Succeed":
                    return data
                case "Fail":
                    raise TaskError(_at(data, state["ErrorPath"]), _at(data, state["CausePath"]))
                case "Choice":
                    chosen = (rule["Next"] for rule in state["Choices"] if _holds(rule, data))
                    name = next(chosen, state.get("Default", ""))
                case kind:
                    name, data = self._step(kind, state, data)

    def _step(self, kind: str, state: dict[str, Any], data: Any) -> tuple[str, Any]:
        if kind == "Wait":
            self.waited += state["Seconds"]
            return state["Next"], data
        try:
            result = self._result(kind, state, data)
        except TaskError as failure:
            for catcher in state.get("Catch", ()):
                if _catches(catcher, failure):
                    told = {"Error": failure.error, "Cause": failure.cause}
                    return catcher["Next"], _put(data, catcher.get("ResultPath", "$"), told)
            raise
        return state["Next"], _put(data, state.get("ResultPath", "$"), result)

    def _result(self, kind: str, state: dict[str, Any], data: Any) -> Any:
        given = _filled(state["Parameters"], data) if "Parameters" in state else data
        if kind == "Pass":
            return state.get("Result", given)
        if kind == "Parallel":
            return [self.run(branch, data) for branch in state["Branches"]]
        assert kind == "Task", kind
        tries = [0] * len(state.get("Retry", ()))
        while True:
            try:
                return self.task(state["Resource"], given)
            except TaskError as failure:
                self._wait_for_retry(state, tries, failure)

    def _wait_for_retry(self, state: dict[str, Any], tries: list[int], failure: TaskError) -> None:
        for index, retrier in enumerate(state.get("Retry", ())):
            if _catches(retrier, failure) and tries[index] < retrier["MaxAttempts"]:
                self.waited += retrier["IntervalSeconds"] * retrier["BackoffRate"] ** tries[index]
                tries[index] += 1
                return
        raise failure


def _catches(rule: dict[str, Any], failure: TaskError) -> bool:
    return bool({failure.error, "States.ALL"} & set(rule["ErrorEquals"]))


def _at(data: Any, path: str) -> Any:
    for key in path.removeprefix("$").split(".")[1:]:
        data = data[key]
    return data


def _put(data: Any, path: str | None, value: Any) -> Any:
    if path is None:
        return data
    if path == "$":
        return value
    key = path.removeprefix("$.")
    assert "." not in key
    return {**data, key: value}


def _holds(rule: dict[str, Any], data: Any) -> bool:
    if "And" in rule:
        return all(_holds(part, data) for part in rule["And"])
    if "Or" in rule:
        return any(_holds(part, data) for part in rule["Or"])
    if "IsPresent" in rule:
        return _is_present(rule["Variable"], data) is rule["IsPresent"]
    value = _at(data, rule["Variable"])
    if "StringMatches" in rule:
        return fnmatchcase(value, rule["StringMatches"])
    return bool(value < rule["NumericLessThan"])


def _is_present(path: str, data: Any) -> bool:
    """Whether there is something at a path that ends with an item of a list."""
    listed, _, place = path.removesuffix("]").partition("[")
    return int(place) < len(_at(data, listed))


def _filled(template: Any, data: Any) -> Any:
    if not isinstance(template, dict):
        return template
    return {
        key.removesuffix(".$"): _computed(value, data) if key.endswith(".$") else _filled(value, data)
        for key, value in template.items()
    }


def _computed(expression: str, data: Any) -> Any:
    call = re.fullmatch(r"States\.(\w+)\((.*)\)", expression)
    if call is None:
        return _argument(expression, data)
    arguments = [_argument(part, data) for part in re.findall(r"'[^']*'|[^,\s]+", call[2])]
    if call[1] == "MathAdd":
        return sum(arguments)
    assert call[1] == "Format", expression
    return arguments[0].format(*arguments[1:])


def _argument(written: str, data: Any) -> Any:
    if written.startswith("'"):
        return written[1:-1]
    if written.startswith("$$."):
        return _at({"Execution": {"Id": "arn:aws:states:us-east-1:123456789012:execution:x:1"}}, written[1:])
    return _at(data, written) if written.startswith("$") else int(written)
