"""The checker finds each anomaly in a history that was doctored to have it, and nothing in the history as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.histories.checker import LANDING, TRAINING, anomalies
from tests.histories.event import Event, read_history

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _query(began: int, rows: list[int], name: str = "", **more: object) -> Event:
    seen = {LANDING: list(rows), TRAINING: list(rows)}
    return replace(Event("one", "query", began, began + 5, name=name, seen=seen), **more)  # type: ignore[arg-type]


def _history() -> list[Event]:
    """Two deliveries, an erasure between them, a delivery that had to be refused, and reads all along."""
    return [
        Event("one", "deliver", 0, 5, rows={"1": "ann", "2": "ben"}, name="first"),
        Event("one", "run", 10, 20),
        _query(30, [1, 2]),
        Event("two", "tag", 40, 45, name="v1"),
        _query(50, [1, 2], "v1"),
        Event("two", "erase", 60, 80, person="ann"),
        _query(90, [2]),
        _query(100, [2], "v1"),
        Event("two", "deliver", 110, 115, rows={"3": "ben", "4": "ben", "5": "ann"}, name="second"),
        Event("two", "deliver", 116, 118, code=1, rows={"6": "cleo"}, name="third"),
        Event("one", "run", 120, 130, code=1),
        Event("two", "withhold", 132, 133, name="third"),
        Event("one", "run", 140, 150),
        _query(160, [2, 3, 4]),
        _query(170, [2], "v1"),
    ]


def _with(place: int, event: Callable[[Event], Event]) -> list[Event]:
    history = _history()
    history[place] = event(history[place])
    return history


def _seeing(*rows: int) -> Callable[[Event], Event]:
    return lambda event: replace(event, seen={LANDING: list(rows), TRAINING: list(rows)})


DOCTORED: dict[str, tuple[str, list[Event]]] = {
    "a row that a run took is gone": ("lost update", _with(13, _seeing(3, 4))),
    "a row is in landing, and no longer in training": (
        "lost update",
        _with(
            13,
            lambda event: replace(
                event,
                seen={LANDING: [2, 3, 4], TRAINING: [2, 3]},
                told=["tables come from different runs, because a run died"],
            ),
        ),
    ),
    "a row of a refused delivery is read": ("dirty read", _with(13, _seeing(2, 3, 4, 6))),
    "a row is read before any run began": ("dirty read", [*_history()[:1], _query(6, [1, 2])]),
    "a row is read that nobody delivered": ("dirty read", _with(13, _seeing(2, 3, 4, 9))),
    "a delivery is read in part": (
        "intermediate read",
        [*_history()[:12], Event("one", "run", 140, 170), _query(160, [2, 3])],
    ),
    "two tables are of two runs, and nobody is told": (
        "intermediate read",
        [
            *_history()[:12],
            Event("one", "run", 140, 170),
            replace(_query(160, []), seen={LANDING: [2, 3, 4], TRAINING: [2]}),
        ],
    ),
    "a tag loses a row": ("non-repeatable read", _with(14, _seeing())),
    "a tag gets a row": ("non-repeatable read", _with(14, _seeing(2, 3))),
    "now loses a row that was read": (
        "non-repeatable read",
        [*_history()[:12], Event("one", "run", 140, 190), _query(160, [2, 3, 4]), _query(170, [2])],
    ),
    "a row is there twice": ("rows doubled", _with(13, _seeing(2, 3, 3, 4))),
    "an erased person is in a table": ("somebody erased back", _with(13, _seeing(2, 3, 4, 5))),
    "an erased person is in a tag": ("somebody erased back", _with(7, _seeing(1, 2))),
    "a run is refused for no reason": ("unexpected failure", _with(12, lambda event: replace(event, code=1))),
    "a lake is said to be damaged": ("unexpected failure", _with(13, lambda event: replace(event, code=4))),
}


def test_a_history_as_it_must_be_has_no_anomaly() -> None:
    assert anomalies(_history()) == []


@pytest.mark.parametrize(("kind", "history"), DOCTORED.values(), ids=DOCTORED)
def test_a_doctored_history_has_its_anomaly(kind: str, history: list[Event]) -> None:
    found = {anomaly.kind for anomaly in anomalies(history)}
    assert kind in found
    assert found <= {kind, "lost update", "non-repeatable read", "intermediate read"}


def test_half_a_run_that_is_told_is_none() -> None:
    history = [*_history()[:12], Event("one", "run", 140, 170)]
    half = replace(
        _query(160, []),
        seen={LANDING: [2, 3, 4], TRAINING: [2]},
        told=["tables come from different runs, because a run died"],
    )
    assert anomalies([*history, half]) == []


def test_what_was_under_way_may_be_seen_or_not() -> None:
    begun = [*_history()[:12], Event("one", "run", 140, 170)]
    assert anomalies([*begun, _query(160, [2, 3, 4])]) == anomalies([*begun, _query(160, [2])]) == []
    erasing = [*_history()[:5], Event("two", "erase", 60, 80, person="ann")]
    assert anomalies([*erasing, _query(70, [2])]) == anomalies([*erasing, _query(70, [1, 2])]) == []


def test_while_an_erasure_is_not_finished_a_run_is_refused_and_not_after_it() -> None:
    died = [*_history()[:5], Event("two", "erase", 60, 80, code=137, person="ann")]
    refused = Event("one", "run", 90, 95, code=2)
    assert anomalies([*died, refused]) == []
    finished = [*died, Event("two", "erase", 82, 85, person="ann")]
    assert [each.kind for each in anomalies([*finished, refused])] == ["unexpected failure"]


def test_histories_of_processes_are_one(tmp_path: Path) -> None:
    for name in ("one", "two"):
        lines = "".join(event.line() for event in _history() if event.process == name)
        (tmp_path / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    assert read_history(tmp_path.glob("*.jsonl")) == _history()
