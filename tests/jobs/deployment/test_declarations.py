"""What Terraform reads of the jobs is what the jobs declare."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.engine.session import SETTINGS
from catalog.profiles.glue import aws_profile
from catalog.profiles.settings import Settings
from catalog.specs import TABLES
from jobs.deployment.__main__ import written
from jobs.deployment.declarations import variables
from jobs.lineage import jobs_in_order

TERRAFORM = Path(__file__).parents[3] / "terraform"


@pytest.mark.parametrize("name", written())
def test_the_written_file_is_up_to_date(name: str) -> None:
    assert (TERRAFORM / name).read_text(encoding="utf-8") == written()[name], "write it anew: make declarations"


def test_every_job_may_read_what_its_transform_reads_and_write_its_table() -> None:
    jobs = {name: job for name, job in variables()["jobs"].items() if not job["deletes"]}
    assert len(jobs) == len(jobs_in_order()) + 1
    for job in jobs_in_order():
        (declared,) = [each for each in jobs.values() if job.writes in each["writes"]]
        assert set(job.reads) <= set(declared["reads"])
        assert declared["writes"] == [job.writes, "quality.validation_result"]
        assert not declared["reads_drop"]


def test_landed_rows_are_read_by_jobs_of_landing_alone_but_for_consents() -> None:
    """Consents, and whom refused records name, are asked of landing by suites; readings by nobody but their own job."""
    readings = {"landing.accelerometer_landing", "landing.step_trainer_landing"}
    readers = {name for name, job in variables()["jobs"].items() if readings & set(job["reads"])}
    assert readers == {"accelerometer_landing_to_trusted", "step_trainer_landing_to_trusted"}
    of_refused = {name for name, job in variables()["jobs"].items() if "landing.quarantine" in job["reads"]}
    assert of_refused == {"customer_landing_to_trusted", *readers}


def test_only_ingest_reads_deliveries_and_makes_tables() -> None:
    jobs = variables()["jobs"]
    assert [name for name, job in jobs.items() if job["reads_drop"]] == ["ingest_landing"]
    assert [name for name, job in jobs.items() if job["creates_tables"]] == ["ingest_landing"]


def test_personal_columns_are_those_of_the_specs_as_glue_spells_them() -> None:
    tables = variables()["tables"]
    assert set(tables) == set(TABLES)
    assert tables["landing.customer_landing"]["personal_columns"] == [
        "customername", "email", "phone", "birthday", "serialnumber", "person", "device", "extrafields", "sourcefile",
    ]  # fmt: skip
    assert tables["landing.quarantine"]["personal_columns"] == ["sourcefile", "rawtext", "people"]
    assert tables["landing.delivered_file"]["personal_columns"] == ["sourcefile"]
    assert tables["curated.machine_learning_curated"]["personal_columns"] == []


def test_spark_is_told_what_the_aws_profile_tells_it() -> None:
    settings = Settings(region="eu-central-1", warehouse_bucket="ours")
    filled = {
        key: value.replace("{region}", "eu-central-1").replace("{warehouse_bucket}", "ours")
        for key, value in variables()["spark_conf"].items()
    }
    assert filled == SETTINGS | aws_profile(settings).spark_conf()
    assert not [value for value in filled.values() if "{" in value]
