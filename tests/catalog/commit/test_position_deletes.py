"""Rows deleted by position are gone for every reader, whatever the table's partitions and earlier deletes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from catalog.engine.spark_tables import read
from catalog.history.changes import change_between
from catalog.read.snapshot_reader import SnapshotReader
from catalog.schema.table_spec import DAY_MS
from catalog.specs import table
from tests.lake import content, current, emptied, found_rows, seed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

    from catalog.lake import Lake
    from catalog.schema.table_spec import TableSpec

pytestmark = pytest.mark.spark

READINGS = table("trusted.accelerometer_trusted")
CUSTOMERS = table("curated.customer_curated")
DAYS = (19_000, 19_001)


@pytest.fixture(scope="module", autouse=True)
def _empty(lake: Lake) -> Iterator[None]:
    emptied(lake)
    yield
    emptied(lake)


def _readings(*people: str) -> list[dict[str, Any]]:
    return [
        {"user": person, "person": person, "timestamp": day * DAY_MS, "readingTime": day * DAY_MS * 1000}
        for person in people
        for day in DAYS
    ]


def _customers(*people: str) -> list[dict[str, Any]]:
    return [{"email": person, "person": person} for person in people]


def _publish(lake: Lake, spec: TableSpec, rows: list[dict[str, Any]], without: tuple[str, ...] = ()) -> None:
    """Publish more rows, and the rows of some people deleted, in one commit."""
    seed(lake, spec, rows, deletes=found_rows(lake, spec, *without), properties={"mode": "incremental"})


def _summary(lake: Lake, spec: TableSpec) -> dict[str, str]:
    snapshot = lake.table(spec).current_snapshot()
    assert snapshot is not None
    assert snapshot.summary is not None
    return {"operation": snapshot.summary.operation.value, **snapshot.summary.additional_properties}


def _seen(spark: SparkSession, lake: Lake, spec: TableSpec) -> list[str]:
    """Whose rows readers see: Spark, pyiceberg and the embedded engine, which must agree."""
    snapshot = current(lake, spec)
    assert spec.subject is not None
    column = spec.subject.column
    by_spark = sorted(row[column] for row in read(spark, lake, spec, snapshot).collect())
    with SnapshotReader(lake.profile) as reader:
        relation = reader.relation(spec, snapshot)
        assert [value for (value,) in reader.fetch(f'SELECT "{column}" FROM {relation} ORDER BY 1')] == by_spark
        assert reader.rows(spec, snapshot) == len(by_spark)
    assert sorted(row[column] for row in content(lake, spec)) == by_spark
    return by_spark


def test_rows_of_a_partitioned_table(spark: SparkSession, lake: Lake) -> None:
    _publish(lake, READINGS, _readings("a", "b", "c"))
    _publish(lake, READINGS, _readings("b", "d"))
    _publish(lake, READINGS, _readings("e"), without=("b",))
    assert _seen(spark, lake, READINGS) == ["a", "a", "c", "c", "d", "d", "e", "e"]
    assert _summary(lake, READINGS)["total-position-deletes"] == "4"
    # What is deleted already is not found again.
    _publish(lake, READINGS, _readings("b"), without=("a", "b"))
    assert _summary(lake, READINGS)["added-position-deletes"] == "2"
    assert _seen(spark, lake, READINGS) == ["b", "b", "c", "c", "d", "d", "e", "e"]
    one_day = spark.table(lake.sql_name(READINGS)).where(f"readingTime >= timestamp_millis({DAYS[1] * DAY_MS})")
    assert sorted(row.user for row in one_day.collect()) == ["b", "c", "d", "e"]


def test_rows_of_a_table_without_partitions(spark: SparkSession, lake: Lake) -> None:
    _publish(lake, CUSTOMERS, _customers("a", "b", "c"))
    _publish(lake, CUSTOMERS, _customers("d"), without=("a", "c", "nobody"))
    assert _seen(spark, lake, CUSTOMERS) == ["b", "d"]


def test_spark_compacts_what_is_written(spark: SparkSession, lake: Lake) -> None:
    _publish(lake, READINGS, _readings("x", "y"))
    _publish(lake, READINGS, _readings("z"), without=("x",))
    before = _seen(spark, lake, READINGS)
    spark.sql(
        f"CALL stedi.system.rewrite_data_files(table => '{READINGS.identifier}', "
        "options => map('delete-file-threshold', '1'))"
    )
    assert _summary(lake, READINGS)["operation"] == "replace"
    assert _seen(spark, lake, READINGS) == before
    _publish(lake, READINGS, [], without=("z",))
    assert _seen(spark, lake, READINGS) == [person for person in before if person != "z"]


def test_rows_that_come_and_go_are_one_change_of_a_run(lake: Lake) -> None:
    _publish(lake, CUSTOMERS, _customers("x"))
    since = current(lake, CUSTOMERS)
    _publish(lake, CUSTOMERS, _customers("y", "z"), without=("x",))
    assert _summary(lake, CUSTOMERS)["operation"] == "overwrite"
    change = change_between(lake.table(CUSTOMERS), "customers", since, current(lake, CUSTOMERS))
    assert (change.moved, change.rows, change.rewritten) == (True, 2, None)
    _publish(lake, CUSTOMERS, _customers("w"), without=("nobody",))
    assert _summary(lake, CUSTOMERS)["operation"] == "append"


def test_rows_that_others_took_away_are_told(lake: Lake) -> None:
    since = seed(lake, CUSTOMERS, _customers("v"))
    until = seed(lake, CUSTOMERS, [], deletes=found_rows(lake, CUSTOMERS, "v"))
    change = change_between(lake.table(CUSTOMERS), "customers", since, until)
    assert change.rewritten == "customers was changed by more than appends (overwrite)"
