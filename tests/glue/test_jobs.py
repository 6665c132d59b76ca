"""Each file of ``jobs/`` that makes a table is a Glue script: started with Glue's arguments, on Glue's Spark."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from catalog.history.status import lake_status
from catalog.machine.jars import resolved_jars
from catalog.machine.java import java_home
from jobs import ingest_landing
from jobs.lineage import jobs_in_order
from jobs.simulator import Delivery, Scenario, simulate

if TYPE_CHECKING:
    from catalog.profiles.glue import GlueProfile

JOBS = Path(ingest_landing.__file__).parent
LIBRARY = Path(__file__).parent / "library"
SCRIPTS = {job.writes: JOBS / f"{job.transform.__module__.rpartition('.')[2]}.py" for job in jobs_in_order()}


def _arguments(profile: GlueProfile, number: int) -> list[str]:
    """What Glue passes to a script: its own arguments, the job's, and some that only Glue reads."""
    given = {
        "job-bookmark-option": "job-bookmark-disable",
        "JOB_ID": "j_1",
        "JOB_RUN_ID": f"jr_{number:064x}",
        "JOB_NAME": "stedi",
        "TempDir": "s3://stedi-artefacts/temporary/",
        "region": profile.settings.region,
        "warehouse_bucket": profile.settings.warehouse_bucket,
        "drop_bucket": profile.settings.drop_bucket,
        "artefacts_bucket": profile.settings.artefacts_bucket,
        "database_prefix": "glue_",
        "pseudonym_secret_arn": profile.settings.pseudonym_secret_arn,
        "enable-metrics": "true",
    }
    return [part for name, value in given.items() for part in (f"--{name}", value)]


def _environment(profile: GlueProfile) -> dict[str, str]:
    """What Glue's runtime sets up before a script begins: Java, jars, the master, its library."""
    jars = ",".join(map(str, resolved_jars(profile.jars)))
    quiet = Path(JOBS).parent / "catalog" / "log4j2.properties"
    conf = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile=file:{quiet}",
    }
    options = " ".join(f"--conf {name}={value}" for name, value in conf.items())
    return os.environ | {
        "PYTHONPATH": str(LIBRARY),
        "JAVA_HOME": str(java_home()),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_SUBMIT_ARGS": f"--master local[2] --jars {jars} {options} pyspark-shell",
        "STEDI_ENDPOINT": profile.endpoint or "",
    }


def _lines(printed: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in printed.splitlines()]


@pytest.fixture(scope="module")
def delivery(emulated: GlueProfile, tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    folder = tmp_path_factory.mktemp("drop")
    delivery = simulate(Scenario(customers=20, seed=3), folder / "landing")
    emulated.deliver(folder / "landing")
    return delivery


@pytest.mark.spark
def test_every_script_runs_as_a_glue_job(emulated: GlueProfile, delivery: Delivery) -> None:
    scripts = [JOBS / "ingest_landing.py", *SCRIPTS.values()]
    assert all(script.is_file() for script in scripts)
    runs = [[str(script), *_arguments(emulated, number)] for number, script in enumerate(scripts)]
    done = subprocess.run(
        [sys.executable, LIBRARY / "run_scripts.py"],
        input=json.dumps(runs),
        env=_environment(emulated),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    lines = _lines(done.stdout)
    assert {line["level"] for line in lines} == {"INFO"}
    assert [line["jobRun"] for line in lines if line["message"] == "done"] == [
        f"jr_{number:064x}" for number in range(len(scripts))
    ]
    lake = emulated.with_prefix("glue_")
    states = {state.table: state for state in lake_status(lake)}
    assert states["curated.machine_learning_curated"].rows == delivery.usable_accelerometer
    assert (states["trusted.customer_trusted"].run or "").endswith(
        f"_jr_{scripts.index(SCRIPTS['trusted.customer_trusted']):064x}"
    )
    # Reports are kept where browsers show them.
    s3 = emulated.client("s3")
    report = lines[-1]["report"].removeprefix(f"s3://{emulated.settings.artefacts_bucket}/")
    assert s3.head_object(Bucket=emulated.settings.artefacts_bucket, Key=report)["ContentType"].startswith("text/html")


def test_a_failed_run_ends_with_an_exception_of_its_family(emulated: GlueProfile) -> None:
    arguments = _arguments(emulated, 9)
    arguments[arguments.index("--warehouse_bucket") + 1] = ""
    script = SCRIPTS["trusted.customer_trusted"]
    done = subprocess.run(
        [sys.executable, script, *arguments],
        env=_environment(emulated),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("catalog.errors.UsageError: ")
    assert "warehouse_bucket" in done.stderr.splitlines()[-1]
    [line] = _lines(done.stdout)
    assert (line["level"], line["error"], line["exitCode"]) == ("ERROR", "UsageError", 2)
