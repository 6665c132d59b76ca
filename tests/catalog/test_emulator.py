"""The emulator refuses what AWS refuses, and of two publishers at the same time none loses a row."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from catalog.aws_errors import told
from catalog.databases import use_databases_of
from catalog.errors import RetryableError
from catalog.lock import writer_lock
from catalog.moment import open_table
from catalog.publish import publish, write_candidate
from catalog.session import session_beside
from catalog.specs import table
from catalog.tables import create_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

    from catalog.glue_profile import GlueProfile
    from catalog.profile import LocalProfile

SPEC = table("trusted.step_trainer_trusted")


def test_a_commit_upon_a_stale_version_is_refused(emulated: GlueProfile) -> None:
    glue = emulated.client("glue")
    glue.create_database(DatabaseInput={"Name": "locking"})
    glue.create_table(DatabaseName="locking", TableInput={"Name": "t", "Parameters": {"by": "nobody"}})

    def version() -> str:
        return str(glue.get_table(DatabaseName="locking", Name="t")["Table"]["VersionId"])

    def update(by: str, **expected: str) -> None:
        glue.update_table(DatabaseName="locking", TableInput={"Name": "t", "Parameters": {"by": by}}, **expected)

    read_by_both = version()
    update("the first", VersionId=read_by_both)
    with pytest.raises(ClientError) as refused:
        update("the second", VersionId=read_by_both)
    assert refused.value.response["Error"]["Code"] == "ConcurrentModificationException"
    assert isinstance(told(refused.value), RetryableError)
    assert glue.get_table(DatabaseName="locking", Name="t")["Table"]["Parameters"]["by"] == "the first"
    update("the second", VersionId=version())
    update("somebody who does not ask")
    assert glue.get_table(DatabaseName="locking", Name="t")["Table"]["Parameters"]["by"] == "somebody who does not ask"


def test_a_lake_on_glue_needs_no_lock(emulated: GlueProfile) -> None:
    with writer_lock(emulated, 0), writer_lock(emulated, 0):
        pass


@pytest.fixture
def glue_spark(spark: SparkSession, profile: LocalProfile, emulated: GlueProfile) -> Iterator[SparkSession]:
    beside = session_beside(spark, emulated)
    create_tables(beside)
    yield beside
    use_databases_of(profile)


@pytest.mark.spark
def test_two_publishers_at_the_same_time_lose_no_row(emulated: GlueProfile, glue_spark: SparkSession) -> None:
    outcomes: list[Any] = []
    ready = threading.Barrier(2)

    def publisher(name: str) -> None:
        for number in range(3):
            rows = glue_spark.range(1).selectExpr(
                f"bigint({number}) AS sensorReadingTime",
                f"'{name}' AS serialNumber",
                "7 AS distanceFromObject",
                "'p' AS person",
                "timestamp_millis(0) AS readingTime",
            )
            ready.wait(60)
            for attempt in range(20):
                try:
                    candidate = write_candidate(glue_spark, SPEC, rows, f"{name}_{number}_{attempt}", "append", {})
                    publish(glue_spark, candidate)
                except Exception as error:  # noqa: BLE001 - whatever comes is looked at below
                    outcomes.append(told(error) or error)
                else:
                    break

    threads = [threading.Thread(target=publisher, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert all(isinstance(outcome, RetryableError) for outcome in outcomes), outcomes
    assert outcomes, "they never met"
    found = open_table(emulated, SPEC).scan().to_arrow().select(["serialNumber", "sensorReadingTime"]).to_pylist()
    assert sorted((row["serialNumber"], row["sensorReadingTime"]) for row in found) == [
        (name, number) for name in ("one", "two") for number in range(3)
    ]
