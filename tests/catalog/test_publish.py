"""The publish protocol on real Iceberg tables."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from catalog.errors import RetryableError
from catalog.publish import (
    audit_branch,
    complete_interrupted,
    discard,
    publish,
    publish_together,
    write_candidate,
)
from catalog.specs import table
from catalog.tables import count_rows, current_snapshot, iceberg_table, read

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from catalog.spec import TableSpec

pytestmark = pytest.mark.spark

CUSTOMERS = table("curated.customer_curated")
READINGS = table("trusted.step_trainer_trusted")


def _run_id() -> str:
    return f"test_{uuid.uuid4().hex[:8]}"


def _readings(spark: SparkSession, *times: int) -> DataFrame:
    return spark.range(1).selectExpr(
        f"explode(array({','.join(f'bigint({time})' for time in times)})) AS sensorReadingTime",
        "'device' AS serialNumber",
        "7 AS distanceFromObject",
        "'n@example.test' AS person",
        "timestamp_millis(0) AS readingTime",
    )


def _customers(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(
        [("N", "n@example.test", "1", "1990-01-01", "device", 1, 1, 1, None, None, "n@example.test", "device")],
        spark.table("stedi.curated.customer_curated").schema,
    )


def _published_times(spark: SparkSession) -> list[int]:
    snapshot = current_snapshot(spark, READINGS)
    rows = read(spark, READINGS, snapshot.snapshot_id if snapshot else None).collect()
    return sorted(row.sensorReadingTime for row in rows)


def _refs(spark: SparkSession, spec: TableSpec) -> set[str]:
    return set(dict(iceberg_table(spark, spec).refs()))


def test_readers_see_a_candidate_only_once_it_is_published(spark: SparkSession) -> None:
    first = write_candidate(spark, READINGS, _readings(spark, 1, 2), _run_id(), "replace", {})
    publish(spark, first)
    run_id = _run_id()
    candidate = write_candidate(spark, READINGS, _readings(spark, 3), run_id, "append", {"run-key": "k"})
    assert _published_times(spark) == [1, 2]
    publish(spark, candidate)
    assert _published_times(spark) == [1, 2, 3]
    snapshot = current_snapshot(spark, READINGS)
    assert snapshot is not None
    assert snapshot.summary["stedi.run-key"] == "k"
    assert snapshot.summary["stedi.run-id"] == run_id
    assert count_rows(spark, READINGS, snapshot.snapshot_id) == 3
    assert audit_branch(run_id) not in _refs(spark, READINGS)


def test_replace_keeps_history(spark: SparkSession) -> None:
    publish(spark, write_candidate(spark, READINGS, _readings(spark, 1), _run_id(), "replace", {}))
    before = current_snapshot(spark, READINGS)
    publish(spark, write_candidate(spark, READINGS, _readings(spark, 9), _run_id(), "replace", {}))
    assert before is not None
    assert _published_times(spark) == [9]
    assert [row.sensorReadingTime for row in read(spark, READINGS, before.snapshot_id).collect()] == [1]


def test_a_table_that_moved_meanwhile_is_not_overwritten(spark: SparkSession) -> None:
    publish(spark, write_candidate(spark, READINGS, _readings(spark, 1), _run_id(), "replace", {}))
    slow = write_candidate(spark, READINGS, _readings(spark, 2), _run_id(), "replace", {})
    publish(spark, write_candidate(spark, READINGS, _readings(spark, 3), _run_id(), "replace", {}))
    with pytest.raises(RetryableError, match=f"trusted.step_trainer_trusted.*{slow.branch}"):
        publish(spark, slow)
    assert _published_times(spark) == [3]


def test_discard_leaves_nothing_of_a_run(spark: SparkSession) -> None:
    publish(spark, write_candidate(spark, READINGS, _readings(spark, 1), _run_id(), "replace", {}))
    run_id = _run_id()
    write_candidate(spark, READINGS, _readings(spark, 2), run_id, "append", {})
    discard(spark, run_id, [READINGS])
    assert audit_branch(run_id) not in _refs(spark, READINGS)
    assert _published_times(spark) == [1]


def test_tables_published_together_are_completed_after_a_crash(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    import catalog.publish as protocol

    publish(spark, write_candidate(spark, READINGS, _readings(spark, 1), _run_id(), "replace", {}))
    run_id = _run_id()
    customers = write_candidate(spark, CUSTOMERS, _customers(spark), run_id, "replace", {})
    readings = write_candidate(spark, READINGS, _readings(spark, 5), run_id, "replace", {})
    genuine = protocol._fast_forward

    def dies_after_first(*arguments: Any, **named: Any) -> None:
        genuine(*arguments, **named)
        raise KeyboardInterrupt

    monkeypatch.setattr(protocol, "_fast_forward", dies_after_first)
    with pytest.raises(KeyboardInterrupt):
        publish_together(spark, [customers, readings], run_id)
    monkeypatch.undo()
    assert _published_times(spark) == [1]

    assert complete_interrupted(spark, [CUSTOMERS, READINGS]) == [run_id]
    assert _published_times(spark) == [5]
    published = current_snapshot(spark, CUSTOMERS)
    assert published is not None
    assert published.snapshot_id == customers.snapshot_id
    assert complete_interrupted(spark, [CUSTOMERS, READINGS]) == []
    assert not {ref for ref in _refs(spark, READINGS) if run_id in ref}
