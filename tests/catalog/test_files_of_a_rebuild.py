"""A whole table is written as a file for each day, not for each day and task."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog.spec import DAY_MS
from catalog.specs import table
from catalog.tables import qualified
from tests.lake import emptied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

READINGS = table("trusted.accelerometer_trusted")
DAYS, TASKS = 30, 8


@pytest.fixture
def lake(spark: SparkSession) -> Iterator[SparkSession]:
    emptied(spark)
    yield spark
    emptied(spark)


def test_tasks_times_days(lake: SparkSession) -> None:
    rows = lake.range(DAYS * 200).selectExpr(
        "concat('u', id) AS user",
        f"(19000 + id % {DAYS}) * {DAY_MS} AS timestamp",
        "1.0D AS x",
        "2.0D AS y",
        "3.0D AS z",
        "concat('u', id) AS person",
    )
    rows = rows.selectExpr("*", "timestamp_millis(timestamp) AS readingTime").repartition(TASKS)
    rows.writeTo(qualified(READINGS)).option("check-nullability", "false").append()
    files = lake.sql(f"SELECT partition, record_count FROM {qualified(READINGS)}.files").collect()
    assert len({file.partition for file in files}) == DAYS
    assert len(files) < 2 * DAYS
    assert sum(file.record_count for file in files) == DAYS * 200
