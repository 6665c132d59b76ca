"""Files that are written with Arrow are a table's like any others: for Spark, for pyiceberg, and in their metrics."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from catalog.commit.arrow_files import ArrowFiles, arrow_files
from catalog.commit.publish import Changes, publish, write_candidate
from catalog.engine.spark_tables import read
from catalog.schema.table_spec import DAY_MS
from catalog.specs import table
from tests.lake import emptied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

    from catalog.commit.arrow_files import WrittenFile
    from catalog.lake import Lake
    from catalog.schema.table_spec import TableSpec

pytestmark = pytest.mark.spark

READINGS, TRUSTED = table("landing.accelerometer_landing"), table("trusted.accelerometer_trusted")


@pytest.fixture
def files(lake: Lake) -> Iterator[ArrowFiles]:
    emptied(lake)
    yield arrow_files(lake, READINGS)
    emptied(lake)


def _published(lake: Lake, spec: TableSpec, written: list[WrittenFile], run: str, **properties: str) -> None:
    base = lake.table(spec).metadata.current_snapshot_id
    publish(lake, write_candidate(lake, spec, base, Changes(written), run, properties))


def _batch(*numbers: int) -> pa.RecordBatch:
    rows: list[dict[str, Any]] = [
        {
            "user": f"p{number}@x.test",
            "timestamp": 1_700_000_000_000 + number,
            "x": float(number),
            "y": 0.0,
            "z": -1.5,
            "person": f"p{number}@x.test",
            "extraFields": None,
            "sourceFile": "f.json",
            "sourceFileSha256": "f",
            "recordNumber": number,
            "ingestedAt": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        }
        for number in numbers
    ]
    return pa.RecordBatch.from_pylist(rows)


def test_what_is_written_is_read_by_all(spark: SparkSession, lake: Lake, files: ArrowFiles) -> None:
    locations = list(files.write(iter([_batch(1, 2), _batch(), _batch(3)])))
    assert len(locations) == 1  # small batches share a file
    assert list(files.write(iter([_batch()]))) == []
    _published(lake, READINGS, locations, "written", kind="test")
    expected = _batch(1, 2, 3).to_pylist()
    by_spark = [
        row.asDict()
        for row in read(spark, lake, READINGS, lake.table(READINGS).metadata.current_snapshot_id)
        .orderBy("recordNumber")
        .collect()
    ]
    for column in ("x", "timestamp", "recordNumber", "user"):
        assert [row[column] for row in by_spark] == [row[column] for row in expected]
    assert {row["ingestedAt"].timestamp() for row in by_spark} == {expected[0]["ingestedAt"].timestamp()}
    opened = lake.table(READINGS)
    assert sorted(opened.scan().to_arrow().to_pylist(), key=lambda row: row["recordNumber"]) == expected
    snapshot = opened.current_snapshot()
    assert snapshot is not None
    assert snapshot.summary is not None
    assert snapshot.summary.additional_properties["stedi.kind"] == "test"
    assert snapshot.summary.additional_properties["added-records"] == "3"


def test_metrics_tell_times_and_no_person(lake: Lake, files: ArrowFiles) -> None:
    _published(lake, READINGS, list(files.write(iter([_batch(4, 9)]))), "metrics")
    [file] = lake.table(READINGS).inspect.files().to_pylist()
    bounds = {name: metrics["lower_bound"] for name, metrics in file["readable_metrics"].items()}
    assert bounds["timestamp"] == 1_700_000_000_004
    assert bounds["user"] is None
    assert file["readable_metrics"]["user"]["value_count"] == 2


def test_a_file_that_cannot_be_finished_is_removed(files: ArrowFiles) -> None:
    def broken() -> Iterator[pa.RecordBatch]:
        yield from (_batch(*range(first, first + 50_000)) for first in range(0, 300_000, 50_000))
        raise KeyError("record")

    folder = Path(files.folder.removeprefix("file://"))
    before = set(folder.rglob("*.parquet"))
    with pytest.raises(KeyError):
        list(files.write(broken()))
    assert set(folder.rglob("*.parquet")) == before
    assert list(files.write(iter([_batch(1)])))
    assert len(set(folder.rglob("*.parquet")) - before) == 1


def test_each_day_has_files_of_its_own(spark: SparkSession, lake: Lake) -> None:
    """Across midnight and before 1970: partitions as Iceberg's own writer makes them."""
    emptied(lake)
    instants = [DAY_MS, -1, 2 * DAY_MS - 1, 0, 19_000 * DAY_MS + 5]
    rows = pa.table(
        {
            "user": ["a"] * len(instants),
            "person": ["a"] * len(instants),
            "timestamp": instants,
            **{axis: [float(number) for number in range(len(instants))] for axis in "xyz"},
            "readingTime": pa.array([instant * 1000 for instant in instants], pa.timestamp("us", "UTC")),
        }
    )
    batches = rows.sort_by("readingTime").to_batches(max_chunksize=2)
    written = list(arrow_files(lake, TRUSTED).write_by_day(iter(batches)))
    assert [file.day for file in written] == [-1, 0, 1, 19_000]
    assert [file.location.split("/")[-2] for file in written] == [
        "readingTime_day=1969-12-31",
        "readingTime_day=1970-01-01",
        "readingTime_day=1970-01-02",
        "readingTime_day=2022-01-08",
    ]
    _published(lake, TRUSTED, written, "days")
    found = spark.table(lake.sql_name(TRUSTED)).where(f"readingTime >= timestamp_millis({DAY_MS})").collect()
    assert sorted((row.timestamp, row.x) for row in found) == [(DAY_MS, 0.0), (2 * DAY_MS - 1, 2.0), (instants[4], 4.0)]
    by_arrow = {
        file["partition"]["readingTime_day"].isoformat(): file["record_count"]
        for file in lake.table(TRUSTED).inspect.files().to_pylist()
    }
    spark.table(lake.sql_name(TRUSTED)).writeTo("stedi.trusted.accelerometer_trusted").overwritePartitions()
    by_spark = {
        file["partition"]["readingTime_day"].isoformat(): file["record_count"]
        for file in lake.table(TRUSTED).inspect.files().to_pylist()
    }
    assert by_arrow == by_spark == {"1969-12-31": 1, "1970-01-01": 1, "1970-01-02": 2, "2022-01-08": 1}
    emptied(lake)
