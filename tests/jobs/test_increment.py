"""What an increment reads and moves: the days and people of the new readings, whatever else the tables hold."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from catalog.publish import publish, write_candidate
from jobs.increment import Increment, increment
from jobs.plan import Policy, about_to_be_made
from pyspark.sql import DataFrame

from catalog.changes import made
from catalog.session import work_done
from catalog.spark_sql import by_spark
from catalog.specs import table
from jobs.lineage import job_for
from jobs.pseudonym import key_fingerprint
from jobs.run import begin
from jobs.stages import Stages
from tests.lake import emptied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.publish import WriteMode
    from pyspark.sql import SparkSession

    from catalog.profile import LocalProfile
    from jobs.run import Run

pytestmark = pytest.mark.spark

KEY = bytes(32)
START, DAY = 1_704_067_200_000, 86_400_000
DAYS, PEOPLE = 10, 2_000
TRAINING = "curated.machine_learning_curated"
MOTION, DISTANCE = "trusted.accelerometer_trusted", "trusted.step_trainer_trusted"


def _write(spark: SparkSession, identifier: str, rows: DataFrame, mode: WriteMode, run: Run, **summary: str) -> None:
    publish(spark, write_candidate(spark, table(identifier), rows, run.run_id, mode, summary))


def _readings(spark: SparkSession, first_day: int, days: int) -> tuple[DataFrame, DataFrame]:
    """Of each person, an accelerometer and a step trainer reading a day."""
    instants = spark.range(PEOPLE * days).selectExpr(
        f"id % {PEOPLE} AS person", f"{START}L + ({first_day} + id div {PEOPLE}) * {DAY}L AS time"
    )
    motion = instants.selectExpr(
        "concat(person, '@example.test') AS user",
        "concat(person, '@example.test') AS person",
        "time AS timestamp",
        "1.0D AS x",
        "0.0D AS y",
        "0.0D AS z",
        "timestamp_millis(time) AS readingTime",
    )
    distance = instants.selectExpr(
        "time AS sensorReadingTime",
        "concat('device', person) AS serialNumber",
        "int(person % 100) AS distanceFromObject",
        "concat(person, '@example.test') AS person",
        "timestamp_millis(time) AS readingTime",
    )
    return motion, distance


@pytest.fixture(scope="module")
def run(spark: SparkSession, profile: LocalProfile) -> Iterator[Run]:
    """A run that finds ten days of readings in the training table, and of the last day new ones upstream."""
    emptied(spark)
    customers = spark.range(PEOPLE).selectExpr(
        "'N' AS customerName",
        "concat(id, '@example.test') AS email",
        "'1' AS phone",
        "'1990-01-01' AS birthDay",
        "concat('device', id) AS serialNumber",
        f"{START}L AS registrationDate",
        f"{START}L AS lastUpdateDate",
        f"{START}L AS shareWithResearchAsOfDate",
        "bigint(null) AS shareWithPublicAsOfDate",
        "bigint(null) AS shareWithFriendsAsOfDate",
        "concat(id, '@example.test') AS person",
        "concat('device', id) AS device",
    )
    landed = customers.selectExpr(
        "*",
        "string(null) AS extraFields",
        "'f' AS sourceFile",
        "'f' AS sourceFileSha256",
        "1L AS recordNumber",
        "timestamp_millis(0) AS ingestedAt",
    )
    before = begin(spark, profile, Stages(), KEY)
    _write(spark, "landing.customer_landing", landed, "append", before)
    origin = about_to_be_made(
        spark, job_for("trusted.customer_trusted"), begin(spark, profile, Stages(), KEY).pins, ""
    ).properties()
    motion, distance = _readings(spark, 0, DAYS)
    _write(spark, "curated.customer_curated", customers, "replace", before, **origin)
    _write(spark, MOTION, motion, "replace", before, **origin)
    _write(spark, DISTANCE, distance, "replace", before, **origin)
    job, first = job_for(TRAINING), begin(spark, profile, Stages(), KEY)
    origin = about_to_be_made(spark, job, first.pins, key_fingerprint(KEY)).properties()
    inputs = {"accelerometer_trusted": motion, "step_trainer_trusted": distance, "customer_curated": customers}
    pairs = by_spark(spark, job.transform, inputs, first.functions(job))
    _write(spark, TRAINING, pairs, "replace", first, **origin)
    motion, distance = _readings(spark, DAYS - 1, 1)
    few = spark.createDataFrame(
        [(f"{person}@example.test", f"device{person}") for person in (1, 2)], "user string, serialNumber string"
    )
    later = motion.join(few, "user", "left_semi").withColumn("timestamp", motion["timestamp"] + 1)
    _write(spark, MOTION, later, "append", first)
    later = distance.join(few, "serialNumber", "left_semi").withColumn(
        "sensorReadingTime", distance["sensorReadingTime"] + 1
    )
    _write(spark, DISTANCE, later, "append", first)
    yield begin(spark, profile, Stages(), KEY)
    emptied(spark)


def _increment(spark: SparkSession, run: Run, gathered_rows: int) -> Increment:
    job, origin = job_for(TRAINING), made(spark, table(TRAINING))
    assert origin is not None
    policy = Policy(gathered_rows=gathered_rows)
    return increment(replace(run, policy=policy), job, origin)


def _nodes(plan: str) -> list[tuple[int, str]]:
    """The operators of a plan, each with its depth."""
    lines = [re.match(r"^([\s:+|-]*)(?:\*\(\d+\) )?(\w.*)$", line) for line in plan.splitlines()]
    return [(len(line[1]), line[2]) for line in lines if line]


def _above(nodes: list[tuple[int, str]], index: int) -> Iterator[str]:
    """The operators from one upward to the plan's root."""
    depth = nodes[index][0]
    for above, text in reversed(nodes[:index]):
        if above < depth:
            depth = above
            yield text


def test_few_rows_are_made_by_the_driver(spark: SparkSession, run: Run) -> None:
    before = work_done(spark)
    change = _increment(spark, run, 1_000)
    assert isinstance(change.rows, pa.Table)
    assert {row["distanceFromObject"] for row in change.rows.to_pylist()} == {1, 2}
    assert change.rows.num_rows == 2
    assert work_done(spark).jobs == before.jobs


def test_an_incremental_join_reads_days_and_shuffles_no_table(spark: SparkSession, run: Run) -> None:
    """Where the driver would have to make it from too many rows."""
    change = _increment(spark, run, -1)
    assert isinstance(change.rows, DataFrame)
    assert sorted(row.distanceFromObject for row in change.rows.collect()) == [1, 2]
    assert change.delete.rows == ()
    nodes = _nodes(change.rows._jdf.queryExecution().executedPlan().toString())
    day = START + (DAYS - 1) * DAY
    held = [i for i, (_, text) in enumerate(nodes) if text.startswith(f"BatchScan stedi.{TRAINING}")]
    assert held
    for index in held:
        assert f"readingTime >= {day * 1000}" in nodes[index][1]
        above = list(_above(nodes, index))
        joins = next(i for i, text in enumerate(above) if "Join" in text)
        assert "BroadcastHashJoin" in above[joins]
        assert not [text for text in above[:joins] if text.startswith("Exchange")]
    for partner in (MOTION, DISTANCE):
        scans = [text for _, text in nodes if text.startswith(f"BatchScan stedi.{partner}")]
        # One scan is of what was appended, which needs no filter.
        assert [text for text in scans if f"readingTime >= {day * 1000}" in text], scans
