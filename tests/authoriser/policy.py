"""Evaluates IAM policies: statements with conditions, of identities and of resources, as AWS's documentation says.

What this does not know (an element, an operator, a variable in a value) is an error and never a permission.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Statement = dict[str, Any]
_ELEMENTS = {
    "Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}  # fmt: skip


@dataclass(frozen=True)
class Principal:
    """Who asks: a role that was taken on, or a service of AWS.

    Attributes:
        arn: of the role, or the service's name, such as ``glue.amazonaws.com``.
        account: where it is.
    """

    arn: str
    account: str

    @property
    def is_service(self) -> bool:
        """Whether this is a service, which has no policies of its own."""
        return not self.arn.startswith("arn:")

    @property
    def role(self) -> str:
        """The role's name; empty for a service."""
        return "" if self.is_service else self.arn.rpartition("/")[2]


@dataclass(frozen=True)
class Question:
    """Whether an action may be done to a resource; conditions look at the context."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)

    def key(self) -> tuple[str, str, tuple[tuple[str, str], ...]]:
        """The same for the same question."""
        return self.action, self.resource, tuple(sorted(self.context.items()))

    def values(self, principal: Principal) -> dict[str, str]:
        """The context, with what AWS adds to every request's; names of keys are lower case."""
        always = {"aws:securetransport": "true", "aws:principalaccount": principal.account}
        if principal.is_service:
            always["aws:sourceaccount"] = principal.account
        else:
            always["aws:principalarn"] = principal.arn
        return always | {name.lower(): value for name, value in self.context.items()}


def effects(statements: Iterable[Statement], question: Question, principal: Principal) -> set[str]:
    """Which of ``Allow``, ``Deny`` and ``Delegate`` the statements that apply say.

    ``Delegate`` is what a policy of a key says to its account: that the account's own policies decide.
    """
    found = set()
    for statement in statements:
        if unknown := statement.keys() - _ELEMENTS:
            raise ValueError(f"elements that nobody evaluates: {sorted(unknown)}")
        who = _principal_matches(statement["Principal"], principal) if "Principal" in statement else "itself"
        if who and _applies(statement, question, principal):
            found.add("Delegate" if who == "account" and statement["Effect"] == "Allow" else statement["Effect"])
    return found


def _applies(statement: Statement, question: Question, principal: Principal) -> bool:
    action = question.action.lower()
    if "Action" in statement:
        acts = any(_glob(each.lower(), action) for each in _listed(statement["Action"]))
    else:
        acts = not any(_glob(each.lower(), action) for each in _listed(statement["NotAction"]))
    if "NotResource" in statement:
        reaches = not any(_glob(each, question.resource) for each in _listed(statement["NotResource"]))
    else:  # a trust policy names no resource: it is that of its role
        reaches = any(_glob(each, question.resource) for each in _listed(statement.get("Resource", "*")))
    return acts and reaches and _conditions_hold(statement.get("Condition", {}), question.values(principal))


def _principal_matches(named: Any, principal: Principal) -> str:
    """``itself``, ``account`` or nothing."""
    if named == "*":
        return "itself"
    if unknown := named.keys() - {"AWS", "Service", "Federated"}:
        raise ValueError(f"principals that nobody evaluates: {sorted(unknown)}")
    if principal.is_service:
        return "itself" if principal.arn in _listed(named.get("Service", [])) else ""
    aws = set(_listed(named.get("AWS", [])))
    if aws & {"*", principal.arn}:
        return "itself"
    return "account" if aws & {principal.account, _root(principal)} else ""


def _root(principal: Principal) -> str:
    return f"{principal.arn.split(':iam:')[0]}:iam::{principal.account}:root"


def _conditions_hold(conditions: Mapping[str, Mapping[str, Any]], values: Mapping[str, str]) -> bool:
    return all(
        _condition_holds(operator, values.get(key.lower()), _listed(wanted))
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _condition_holds(operator: str, value: str | None, wanted: list[str]) -> bool:
    """One key. A key that the request lacks meets what is negated and ``…IfExists``, and nothing else."""
    if any("${" in each for each in wanted):
        raise ValueError(f"variables are not evaluated: {wanted}")
    if operator == "Null":
        return (value is None) == (_listed(wanted)[0].lower() == "true")
    name = operator.removesuffix("IfExists")
    negated = name.replace("Not", "", 1) if "Not" in name else None
    test = _TESTS.get(negated or name)
    if test is None:
        raise ValueError(f"an operator that nobody evaluates: {operator}")
    if value is None:
        return operator.endswith("IfExists") or negated is not None
    met = any(test(each, value) for each in wanted)
    return not met if negated else met


@cache
def _pattern(text: str) -> re.Pattern[str]:
    parts = (".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", text))
    return re.compile("".join(parts), re.DOTALL)


def _glob(pattern: str, value: str) -> bool:
    return _pattern(pattern).fullmatch(value) is not None


def _arn(pattern: str, value: str) -> bool:
    """A star does not reach over the colons of an ARN."""
    wanted, given = pattern.split(":", 5), value.split(":", 5)
    return len(wanted) == len(given) and all(_glob(*pair) for pair in zip(wanted, given, strict=True))


_TESTS: dict[str, Callable[[str, str], bool]] = {
    "ArnEquals": _arn,
    "ArnLike": _arn,
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
    "StringEquals": lambda wanted, value: wanted == value,
    "StringEqualsIgnoreCase": lambda wanted, value: wanted.lower() == value.lower(),
    "StringLike": _glob,
}


def _listed(value: Any) -> list[str]:
    return [str(value).lower() if isinstance(value, bool) else value] if isinstance(value, str | bool) else list(value)
