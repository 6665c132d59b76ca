"""Statements mean what AWS's documentation says; ``decisions.json`` holds what another evaluator decided."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.authoriser.policy import Principal, Question, effects

ANN = Principal("arn:aws:iam::123456789012:role/ann", "123456789012")
GLUE = Principal("glue.amazonaws.com", "123456789012")
CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("decisions.json").read_text(encoding="utf-8"))


def _held(statement: dict[str, Any], context: dict[str, str] | None = None, principal: Principal = ANN) -> set[str]:
    asked = Question("s3:PutObject", "arn:aws:s3:::drop/2026/a.json", context or {})
    return effects([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"} | statement], asked, principal)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_another_evaluator_says_the_same(case: dict[str, Any]) -> None:
    asked = Question(case["action"], case["resource"], case["context"])
    found = effects(case["statements"], asked, ANN)
    assert ("Allow" in found and "Deny" not in found) == case["allowed"]


def test_there_are_cases_of_both_kinds() -> None:
    assert {case["allowed"] for case in CASES} == {True, False}
    assert len(CASES) >= 40


@pytest.mark.parametrize(
    "statement",
    [
        {"Condition": {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}},
        {"Condition": {"StringEquals": {"aws:PrincipalArn": "${aws:username}"}}},
        {"NotPrincipal": "*"},
        {"Principal": {"CanonicalUser": "x"}},
    ],
)
def test_what_is_not_known_is_an_error_and_never_a_permission(statement: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="evaluate"):
        _held(statement, {"aws:CurrentTime": "2025-01-01T00:00:00Z"})


def test_a_key_of_the_request_may_be_written_in_any_case() -> None:
    assert _held({"Condition": {"StringEquals": {"S3:Prefix": "a"}}}, {"s3:prefix": "a"}) == {"Allow"}


def test_requests_are_made_over_tls_unless_they_say_otherwise() -> None:
    statement = {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    assert _held(statement) == set()
    assert _held(statement, {"aws:SecureTransport": "false"}) == {"Deny"}


def test_an_account_that_is_let_in_decides_by_its_own_policies() -> None:
    for account in ("123456789012", "arn:aws:iam::123456789012:root"):
        assert _held({"Principal": {"AWS": account}}) == {"Delegate"}
    assert _held({"Principal": {"AWS": ANN.arn}}) == {"Allow"}
    assert _held({"Principal": {"AWS": "arn:aws:iam::123456789012:role/bob"}}) == set()


def test_a_service_is_let_in_by_name_and_on_behalf_of_an_account() -> None:
    of_account = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    statement = {"Principal": {"Service": "glue.amazonaws.com"}, "Condition": of_account}
    assert _held(statement, principal=GLUE) == {"Allow"}
    assert _held(statement, {"aws:SourceAccount": "100000000000"}, GLUE) == set()
    assert _held(statement) == set()
    assert _held(statement, principal=Principal("states.amazonaws.com", "123456789012")) == set()
