"""A job that breaks a promise: its suite refuses the candidate, and readers see what they saw before."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from catalog.publish import audit_branch, publish, write_candidate
from jobs.making import begin_table, make_table
from jobs.plan import Policy
from jobs.publishing import guarded, record

from catalog.errors import DataRefusedError
from catalog.specs import table
from catalog.tables import current_snapshot, iceberg_table, read
from jobs.customer_landing_to_trusted import JOB
from jobs.lineage import job_for
from jobs.run import Run, begin
from jobs.stages import Stages
from tests.jobs.test_transforms import KEY, customers, frame

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from catalog.profile import LocalProfile

pytestmark = pytest.mark.spark

TRUSTED, READINGS = table("trusted.customer_trusted"), table("trusted.accelerometer_trusted")


def everybody(customer_landing: str, quarantine: str) -> str:
    """The consent filter dropped."""
    del quarantine
    return f"SELECT * FROM {customer_landing}"


def test_a_refused_candidate_is_not_published_and_is_kept_for_inspection(
    spark: SparkSession, profile: LocalProfile
) -> None:
    given = customers(("a@x.test", "s", 1_655_564_444_000, 1_655_564_444_000), ("n@x.test", "t", 1, None))
    landed = frame(spark, "landing.customer_landing", given)
    publish(spark, write_candidate(spark, table("landing.customer_landing"), landed, "seed", "replace", {}))
    good = begin(spark, profile, Stages(), KEY)
    make_table(good, JOB)
    before = current_snapshot(spark, TRUSTED)
    assert before is not None

    run = begin(spark, profile, Stages(), KEY)
    with pytest.raises(DataRefusedError) as refusal:
        guarded(run, lambda refused: make_table(refused, replace(JOB, transform=everybody)))
    message = str(refusal.value)
    assert "trusted.customer_trusted refused" in message
    assert "everyone_agreed" in message
    assert "SELECT t.* FROM" in message
    assert audit_branch(run.run_id) in message
    assert "n@x.test" not in message

    after = current_snapshot(spark, TRUSTED)
    assert after == before
    branch = iceberg_table(spark, TRUSTED).snapshot(audit_branch(run.run_id))
    assert {row.email for row in read(spark, TRUSTED, branch.snapshotId()).collect()} == {"a@x.test", "n@x.test"}
    assert [step.outcome for step in run.steps] == ["refused"]

    record(run)
    verdicts = spark.sql(
        f"SELECT expectation FROM stedi.quality.validation_result WHERE runId = '{run.run_id}' AND NOT success"
    ).collect()
    assert "everyone_agreed" in {row.expectation for row in verdicts}


def test_what_was_made_from_a_refused_candidate_is_dropped(spark: SparkSession, profile: LocalProfile) -> None:
    before, readings_before = current_snapshot(spark, TRUSTED), current_snapshot(spark, READINGS)
    run = begin(spark, profile, Stages(), KEY)

    def both(refused: Run) -> None:
        begin_table(refused, replace(JOB, transform=everybody))
        assert before is None or refused.pins[TRUSTED.identifier] != before.snapshot_id
        begin_table(refused, job_for(READINGS.identifier))

    with closing(run), pytest.raises(DataRefusedError, match=r"trusted\.customer_trusted refused"):
        guarded(run, both)
    assert audit_branch(run.run_id) in dict(iceberg_table(spark, TRUSTED).refs())
    assert audit_branch(run.run_id) not in dict(iceberg_table(spark, READINGS).refs())
    assert current_snapshot(spark, TRUSTED) == before
    assert current_snapshot(spark, READINGS) == readings_before


def test_a_job_that_fails_does_not_hold_back_the_tables_before_it(spark: SparkSession, profile: LocalProfile) -> None:
    before = current_snapshot(spark, TRUSTED)
    run = begin(spark, profile, Stages(), KEY, Policy(frozenset({TRUSTED.identifier})))

    def second_fails(failing: Run) -> None:
        begin_table(failing, JOB)
        raise ValueError("no such column")

    with closing(run), pytest.raises(ValueError, match="no such column"):
        guarded(run, second_fails)
    after = current_snapshot(spark, TRUSTED)
    assert after is not None
    assert after != before
    assert after.snapshot_id == run.pins[TRUSTED.identifier]
    assert [step.outcome for step in run.steps] == ["published"]


def test_a_job_that_dies_leaves_nothing_behind(spark: SparkSession, profile: LocalProfile) -> None:
    run = begin(spark, profile, Stages(), KEY)

    def dies(dying: Run) -> None:
        write_candidate(spark, TRUSTED, read(spark, TRUSTED, None), dying.run_id, "replace", {})
        raise KeyboardInterrupt

    before = current_snapshot(spark, TRUSTED)
    with pytest.raises(KeyboardInterrupt):
        guarded(run, dies)
    assert audit_branch(run.run_id) not in dict(iceberg_table(spark, TRUSTED).refs())
    assert current_snapshot(spark, TRUSTED) == before
