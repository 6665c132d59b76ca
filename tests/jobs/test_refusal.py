"""A job that breaks a promise: its suite refuses the candidate, and readers see what they saw before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from catalog.errors import DataRefusedError
from catalog.publish import audit_branch, publish, write_candidate
from catalog.specs import table
from catalog.tables import current_snapshot, iceberg_table, read
from jobs.customer_landing_to_trusted import JOB
from jobs.making import make_table
from jobs.run import Run, begin, guarded, record
from jobs.stages import Stages
from tests.jobs.test_transforms import KEY, customers

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from catalog.profile import LocalProfile

pytestmark = pytest.mark.spark

TRUSTED = table("trusted.customer_trusted")


def everybody(customer_landing: DataFrame) -> DataFrame:
    """The consent filter dropped."""
    return customer_landing


def test_a_refused_candidate_is_not_published_and_is_kept_for_inspection(
    spark: SparkSession, profile: LocalProfile
) -> None:
    landed = customers(spark, ("a@x.test", "s", 1_655_564_444_000, 1_655_564_444_000), ("n@x.test", "t", 1, None))
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
