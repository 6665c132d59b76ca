"""Whole ingests of drop folders in which something is wrong: the rest lands, and what is wrong is named."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from catalog.lake import load_catalog
from catalog.profiles.profile import local_profile
from tests.stedi import rows_by_table, stedi, stedi_json

pytestmark = pytest.mark.spark

TIME = 1_704_067_200_000


def _reading(person: str, number: int = 0) -> dict[str, Any]:
    return {"user": f"{person}@x.test", "timestamp": TIME + number, "x": 1.0, "y": 0.0, "z": 0.0}


def _customer(person: str, **values: Any) -> dict[str, Any]:
    return {
        "customerName": person,
        "email": f"{person}@x.test",
        "phone": "1",
        "birthDay": "1990-01-01",
        "serialNumber": f"device-{person}",
        "registrationDate": TIME,
        "lastUpdateDate": TIME,
        "shareWithResearchAsOfDate": TIME,
    } | values


def _put(path: Path, *records: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def _rows(folder: Path, identifier: str) -> list[dict[str, Any]]:
    return load_catalog(local_profile(folder / "lake")).load_table(identifier).scan().to_arrow().to_pylist()


def _ingest(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return stedi("ingest", "--landing", folder / "drop", "--lake", folder / "lake", *options)


def test_a_file_that_cannot_be_read_is_named_once_and_lands_when_it_can_be(tmp_path: Path) -> None:
    motion, customers = tmp_path / "drop/accelerometer/landing", tmp_path / "drop/customer/landing"
    _put(motion / "good.json", _reading("a"))
    secret = _put(tmp_path / "outside/secret.json", _reading("secret"))
    (motion / "link.json").symlink_to(secret)
    _put(motion / "_temporary/0/a.json", _reading("hidden"))
    _put(tmp_path / "drop/customers/landing/c.json", _customer("lost"))
    odd = os.fsencode(customers) + b"/caf\xe9.json"
    _put(Path(os.fsdecode(odd)), _customer("a"))
    for attempt in range(2):
        done = _ingest(tmp_path)
        assert done.returncode == 0, done.stderr
        warnings = "\n".join(line for line in done.stderr.splitlines() if "warning: " in line)
        assert r"customer/landing/caf\xe9.json is not read" in warnings
        assert "a withdrawal may be in it" in warnings
        assert "accelerometer/landing/link.json is not read" in warnings
        assert "did you mean customer?" in warnings
        assert ("1 refused customer record without a recognised person" in warnings) is (attempt == 0)
        assert [row["user"] for row in _rows(tmp_path, "landing.accelerometer_landing")] == ["a@x.test"]
        quarantine = {row["sourceFile"]: row for row in _rows(tmp_path, "landing.quarantine")}
        assert {name: row["reason"] for name, row in quarantine.items()} == {
            r"customer/landing/caf\xe9.json": "unreadable_file",
            "accelerometer/landing/link.json": "link_outside_drop",
        }
        assert len(_rows(tmp_path, "landing.quarantine")) == 2
        assert {(row["rawText"], row["recordNumber"]) for row in quarantine.values()} == {("", 1)}
    Path(os.fsdecode(odd)).rename(customers / "renamed.json")
    document = json.loads(_ingest(tmp_path, "--output", "json").stdout)
    assert rows_by_table(document)["landing.customer_landing"] == 1
    assert len(_rows(tmp_path, "landing.quarantine")) == 2
    assert len(document["warnings"]) == 3
    assert "nothing is delivered for step_trainer: there is no folder step_trainer/landing" in document["warnings"]
    plan = stedi_json("plan", "--landing", tmp_path / "drop", "--lake", tmp_path / "lake")
    assert plan["warnings"] == document["warnings"]
    report = json.loads((tmp_path / "lake/reports" / document["run"] / "validation.json").read_text(encoding="utf-8"))
    assert report["warnings"] == document["warnings"]


def test_a_file_that_can_be_read_in_part_is_named(tmp_path: Path) -> None:
    motion = tmp_path / "drop/accelerometer/landing"
    _put(motion / "good.json", _reading("a"))
    for source in ("customer", "step_trainer"):
        (tmp_path / "drop" / source).mkdir()
    records = [_reading("b", number) for number in range(2_000)]
    packed = gzip.compress("".join(json.dumps(record) + "\n" for record in records).encode(), mtime=0)
    (motion / "cut.json.gz").write_bytes(packed[: len(packed) * 2 // 3])
    (motion / "tail.json.gz").write_bytes(gzip.compress(json.dumps(_reading("c")).encode()) + b"garbage")
    (motion / "digits.json").write_text(json.dumps(_reading("d")).replace("1.0", "9" * 5_000), encoding="utf-8")
    document = json.loads(_ingest(tmp_path, "--output", "json").stdout)
    reasons = {row["sourceFile"]: row["reason"] for row in _rows(tmp_path, "landing.quarantine")}
    assert reasons == {
        "accelerometer/landing/cut.json.gz": "truncated_gzip",
        "accelerometer/landing/tail.json.gz": "not_gzip",
        "accelerometer/landing/digits.json": "not_finite",
    }
    landed = Counter(row["user"] for row in _rows(tmp_path, "landing.accelerometer_landing"))
    assert landed["b@x.test"] > 100
    assert (landed["a@x.test"], landed["c@x.test"]) == (1, 1)
    cut, tail, digits = document["warnings"]
    assert cut.startswith("accelerometer/landing/cut.json.gz is partly read: ")
    assert tail.startswith("accelerometer/landing/tail.json.gz is partly read: ")
    assert digits == "no record was accepted from: accelerometer/landing/digits.json"


def test_a_source_of_which_all_is_refused_holds_the_delivery_back(tmp_path: Path) -> None:
    _put(tmp_path / "drop/accelerometer/landing/good.json", *(_reading("a", n) for n in range(30)))
    refused = [_customer(f"p{n}", registrationDate="never") for n in range(25)]
    _put(tmp_path / "drop/customer/landing/c.json", _customer("a"), *refused)
    done = _ingest(tmp_path)
    assert done.returncode == 1, done.stderr
    assert "few_records_are_refused" in done.stderr
    assert "25 of 26 customer records refused (wrong_type 25)" in done.stderr
    assert "--accept-refused" in done.stderr
    assert _rows(tmp_path, "landing.accelerometer_landing") == _rows(tmp_path, "landing.delivered_file") == []
    document = json.loads(_ingest(tmp_path, "--accept-refused", "--output", "json").stdout)
    assert rows_by_table(document)["landing.customer_landing"] == 1
    assert document["refused"] == [
        {"source": "customer", "records": 25, "delivered": 26, "reasons": {"wrong_type": 25}}
    ]
    assert Counter(row["reason"] for row in _rows(tmp_path, "landing.quarantine")) == {"wrong_type": 25}


def test_strict_refuses_customers_of_whom_nobody_knows_who_they_are(tmp_path: Path) -> None:
    _put(tmp_path / "drop/accelerometer/landing/good.json", _reading("a"))
    (tmp_path / "drop/customer/landing").mkdir(parents=True)
    (tmp_path / "drop/customer/landing/c.json").write_text('{"op": "withdraw"}\n', encoding="utf-8")
    for how in ({"STEDI_STRICT": "true"}, {}):
        options = () if how else ("--strict",)
        done = stedi("ingest", "--landing", tmp_path / "drop", "--lake", tmp_path / "lake", *options, **how)
        assert done.returncode == 1, done.stderr
        assert "strictly_no_customer_is_unrecognised" in done.stderr
        assert _rows(tmp_path, "landing.accelerometer_landing") == []
    done = _ingest(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1 refused customer record without a recognised person" in done.stderr
    assert "1 of 1 customer records refused" in done.stderr
    assert "warning: no record was accepted from: customer/landing/c.json" in done.stderr


@pytest.mark.parametrize(
    ("module", "stage"),
    [
        ("jobs.run.landing", "write_accepted"),
        ("jobs.run.landing", "write_quarantined"),
        ("expectations.validation.delivered", "delivered_objects"),
    ],
)
def test_a_file_that_is_taken_away_in_the_middle_is_left_for_the_next_run(
    tmp_path: Path, module: str, stage: str
) -> None:
    motion = tmp_path / "drop/accelerometer/landing"
    _put(motion / "good.json", _reading("a"), {"user": "b@x.test"})
    leaving = _put(motion / "leaving.json", _reading("c"), {"user": "d@x.test"})
    text = leaving.read_bytes()
    arguments = ["ingest", "--landing", str(tmp_path / "drop"), "--lake", str(tmp_path / "lake"), "-o", "json"]
    # A process of its own: another test's Spark may be at work in this one.
    done = subprocess.run(
        [sys.executable, "-m", "tests.taken_away", module, stage, str(leaving), *arguments],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(done.stdout)
    [left] = [warning for warning in document["warnings"] if "left for the next run" in warning]
    assert "accelerometer/landing/leaving.json" in left
    assert [row["user"] for row in _rows(tmp_path, "landing.accelerometer_landing")] == ["a@x.test"]
    assert [row["sourceFile"] for row in _rows(tmp_path, "landing.delivered_file")] == [
        "accelerometer/landing/good.json"
    ]
    # Nothing of it stays behind either: its records are in no file of the lake.
    files = list((tmp_path / "lake/warehouse/landing").rglob("*.parquet"))
    assert not [file for file in files if b"c@x.test" in file.read_bytes()]
    leaving.write_bytes(text)
    assert stedi(*arguments).returncode == 0
    assert len(_rows(tmp_path, "landing.accelerometer_landing")) == 2
