"""With the key, rows are compared name by name: a stranger's name, and two people's swapped ones, are noticed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
import pytest

from catalog.read.duckdb import DuckDBEngine
from expectations.increment.names import NAME_CHECKS, names_scope, what_it_takes
from jobs.pseudonym import pseudonym

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.read.snapshot_reader import SnapshotReader

KEY = os.urandom(32)
ANN, BEN, CLEO = (pseudonym(f"{name}@x.test", KEY) for name in ("ann", "ben", "cleo"))


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine() as started:
        yield started


def _facts(engine: DuckDBEngine, *training: tuple[str, int, float, int]) -> dict[str, Any]:
    """The facts on these rows (name, timestamp, x, distance), where Ann and Ben moved alike but for x or distance."""
    motion = [("ann", 1, 1.0), ("ben", 1, 2.0), ("ann", 2, -0.0), ("ben", 2, 0.0)]
    distance = [("ann", 1, 10), ("ben", 1, 10), ("ann", 2, 20), ("ben", 2, 30)]
    engine.load_arrow(
        "motion",
        pa.Table.from_pylist(
            [{"person": f"{who}@x.test", "timestamp": t, "x": x, "y": 0.0, "z": 0.0} for who, t, x in motion]
        ),
    )
    engine.load_arrow(
        "distance",
        pa.Table.from_pylist(
            [{"person": f"{who}@x.test", "sensorReadingTime": t, "distanceFromObject": d} for who, t, d in distance]
        ),
    )
    names = ("pseudonym", "timestamp", "x", "distanceFromObject")
    rows = [dict(zip(names, row, strict=True)) | {"y": 0.0, "z": 0.0} for row in training]
    engine.load_arrow("training", pa.Table.from_pylist(rows))
    scope = names_scope(cast("SnapshotReader", engine), "motion", "distance", KEY)
    relations = {"machine_learning_curated": "training", **scope.relations}
    return {name: value for fact in scope.facts for name, value in engine.one_row(fact.format_map(relations)).items()}


def test_rows_under_their_own_names_pass(engine: DuckDBEngine) -> None:
    rows = [(ANN, 1, 1.0, 10), (BEN, 1, 2.0, 10), (ANN, 2, 0.0, 20), (BEN, 2, 0.0, 30)]
    assert _facts(engine, *rows) == {"names_not_of_the_key": 0, "rows_of_others": 0}


def test_two_people_whose_names_are_swapped_are_noticed(engine: DuckDBEngine) -> None:
    rows = [(BEN, 1, 1.0, 10), (ANN, 1, 2.0, 10)]
    assert _facts(engine, *rows) == {"names_not_of_the_key": 0, "rows_of_others": 2}
    only_distances_differ = [(BEN, 2, 0.0, 20), (ANN, 2, 0.0, 30)]
    assert _facts(engine, *only_distances_differ) == {"names_not_of_the_key": 0, "rows_of_others": 2}


def test_the_name_of_somebody_without_readings_now_is_noticed(engine: DuckDBEngine) -> None:
    assert _facts(engine, (CLEO, 1, 1.0, 10)) == {"names_not_of_the_key": 1, "rows_of_others": 1}


def test_what_is_left_out_is_told_with_what_it_takes() -> None:
    assert {what_it_takes(check.name) for check in NAME_CHECKS} == {"the pseudonym key"}
    assert what_it_takes("every_object_is_accounted_for") == "the drop folder"
