"""A table's volume is judged by its own history, and only where it has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog.read.snapshot_reader import SnapshotReader
from catalog.specs import table
from expectations.increment.volume import USUAL_VOLUME, is_unusual, volume_scope
from tests.lake_without_spark import append, customer, make_lake

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("history", "rows", "unusual"),
    [
        ([], 1_000, False),
        ([100, 110, 120], 5_000, False),  # two changes are no history
        ([100, 110, 120, 130], 140, False),
        ([100, 110, 120, 130], 130 + 10 + 26, False),
        ([100, 110, 120, 130], 130 + 10 + 27, True),
        ([100, 110, 120, 130], 130 + 10 - 26, False),
        ([100, 110, 120, 130], 130 + 10 - 27, True),
        ([100, 200, 210, 110], 200, False),  # it has grown by as much before
        ([100, 110, 120, 130], 0, True),
    ],
)
def test_unusual_is_what_lies_beyond_the_history(history: list[int], rows: int, unusual: bool) -> None:
    assert is_unusual(history, rows) is unusual


def test_the_history_is_that_of_runs(tmp_path: Path) -> None:
    spec = table("trusted.customer_trusted")
    profile = make_lake(tmp_path)
    before: int | None = None
    for run in range(5):
        before = append(profile, spec.identifier, [customer(f"{run}{n}@x.test") for n in range(2)], run=f"run{run}")
    other = append(profile, spec.identifier, [customer("other@x.test")])  # by nobody's run
    candidate = append(profile, spec.identifier, [customer(f"n{n}@x.test") for n in range(9)], run="last")
    with SnapshotReader(profile) as reader:
        assert reader.rows_by_run(spec, other, 4) == [4, 6, 8, 10]
        assert reader.rows_by_run(spec, None, 4) == []
        scope = volume_scope(reader, spec, before, candidate)
        assert scope.checks == (USUAL_VOLUME,)
        assert reader.one_row(scope.facts[0]) == {"unusual_volume": 1, "rows_before": 10, "runs_known": 5}
