"""What an increment's run remembers of the rows that it made."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from catalog.snapshot_reader import SnapshotReader
from tests.expectations.test_mutations import AFTER, BEFORE
from tests.lake import emptied
from tests.properties.lake import MADE, Lake

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from catalog.profile import LocalProfile

pytestmark = pytest.mark.spark


def test_rows_that_are_remembered_are_those_that_the_table_holds(
    spark: SparkSession, profile: LocalProfile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once, compared = SnapshotReader.once, []

    def compare(self: SnapshotReader, statement: str, same_as: str = "") -> str:
        relation = once(self, statement, same_as)
        if same_as:
            held = Counter(self.fetch(statement))
            assert Counter(self.fetch(f"SELECT * FROM {relation}")) == held
            compared.append(held.total())
        return relation

    monkeypatch.setattr(SnapshotReader, "once", compare)
    lake = Lake(spark, profile, tmp_path / "drops")
    lake.run(lake.deliver(BEFORE))
    lake.run(lake.deliver(AFTER))
    emptied(spark)
    assert len(compared) == len(MADE)
    assert all(compared)
