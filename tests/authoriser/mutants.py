"""Policies and grants with one thing taken out, to see whether a decision changes: what changes none is not needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.authoriser.account import Account, statements
from tests.authoriser.authoriser import Authoriser
from tests.authoriser.grants import LakeFormation
from tests.authoriser.policy import Principal, Question, effects
from tests.authoriser.request import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.authoriser.policy import Statement

Asked = tuple[Principal, Question]


@dataclass(frozen=True)
class Mutant:
    """One thing taken out.

    Attributes:
        name: what.
        seen: the first of what was asked that is decided otherwise without it; None where nothing is.
    """

    name: str
    seen: Asked | None


class _Without(Account):
    """The account, one of its policies' statements replaced; others are those of the account itself."""

    def __init__(self, account: Account, text: str, statement: Statement, fewer: list[Statement]) -> None:
        self.__dict__.update(account.__dict__)
        self._text, self._statement, self._fewer = text, statement, fewer

    def read(self, text: str) -> tuple[Statement, ...]:
        found = statements(text)
        if text != self._text:
            return found
        return tuple(each for held in found for each in (self._fewer if held is self._statement else [held]))


def statement_mutants(authoriser: Authoriser, asked: Iterable[Asked], prefix: str) -> Iterator[Mutant]:
    """Each statement of each policy of the platform, and each action where it names several, taken out alone."""
    everything = list(asked)
    for holder, service, text in _policies(authoriser.account, prefix):
        near = [each for each in everything if holder == each[0].role or each[1].action.startswith(service)]
        for statement in statements(text):
            concerned = [(who, what) for who, what in near if effects([statement], what, who)]
            name = f"{holder}: {statement.get('Sid', statement['Action'])}"
            actions = statement["Action"]
            parts = actions if isinstance(actions, list) and len(actions) > 1 else []
            for taken in ["", *parts]:
                fewer = [statement | {"Action": [each for each in parts if each != taken]}] if taken else []
                changed = _without(authoriser, text, statement, fewer)
                yield Mutant(f"{name} {taken}".strip(), _first_seen(authoriser, changed, concerned))


def limit_mutants(authoriser: Authoriser, asked: Iterable[Asked], prefix: str) -> Iterator[Mutant]:
    """Each statement that allows, without its condition, and on every resource where it names some."""
    everything = list(asked)
    for holder, service, text in _policies(authoriser.account, prefix):
        near = [each for each in everything if holder == each[0].role or each[1].action.startswith(service)]
        for statement in statements(text):
            unlimited = {"its condition": {key: statement[key] for key in statement if key != "Condition"}}
            if service == "none:" and statement["Resource"] not in ("*", ["*"]):
                unlimited["its resources"] = statement | {"Resource": "*"}
            for limit, wider in unlimited.items():
                if wider == statement:
                    continue
                concerned = [(who, what) for who, what in near if effects([wider], what, who)]
                changed = _without(authoriser, text, statement, [wider])
                name = f"{holder}: {statement.get('Sid', statement['Action'])} without {limit}"
                yield Mutant(name, _first_seen(authoriser, changed, concerned))


def _without(authoriser: Authoriser, text: str, statement: Statement, fewer: list[Statement]) -> Authoriser:
    account = _Without(authoriser.account, text, statement, fewer)
    return Authoriser(account, authoriser.lake_formation, _nothing)


def grant_mutants(authoriser: Authoriser, asked: Iterable[Asked]) -> Iterator[Mutant]:
    """Each permission of each of Lake Formation's grants on the catalog and on places, taken out alone."""
    everything = [(who, what) for who, what in asked if what.action.startswith("grant:")]
    for grant in authoriser.lake_formation.grants():
        holder = grant.principal["DataLakePrincipalIdentifier"]
        concerned = [(who, what) for who, what in everything if who.arn == holder]
        for taken in sorted(grant.permissions):
            lake = _WithoutGrant(authoriser.lake_formation.filters, authoriser.lake_formation.made)
            lake.taken = (grant, taken)
            changed = Authoriser(authoriser.account, lake, _nothing)
            name = f"{holder.rpartition('/')[2]}: {taken} on {grant.resource}"
            yield Mutant(name, _first_seen(authoriser, changed, concerned))


def filter_mutants(authoriser: Authoriser, asked: Iterable[Asked]) -> Iterator[Mutant]:
    """Each grant on a filter taken out, and each column that a filter leaves out let in."""
    everything = [(who, what) for who, what in asked if what.action.startswith("grant:")]
    kept, grants = authoriser.lake_formation.filters()
    fewer = [(f"grant {number}", kept, [*grants[:number], *grants[number + 1 :]]) for number in range(len(grants))]
    for number, each in enumerate(kept):
        columns = each["ColumnWildcard"]["ExcludedColumnNames"]
        for column in columns:
            left = {"ColumnWildcard": {"ExcludedColumnNames": [name for name in columns if name != column]}}
            others = [*kept[:number], each | left, *kept[number + 1 :]]
            fewer.append((f"{each['TableName']}: {column} let in", others, grants))
    for name, some, given in fewer:
        lake = LakeFormation(partial(_pair, some, given), authoriser.lake_formation.made)
        yield Mutant(
            f"filter {name}", _first_seen(authoriser, Authoriser(authoriser.account, lake, _nothing), everything)
        )


def _pair(
    kept: list[dict[str, Any]], grants: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    return kept, grants


@dataclass
class _WithoutGrant(LakeFormation):
    taken: tuple[Any, str] = (None, "")

    def permissions(self, grant: Any) -> set[str]:
        return set(grant.permissions) - ({self.taken[1]} if grant is self.taken[0] else set())


def _first_seen(authoriser: Authoriser, changed: Authoriser, asked: list[Asked]) -> Asked | None:
    return next((each for each in asked if authoriser.decide(*each) != changed.decide(*each)), None)


def _nothing(_environ: dict[str, Any], _do: Callable[[], None]) -> None:
    return None


def _policies(account: Account, prefix: str) -> Iterator[tuple[str, str, str]]:
    """Who holds a policy, the service whose resource it is of, and its text."""
    from moto.iam.models import iam_backends
    from moto.kms.models import kms_backends
    from moto.s3.models import s3_backends
    from moto.secretsmanager.models import secretsmanager_backends
    from moto.sns.models import sns_backends

    for role in iam_backends[ACCOUNT]["aws"].get_roles():
        if role.name.startswith(prefix):
            yield f"trust of {role.name}", "sts:", str(role.assume_role_policy_document)
            yield from ((role.name, "none:", text) for text in role.policies.values())
    for bucket in s3_backends[ACCOUNT]["aws"].buckets:
        yield f"bucket {bucket}", "s3:", account.bucket_policy(bucket)
    for key in kms_backends[ACCOUNT][REGION].keys.values():
        if key.description.startswith(prefix):
            yield f"key {key.description}", "kms:", str(key.policy)
    for secret in dict.values(secretsmanager_backends[ACCOUNT][REGION].secrets):
        if policy := getattr(secret, "policy", None):
            yield f"secret {secret.name}", "secretsmanager:", str(policy)
    for topic in sns_backends[ACCOUNT][REGION].topics.values():
        yield f"topic {topic.name}", "sns:", topic.policy
