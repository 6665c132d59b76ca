"""What pyiceberg says of a lake without a JVM."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog.profile import LocalProfile
from catalog.specs import table
from catalog.status import has_all_tables
from catalog.tables import create_tables, qualified
from tests.lake import emptied

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession


@pytest.mark.spark
def test_a_table_that_is_missing_is_missed(spark: SparkSession, profile: LocalProfile) -> None:
    emptied(spark)
    assert has_all_tables(profile)
    spark.sql(f"DROP TABLE {qualified(table('quality.validation_result'))}")
    assert not has_all_tables(profile)
    assert create_tables(spark) == ["quality.validation_result"]
    assert has_all_tables(profile)


def test_where_no_lake_is_no_table_is(tmp_path: Path) -> None:
    assert not has_all_tables(LocalProfile(tmp_path / "lake"))
    assert not (tmp_path / "lake").exists()
