"""A person withdraws and comes back under another address with the same readings: the old name must not come back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from jobs.pseudonym import load_key, pseudonym
from tests.stedi import stedi, stedi_json

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.spark

TRAINING = "curated.machine_learning_curated"
BEFORE, AFTER = "before@example.test", "after@example.test"
DEVICE, OTHER = "5f0c8a5e-0000-4000-8000-000000000001", "5f0c8a5e-0000-4000-8000-000000000002"
START = 1_700_000_000_000
DAY = 86_400_000


def _customer(email: str, at: int, consent: int | None, device: str = DEVICE) -> dict[str, Any]:
    record = {
        "customerName": "Bo",
        "email": email,
        "phone": "8015550100",
        "birthDay": "1990-01-01",
        "serialNumber": device,
        "registrationDate": at,
        "lastUpdateDate": at,
    }
    return record if consent is None else record | {"shareWithResearchAsOfDate": consent}


def _motion(email: str) -> list[dict[str, Any]]:
    return [{"user": email, "timestamp": START + n * 1000, "x": float(n), "y": 0.5, "z": -1.0} for n in range(4)]


def _deliver(drop: Path, name: str, **sources: list[dict[str, Any]]) -> None:
    for source, records in sources.items():
        folder = drop / source / "landing"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("\n".join(map(json.dumps, records)), encoding="utf-8")


def _names(lake: Path) -> list[str]:
    asked = stedi_json("query", f"SELECT DISTINCT pseudonym FROM {TRAINING}", "--lake", lake)
    return [name for (name,) in asked["rows"]]


def test_a_withdrawn_pseudonym_does_not_come_back_by_a_rollback(tmp_path: Path) -> None:
    lake, drop = tmp_path / "lake", tmp_path / "drop"
    distance = [
        {"sensorReadingTime": START + n * 1000, "serialNumber": DEVICE,
         "distanceFromObject": 200 + n}
        for n in range(4)
    ]  # fmt: skip
    _deliver(
        drop, "1.json", customer=[_customer(BEFORE, START - DAY, START - DAY)], accelerometer=_motion(BEFORE),
        step_trainer=distance,
    )  # fmt: skip
    stedi_json("run", "--landing", drop, "--lake", lake)
    old, new = (pseudonym(email, load_key()) for email in (BEFORE, AFTER))
    assert _names(lake) == [old]
    first = stedi_json("history", TRAINING, "--lake", lake)["history"][0]["snapshot"]
    # Before the readings were taken, as it turns out now, the device went from one address to the other.
    changed = [_customer(BEFORE, START - 2000, None, OTHER), _customer(AFTER, START - 1000, START - 1000)]
    _deliver(drop, "2.json", customer=changed, accelerometer=_motion(AFTER))
    stedi_json("run", "--landing", drop, "--lake", lake)
    assert _names(lake) == [new]
    done = stedi("rollback", TRAINING, "--to", str(first), "--lake", lake)
    assert done.returncode == 1, done.stdout + done.stderr
    # The rows are the same: it is the names alone that tell.
    assert "pseudonyms_are_of_the_key" in done.stderr
    assert _names(lake) == [new]
