"""The main job, as a user runs it, on simulated data with everything that is known to go wrong in it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc
import pytest
from filelock import FileLock

from catalog.lake import load_catalog
from catalog.profiles.profile import local_profile
from catalog.specs import TABLES
from jobs.simulator import Delivery, Layout, Scenario, simulate
from tests.stedi import rows_by_table, stedi, stedi_json

if TYPE_CHECKING:
    import pyarrow as pa

pytestmark = pytest.mark.spark

SCENARIO = Scenario(customers=150, seed=7, layout=Layout.MIXED, malformed=0.02, variations=0.05, empty_files=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def delivery(folder: Path) -> Delivery:
    return simulate(SCENARIO, folder / "landing")


@pytest.fixture(scope="module")
def first_run(folder: Path, delivery: Delivery) -> dict[str, Any]:
    assert delivery.customers == SCENARIO.customers
    document: dict[str, Any] = stedi_json("run", "--landing", folder / "landing", "--lake", folder / "lake")
    return document


def _read(folder: Path, identifier: str) -> pa.Table:
    return load_catalog(local_profile(folder / "lake")).load_table(identifier).scan().to_arrow()


def test_every_table_holds_what_was_simulated(first_run: dict[str, Any], delivery: Delivery) -> None:
    rows = rows_by_table(first_run)
    sources = delivery.sources
    for source in sources:
        assert rows[f"landing.{source}_landing"] == sources[source].acceptable
    # A copied file is read once: its malformed objects are not counted again either.
    assert rows["landing.quarantine"] == sum(sum(source.malformed.values()) for source in sources.values())
    assert rows["trusted.customer_trusted"] == delivery.consented
    assert rows["trusted.accelerometer_trusted"] == delivery.usable_accelerometer
    assert rows["trusted.step_trainer_trusted"] == delivery.usable_step_trainer
    assert rows["curated.machine_learning_curated"] == delivery.usable_accelerometer


def test_refusals_have_the_reasons_that_were_simulated(
    folder: Path, first_run: dict[str, Any], delivery: Delivery
) -> None:
    assert first_run["tables"]
    quarantine = _read(folder, "landing.quarantine")
    for source, written in delivery.sources.items():
        reasons = Counter(quarantine.filter(pc.field("source") == source)["reason"].to_pylist())
        assert reasons == {str(reason): count for reason, count in written.malformed.items() if count}


def test_pyiceberg_reads_every_table_that_spark_wrote(folder: Path, first_run: dict[str, Any]) -> None:
    rows = rows_by_table(first_run)
    assert rows_by_table(stedi_json("status", "--lake", folder / "lake")) == {
        identifier: rows.get(identifier, _read(folder, identifier).num_rows) for identifier in TABLES
    }
    for identifier, spec in TABLES.items():
        table = _read(folder, identifier)
        assert table.column_names == list(spec.column_names)
        assert table.num_rows == rows.get(identifier, table.num_rows)
    assert _read(folder, "quality.validation_result").num_rows > 30


def test_training_data_holds_no_personal_value(folder: Path, first_run: dict[str, Any]) -> None:
    assert first_run["tables"]
    training = _read(folder, "curated.machine_learning_curated")
    customers = _read(folder, "landing.customer_landing")
    personal = {value for name in ("email", "serialNumber", "customerName") for value in customers[name].to_pylist()}
    assert training.num_rows
    assert not personal & set(training["pseudonym"].to_pylist())
    assert set(training.column_names).isdisjoint({"email", "user", "serialNumber", "phone", "birthDay", "customerName"})


def test_manifests_and_reports_hold_no_personal_value(folder: Path, first_run: dict[str, Any]) -> None:
    customers = _read(folder, "landing.customer_landing").slice(0, 20)
    personal = [str(value).encode() for name in ("email", "serialNumber") for value in customers[name].to_pylist()]
    reports = [path for path in (folder / "lake" / "reports").rglob("*") if path.is_file()]
    manifests = list((folder / "lake" / "warehouse").rglob("*.avro"))
    assert len(reports) >= 3
    assert manifests
    for path in (*reports, *manifests):
        data = path.read_bytes()
        # Bounds in manifests would be cut after 16 characters.
        assert not [value for value in personal if value[:16] in data], path.name


def test_the_report_says_what_the_run_said(folder: Path, first_run: dict[str, Any]) -> None:
    report = json.loads((folder / "lake" / "reports" / first_run["run"] / "validation.json").read_text())
    assert report["success"] is True
    judged = {verdict["table"] for verdict in report["verdicts"]}
    assert judged == set(TABLES) - {"quality.validation_result"}
    pages = folder / "lake" / "reports" / first_run["run"]
    assert "Every table passed" in (pages / "index.html").read_text()
    assert "Every reading is of a person who agreed" in (pages / "trusted.accelerometer_trusted.html").read_text()


def test_the_same_again_and_copies_publish_nothing(folder: Path, first_run: dict[str, Any]) -> None:
    landing = folder / "landing" / "customer" / "landing"
    original = next(path for path in sorted(landing.iterdir()) if path.stat().st_size)
    copy = landing / "renamed-copy.json"
    shutil.copy(original, copy)
    before = stedi_json("status", "--lake", folder / "lake")
    again = stedi_json("run", "--landing", folder / "landing", "--lake", folder / "lake")
    copy.unlink()
    assert {table["outcome"] for table in again["tables"]} == {"unchanged"}
    assert stedi_json("status", "--lake", folder / "lake")["tables"] == before["tables"]
    assert first_run["run"] != again["run"]


def test_withdrawal_and_changed_file(folder: Path, first_run: dict[str, Any]) -> None:
    customers = _read(folder, "trusted.customer_trusted").to_pylist()
    leaving = customers[0]
    record = {name: value for name, value in leaving.items() if value is not None and not name.startswith("share")}
    record["lastUpdateDate"] += 1
    drop = folder / "withdrawal" / "customer" / "landing"
    drop.mkdir(parents=True)
    (drop / "customer-1.json").write_text(json.dumps(record), encoding="utf-8")
    done = stedi_json("run", "--landing", folder / "withdrawal", "--lake", folder / "lake")
    assert rows_by_table(done)["trusted.customer_trusted"] == rows_by_table(first_run)["trusted.customer_trusted"] - 1
    readings = _read(folder, "trusted.accelerometer_trusted")
    assert readings.num_rows < rows_by_table(first_run)["trusted.accelerometer_trusted"]
    assert leaving["email"] not in set(readings["user"].to_pylist())
    assert leaving["serialNumber"] not in set(_read(folder, "trusted.step_trainer_trusted")["serialNumber"].to_pylist())

    # The same name with other contents is a new file.
    record["lastUpdateDate"] += 1
    record["shareWithResearchAsOfDate"] = leaving["shareWithResearchAsOfDate"]
    (drop / "customer-1.json").write_text(json.dumps(record), encoding="utf-8")
    back = stedi_json("run", "--landing", folder / "withdrawal", "--lake", folder / "lake")
    assert (
        rows_by_table(back)["trusted.accelerometer_trusted"]
        == rows_by_table(first_run)["trusted.accelerometer_trusted"]
    )


def test_one_table_alone(folder: Path, first_run: dict[str, Any]) -> None:
    assert first_run["tables"]
    done = stedi_json("run", "trusted.accelerometer_trusted", "--lake", folder / "lake")
    assert [table["table"] for table in done["tables"]] == ["trusted.accelerometer_trusted"]


def test_a_job_as_a_script(folder: Path, first_run: dict[str, Any]) -> None:
    assert first_run["tables"]
    script = Path(__file__).parents[1] / "jobs" / "customer_landing_to_trusted.py"
    command = [sys.executable, str(script), "--lake", str(folder / "lake"), "--output", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    assert [table["table"] for table in json.loads(done.stdout)["tables"]] == ["trusted.customer_trusted"]


def test_a_second_run_at_the_same_time(folder: Path, first_run: dict[str, Any]) -> None:
    assert first_run["tables"]
    with FileLock(folder / "lake" / "writer.lock"):
        done = stedi("run", "--lake", folder / "lake", "--wait", "0.2")
    assert done.returncode == 3
    assert "another run is writing" in done.stderr
    assert len(done.stderr.splitlines()) == 1
