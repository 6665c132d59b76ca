"""Rows deleted by position are gone for every reader, whatever the table's partitions and earlier deletes."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from catalog.changes import DELETED_IN
from catalog.publish import Deletion, publish, write_candidate
from catalog.snapshot_reader import SnapshotReader
from catalog.spec import DAY_MS
from catalog.specs import table
from catalog.status import load_table
from catalog.tables import current_snapshot, iceberg_table, read
from tests.lake import emptied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame, SparkSession

    from catalog.profile import LocalProfile
    from catalog.spec import TableSpec

pytestmark = pytest.mark.spark

READINGS = table("trusted.accelerometer_trusted")
CUSTOMERS = table("curated.customer_curated")
DAYS = (19_000, 19_001)


@pytest.fixture(scope="module", autouse=True)
def _empty(spark: SparkSession) -> Iterator[None]:
    emptied(spark)
    yield
    emptied(spark)


def _readings(spark: SparkSession, *users: str) -> DataFrame:
    rows = ", ".join(f"('{user}', {day * DAY_MS}L)" for user in users for day in DAYS)
    return spark.sql(
        "SELECT user, timestamp, 1.0D AS x, 2.0D AS y, 3.0D AS z, user AS person, "
        "timestamp_millis(timestamp) AS readingTime "
        f"FROM VALUES {rows} AS v(user, timestamp)"
    )


def _customers(spark: SparkSession, *users: str) -> DataFrame:
    rows = ", ".join(f"('{user}')" for user in users)
    return spark.sql(
        "SELECT 'N' AS customerName, email, '1' AS phone, '1990-01-01' AS birthDay, 'device' AS serialNumber, "
        "1L AS registrationDate, 1L AS lastUpdateDate, 1L AS shareWithResearchAsOfDate, bigint(null) AS "
        "shareWithPublicAsOfDate, bigint(null) AS shareWithFriendsAsOfDate, email AS person, 'device' AS device "
        f"FROM VALUES {rows} AS v(email)"
    )


def _publish(
    spark: SparkSession, profile: LocalProfile, spec: TableSpec, rows: DataFrame, without: tuple[str, ...] = ()
) -> None:
    """Append rows and publish them, the rows of some people being deleted before."""
    snapshot = current_snapshot(spark, spec)
    assert spec.subject is not None
    with SnapshotReader(profile) as reader:
        keys = reader.hold("keys", pa.table({"key": pa.array(without, pa.string())}))
        found = reader.find(spec, snapshot.snapshot_id if snapshot else None, spec.subject.column, keys)
    run_id = f"test_{uuid.uuid4().hex[:8]}"
    publish(spark, write_candidate(spark, spec, rows, run_id, "append", {}, Deletion(profile, found)))


def _seen(spark: SparkSession, profile: LocalProfile, spec: TableSpec) -> list[str]:
    """Whose rows readers see: Spark, pyiceberg and the embedded engine, which must agree."""
    snapshot = current_snapshot(spark, spec)
    assert snapshot is not None
    assert spec.subject is not None
    column = spec.subject.column
    by_spark = sorted(row[column] for row in read(spark, spec, snapshot.snapshot_id).collect())
    with SnapshotReader(profile) as reader:
        relation = reader.relation(spec, snapshot.snapshot_id)
        assert [value for (value,) in reader.fetch(f'SELECT "{column}" FROM {relation} ORDER BY 1')] == by_spark
        assert reader.rows(spec, snapshot.snapshot_id) == len(by_spark)
    assert sorted(row[column] for row in load_table(profile, spec).scan().to_arrow().to_pylist()) == by_spark
    return by_spark


def test_rows_of_a_partitioned_table(spark: SparkSession, profile: LocalProfile) -> None:
    _publish(spark, profile, READINGS, _readings(spark, "a", "b", "c"))
    _publish(spark, profile, READINGS, _readings(spark, "b", "d"))
    _publish(spark, profile, READINGS, _readings(spark, "e"), without=("b",))
    assert _seen(spark, profile, READINGS) == ["a", "a", "c", "c", "d", "d", "e", "e"]
    snapshot = current_snapshot(spark, READINGS)
    assert snapshot is not None
    assert snapshot.summary["total-position-deletes"] == "4"
    # What is deleted already is not found again.
    _publish(spark, profile, READINGS, _readings(spark, "b"), without=("a", "b"))
    assert _seen(spark, profile, READINGS) == ["b", "b", "c", "c", "d", "d", "e", "e"]
    one_day = read(spark, READINGS, None).where(f"readingTime >= timestamp_millis({DAYS[1] * DAY_MS})")
    assert sorted(row.user for row in one_day.collect()) == ["b", "c", "d", "e"]


def test_rows_of_a_table_without_partitions(spark: SparkSession, profile: LocalProfile) -> None:
    _publish(spark, profile, CUSTOMERS, _customers(spark, "a", "b", "c"))
    _publish(spark, profile, CUSTOMERS, _customers(spark, "d"), without=("a", "c", "nobody"))
    assert _seen(spark, profile, CUSTOMERS) == ["b", "d"]


def test_the_append_names_the_delete(spark: SparkSession, profile: LocalProfile) -> None:
    _publish(spark, profile, CUSTOMERS, _customers(spark, "x"))
    _publish(spark, profile, CUSTOMERS, _customers(spark, "y"), without=("x",))
    snapshot = current_snapshot(spark, CUSTOMERS)
    assert snapshot is not None
    parent = iceberg_table(spark, CUSTOMERS).snapshot(snapshot.snapshot_id).parentId()
    assert snapshot.summary[DELETED_IN] == str(parent)
    _publish(spark, profile, CUSTOMERS, _customers(spark, "z"), without=("nobody",))
    snapshot = current_snapshot(spark, CUSTOMERS)
    assert snapshot is not None
    assert DELETED_IN not in snapshot.summary
