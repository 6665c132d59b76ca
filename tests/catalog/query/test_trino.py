"""What is said to Trino, and what is made of its answers, without one: the real one is asked in test_against_trino."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from trino import dbapi
from trino.exceptions import TrinoQueryError

from catalog.errors import UsageError
from tests.catalog.query import trino
from tests.catalog.query.trino import ask

if TYPE_CHECKING:
    from collections.abc import Callable

_NOT_READY = TrinoQueryError({"errorName": "NO_NODES_AVAILABLE", "errorType": "INTERNAL_ERROR"})
_FAILED = TrinoQueryError({"errorName": "DIVISION_BY_ZERO", "errorType": "USER_ERROR", "message": "Division by zero"})


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Lets a stand-in for Trino fail with errors, one after the other, before it answers; gives what it is asked."""

    def answer(*errors: TrinoQueryError) -> list[str]:
        asked: list[str] = []
        waiting, rows = list(errors), [[[1]], []]

        def execute(sql: str) -> None:
            asked.append(sql)
            if waiting:
                raise waiting.pop(0)

        cursor = SimpleNamespace(
            execute=execute,
            fetchmany=lambda _: rows.pop(0),
            description=[SimpleNamespace(name="one", type_code="integer")],
        )
        monkeypatch.setattr(dbapi, "connect", lambda **_: SimpleNamespace(cursor=lambda: cursor))
        monkeypatch.setattr(time, "sleep", lambda _: None)
        return asked

    return answer


def test_a_trino_that_is_not_yet_its_own_worker_is_asked_again(answering: Callable[..., list[str]]) -> None:
    asked = answering(_NOT_READY, _NOT_READY)
    assert ask(1, "SELECT 1 AS one;").batches.read_all().to_pylist() == [{"one": 1}]
    assert asked == ["SELECT 1 AS one"] * 3


def test_a_query_that_fails_is_not_asked_again(answering: Callable[..., list[str]]) -> None:
    asked = answering(_FAILED, _FAILED)
    with pytest.raises(UsageError, match="DIVISION_BY_ZERO: Division by zero"):
        ask(1, "SELECT 1 / 0")
    assert len(asked) == 1


def test_a_trino_that_never_becomes_a_worker_is_given_up(
    answering: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trino, "_WORKER_SECONDS", -1)
    answering(_NOT_READY)
    with pytest.raises(UsageError, match="NO_NODES_AVAILABLE"):
        ask(1, "SELECT 1 AS one")
