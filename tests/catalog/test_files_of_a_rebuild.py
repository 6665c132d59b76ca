"""A whole table is written as a file for each day, not for each day and task; by Spark as by the embedded engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog.engine.engines import EmbeddedEngine
from catalog.engine.spark import SparkEngine
from catalog.engine.workers import LocalWorkers
from catalog.schema.table_spec import DAY_MS
from catalog.specs import table

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from catalog.engine.engines import Engine
    from catalog.lake import Lake

READINGS = table("trusted.accelerometer_trusted")
DAYS = 30


def _rows() -> str:
    return f"""
        SELECT concat('u', id) AS user, (19000 + id % {DAYS}) * {DAY_MS} AS timestamp, 1.0D AS x, 2.0D AS y, 3.0D AS z,
            concat('u', id) AS person, timestamp_millis((19000 + id % {DAYS}) * {DAY_MS}) AS readingTime
        FROM (SELECT explode(sequence(CAST(1 AS bigint), CAST({DAYS * 200} AS bigint))) AS id)"""


@pytest.mark.spark
def test_spark_writes_a_file_a_day(spark: SparkSession, lake: Lake) -> None:
    engine = SparkEngine(lake, spark, "embedded")
    _one_file_a_day(engine, _rows())
    engine.close()


def test_the_embedded_engine_writes_a_file_a_day(lake: Lake) -> None:
    engine = EmbeddedEngine(lake, LocalWorkers(1))
    _one_file_a_day(engine, _rows())
    engine.close()


def _one_file_a_day(engine: Engine, rows: str) -> None:
    files = engine.write_table(READINGS, lambda: rows, {}, {})
    assert [file.day for file in sorted(files, key=lambda file: file.day or 0)] == list(range(19_000, 19_000 + DAYS))
    assert {file.footer.num_rows for file in files} == {200}
