"""What Spark reads is checked before, as for DuckDB; and Spark verifies the pages of what it and others wrote."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from py4j.protocol import Py4JJavaError
from pyiceberg.manifest import clear_manifest_cache

from catalog.engine import spark_files
from catalog.engine.spark_reader import SparkReader
from catalog.engine.spark_tables import read
from catalog.errors import DamagedFileError, DamagedLakeError
from catalog.machine.aws_errors import classify_error
from catalog.specs import table
from catalog.storage.checksums import checksum_in
from catalog.storage.files import local_path
from tests.integrity.damage import replaced
from tests.lake import current, emptied, seed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

    from catalog.lake import Lake

pytestmark = pytest.mark.spark

CUSTOMERS = table("landing.customer_landing")


@pytest.fixture
def snapshots(lake: Lake) -> Iterator[list[int]]:
    emptied(lake)
    yield [seed(lake, CUSTOMERS, [{"email": f"{n}-{batch}", "person": "p"} for n in range(200)]) for batch in range(2)]
    emptied(lake)


def _data_files(lake: Lake) -> list[Path]:
    tasks = lake.table(CUSTOMERS).scan().plan_files()
    return sorted(local_path(task.file.file_path) for task in tasks)


def _ways(spark: SparkSession, lake: Lake, snapshots: list[int]) -> Iterator[Callable[[], Any]]:
    """How Spark is let read: whole tables, relations, and what a snapshot added."""
    yield lambda: read(spark, lake, CUSTOMERS, snapshots[-1]).collect()
    asked: dict[str, tuple[Any, ...]] = {
        "relation": (CUSTOMERS, snapshots[-1]),
        "appended": (CUSTOMERS, snapshots[0], snapshots[-1]),
    }
    for made, arguments in asked.items():
        yield partial(_fetched, spark, lake, made, arguments)


def _fetched(spark: SparkSession, lake: Lake, made: str, arguments: tuple[Any, ...]) -> Any:
    reader = SparkReader(spark, lake.profile)
    return reader.fetch(f"SELECT * FROM {getattr(reader, made)(*arguments)}")


def test_spark_reads_no_damaged_file(spark: SparkSession, lake: Lake, snapshots: list[int]) -> None:
    added = lake.table(CUSTOMERS).scan(snapshot_id=snapshots[0]).plan_files()
    [file] = set(_data_files(lake)) - {local_path(task.file.file_path) for task in added}
    for look in _ways(spark, lake, snapshots):
        assert len(look()) in {200, 400}
        for byte in (10, 0.5, 0.9):
            harmed = bytearray(file.read_bytes())
            harmed[int(byte * len(harmed)) if isinstance(byte, float) else byte] ^= 1
            clear_manifest_cache()
            with replaced(file, bytes(harmed)), pytest.raises(DamagedFileError, match=file.name):
                look()


def test_spark_writes_and_verifies_checksums_of_pages(
    spark: SparkSession, lake: Lake, snapshots: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = lake.sql_name(CUSTOMERS)
    before = set(_data_files(lake))
    spark.sql(f"INSERT INTO {name} SELECT * FROM {name} VERSION AS OF {snapshots[0]}")
    [file] = set(_data_files(lake)) - before
    assert checksum_in(str(file)) is None
    column = pq.read_metadata(file).row_group(0).column(1)
    harmed = bytearray(file.read_bytes())
    start = column.dictionary_page_offset or column.data_page_offset
    harmed[start + column.total_compressed_size - 2] ^= 1
    now = current(lake, CUSTOMERS)
    with replaced(file, bytes(harmed)):
        with monkeypatch.context() as on_a_cluster:
            on_a_cluster.setattr(spark_files, "check_files", lambda _: None)
            sums = file.with_name(f".{file.name}.crc")  # Hadoop's, beside files of this machine
            for told_by in ("ChecksumException", "could not verify page integrity"):
                with pytest.raises(Py4JJavaError) as told:
                    read(spark, lake, CUSTOMERS, now).collect()
                assert told_by in str(told.value)
                assert isinstance(classify_error(told.value), DamagedLakeError)
                sums.unlink(missing_ok=True)
        with pytest.raises(DamagedFileError, match=file.name):
            read(spark, lake, CUSTOMERS, now).collect()
