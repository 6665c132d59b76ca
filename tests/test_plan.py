"""`stedi plan` tells what `stedi run` then does, and writes nothing."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from jobs.simulator import Scenario, simulate
from tests.stedi import stedi, stedi_json

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.spark

MADE = (
    "trusted.customer_trusted",
    "trusted.accelerometer_trusted",
    "curated.customer_curated",
    "trusted.step_trainer_trusted",
    "curated.machine_learning_curated",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake of a first delivery, and a second delivery: a customer who agrees, and readings of one day."""
    folder = tmp_path_factory.mktemp("plan")
    simulate(Scenario(customers=60, seed=3), folder / "landing")
    stedi_json("run", "--landing", folder / "landing", "--lake", folder / "lake")
    customer = {
        "customerName": "New",
        "email": "new@example.test",
        "phone": "1",
        "birthDay": "1990-01-01",
        "serialNumber": "device-of-new",
        "registrationDate": 1_704_067_200_000,
        "lastUpdateDate": 1_704_067_200_000,
        "shareWithResearchAsOfDate": 1_704_067_200_000,
    }
    time = 1_704_070_000_000
    records = {
        "customer": customer,
        "accelerometer": {"user": "new@example.test", "timestamp": time, "x": 1.0, "y": 0.0, "z": 0.0},
        "step_trainer": {"serialNumber": "device-of-new", "sensorReadingTime": time, "distanceFromObject": 3},
    }
    for source, record in records.items():
        landing = folder / "next" / source / "landing"
        landing.mkdir(parents=True)
        (landing / "next.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def _files(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in (folder / "lake").rglob("*") if path.is_file()}


def _actions(tables: list[dict[str, Any]], key: str) -> dict[str, str]:
    return {table["table"]: table[key].split(":")[0] for table in tables if table["table"] in MADE}


def test_a_run_does_what_was_planned_and_then_there_is_nothing_to_do(folder: Path) -> None:
    before = _files(folder)
    plan = stedi_json("plan", "--landing", folder / "next", "--lake", folder / "lake")
    assert _files(folder) == before
    assert [(new["files"], new["records"]) for new in plan["landing"]] == [(1, 1)] * 3
    assert _actions(plan["tables"], "action") == dict.fromkeys(MADE, "incremental")
    assert {table["people"] for table in plan["tables"]} == {1}

    done = stedi_json("run", "--landing", folder / "next", "--lake", folder / "lake")
    assert _actions(done["tables"], "how") == _actions(plan["tables"], "action")

    again = stedi_json("plan", "--landing", folder / "next", "--lake", folder / "lake")
    assert [new["files"] for new in again["landing"]] == [0] * 3
    assert _actions(again["tables"], "action") == dict.fromkeys(MADE, "unchanged")


def test_a_rebuild_is_planned_with_all_that_follows_from_it(folder: Path) -> None:
    plan = stedi_json("plan", "--rebuild", "trusted.accelerometer_trusted", "--lake", folder / "lake")
    assert [table["table"] for table in plan["tables"]] == ["trusted.accelerometer_trusted"]
    done = stedi_json("run", "--rebuild", "trusted.accelerometer_trusted", "--lake", folder / "lake")
    assert [table["how"] for table in done["tables"]] == ["rebuild: asked for"]
    plan = stedi_json("plan", "--lake", folder / "lake")
    assert _actions(plan["tables"], "action") == {
        "trusted.customer_trusted": "unchanged",
        "trusted.accelerometer_trusted": "unchanged",
        "curated.customer_curated": "rebuild",
        "trusted.step_trainer_trusted": "rebuild",
        "curated.machine_learning_curated": "rebuild",
    }
    done = stedi_json("run", "--lake", folder / "lake")
    assert _actions([table for table in done["tables"] if table["how"]], "how") == {
        name: action for name, action in _actions(plan["tables"], "action").items() if action != "unchanged"
    }


def test_another_key_rebuilds_the_training_table_alone(folder: Path) -> None:
    done = stedi("plan", "--lake", folder / "lake", "--output", "json", STEDI_PSEUDONYM_KEY=os.urandom(32).hex())
    actions = _actions(json.loads(done.stdout)["tables"], "action")
    assert actions == dict.fromkeys(MADE, "unchanged") | {"curated.machine_learning_curated": "rebuild"}
