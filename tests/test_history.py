"""History, differences, tags, rollback and training sets on a small lake with two deliveries, as a user does it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from pyarrow import csv

from catalog.errors import UsageError
from catalog.lake import load_catalog
from catalog.profiles.profile import local_profile
from catalog.specs import TABLES
from catalog.training.content_hash import content_hash
from catalog.training.dataset import load
from jobs.identity import normalise_person
from jobs.pseudonym import load_key, pseudonym
from jobs.simulator import Scenario, simulate
from tests.stedi import rows_by_table, stedi, stedi_json

if TYPE_CHECKING:
    import pyarrow as pa

pytestmark = pytest.mark.spark

ROOT = Path(__file__).parents[1]
TRAINING = "curated.machine_learning_curated"
CUSTOMERS = "trusted.customer_trusted"
READINGS = "trusted.accelerometer_trusted"


@dataclass(frozen=True)
class Lived:
    """A lake with a history: v1, then a delivery in which one customer withdraws and one moves, then v2."""

    lake: Path
    leaving: dict[str, Any]
    moving: dict[str, Any]
    first: dict[str, int]
    second: dict[str, int]
    leaving_readings: int


def _read(lake: Path, identifier: str) -> pa.Table:
    return load_catalog(local_profile(lake)).load_table(identifier).scan().to_arrow()


def _deliver(drop: Path, name: str, *records: dict[str, Any]) -> None:
    folder = drop / "customer" / "landing"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({key: value for key, value in record.items() if value is not None}) for record in records]
    (folder / name).write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    folder = tmp_path_factory.mktemp("history")
    lake = folder / "lake"
    simulate(Scenario(customers=40, seed=3, withdrawal=0, later_consent=0, redelivered=0), folder / "landing")
    first = stedi_json("run", "--landing", folder / "landing", "--lake", lake)
    stedi_json("tag", "v1", "--lake", lake, "--keep", 60)
    leaving, moving = _read(lake, CUSTOMERS).to_pylist()[:2]
    readings = _read(lake, READINGS)["user"].to_pylist().count(leaving["email"])
    later = max(leaving["lastUpdateDate"], moving["lastUpdateDate"]) + 1
    _deliver(
        folder / "second",
        "customer-1.json",
        leaving | {"shareWithResearchAsOfDate": None, "lastUpdateDate": later},
        moving | {"phone": "8015550199", "lastUpdateDate": later},
    )
    second = stedi_json("run", "--landing", folder / "second", "--lake", lake)
    stedi_json("tag", "v2", "--lake", lake)
    return Lived(lake, leaving, moving, rows_by_table(first), rows_by_table(second), readings)


def _history(lived: Lived, table: str) -> list[dict[str, Any]]:
    history: list[dict[str, Any]] = stedi_json("history", table, "--lake", lived.lake)["history"]
    return history


def test_history_names_every_publication(lived: Lived) -> None:
    newest, oldest = _history(lived, READINGS)
    assert newest["rows"] == lived.second[READINGS] == _read(lived.lake, READINGS).num_rows
    assert oldest["rows"] == lived.first[READINGS]
    assert oldest["rows"] - newest["rows"] == lived.leaving_readings > 0
    assert newest["refs"] == ["main", "v2"]
    assert oldest["refs"] == ["v1"]
    assert newest["run"] > oldest["run"]
    assert newest["published"] > oldest["published"]
    assert len(stedi_json("history", READINGS, "--limit", 1, "--lake", lived.lake)["history"]) == 1


def test_a_publication_is_found_by_its_time(lived: Lived) -> None:
    newest, oldest = _history(lived, TRAINING)
    at_first = stedi_json("diff", TRAINING, "--from", oldest["published"], "--to", "v1", "--lake", lived.lake)
    assert at_first["from_snapshot"] == at_first["to_snapshot"] == oldest["snapshot"]
    at_second = stedi_json("diff", TRAINING, "--from", newest["published"] + " UTC", "--lake", lived.lake)
    assert at_second["from_snapshot"] == newest["snapshot"]
    just_before = newest["published"][:-3] + f"{max(int(newest['published'][-3:]) - 1, 0):03}"
    before = stedi_json("diff", TRAINING, "--from", just_before.replace(" ", "T") + "Z", "--lake", lived.lake)
    if just_before != newest["published"]:
        assert before["from_snapshot"] == oldest["snapshot"]


@pytest.mark.parametrize(
    ("moment", "says"),
    [
        ("v3", "its tags: v1, v2"),
        ("2020-01-01", "begins at"),
        ("2999-01-01T00:00:00Z", "in the future"),
        ("17", "never published a snapshot 17"),
        ("v1'; DROP TABLE x; --", "is not a tag"),
    ],
)
def test_a_moment_that_is_none(lived: Lived, moment: str, says: str) -> None:
    done = stedi("diff", TRAINING, "--from", moment, "--lake", lived.lake)
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_diff_tells_removed_and_changed_customers(lived: Lived) -> None:
    found = stedi_json(
        "diff", CUSTOMERS, "--from", "v1", "--to", "v2", "--rows", 5, "--withdrawn", "--lake", lived.lake
    )
    assert (found["added"], found["removed"], found["changed"]) == (0, 1, 1)
    assert found["from_rows"] - 1 == found["to_rows"] == lived.second[CUSTOMERS]
    by_kind = {example["kind"]: example for example in found["examples"]}
    assert by_kind.keys() == {"removed", "changed"}
    assert by_kind["removed"]["row"]["email"] == pseudonym(normalise_person(lived.leaving["email"]), load_key())
    changed = by_kind["changed"]
    assert changed["row"]["email"] == pseudonym(normalise_person(lived.moving["email"]), load_key())
    assert changed["was"] == {
        "phone": pseudonym(lived.moving["phone"], load_key()),
        "lastUpdateDate": lived.moving["lastUpdateDate"],
    }
    assert changed["row"]["lastUpdateDate"] > lived.moving["lastUpdateDate"]


def test_diff_the_other_way_round(lived: Lived) -> None:
    found = stedi_json("diff", READINGS, "--from", "v2", "--to", "v1", "--rows", 2, "--withdrawn", "--lake", lived.lake)
    assert (found["added"], found["removed"], found["changed"]) == (lived.leaving_readings, 0, 0)
    assert {example["row"]["user"] for example in found["examples"]} == {
        pseudonym(normalise_person(lived.leaving["email"]), load_key())
    }


def test_examples_show_no_personal_value(lived: Lived) -> None:
    personal = TABLES[CUSTOMERS].personal_columns
    for form in ("text", "json"):
        done = stedi("diff", CUSTOMERS, "--from", "v1", "--rows", 5, "--lake", lived.lake, "--output", form)
        assert done.returncode == 0
        assert "changed" in done.stdout
        for customer in (lived.leaving, lived.moving):
            assert not [name for name in personal if customer[name] in done.stdout]


def test_a_rollback_that_would_bring_back_a_withdrawn_person_is_refused(lived: Lived) -> None:
    for table in (CUSTOMERS, TRAINING):
        metadata = load_catalog(local_profile(lived.lake)).load_table(table).metadata_location
        done = stedi("rollback", table, "--to", "v1", "--lake", lived.lake)
        assert done.returncode == 1, done.stderr
        assert f"{table} is as it was" in done.stderr
        assert lived.leaving["email"] not in done.stderr
        assert load_catalog(local_profile(lived.lake)).load_table(table).metadata_location == metadata
    # The verdict on the attempt is recorded; the snapshot's own, that let it be published, stays green.
    verdicts = _read(lived.lake, "quality.validation_result").to_pylist()
    assert "everyone_agreed" in {row["expectation"] for row in verdicts if not row["success"]}


def test_the_records_of_deliveries_are_never_rolled_back(lived: Lived) -> None:
    for table in ("landing.customer_landing", "quality.validation_result"):
        done = stedi("rollback", table, "--to", "v1", "--lake", lived.lake)
        assert done.returncode == 2
        assert "is never rolled back" in done.stderr


def test_a_set_under_another_pseudonym_key_is_not_rolled_back_to(lived: Lived) -> None:
    other = stedi("rollback", TRAINING, "--to", "v1", "--lake", lived.lake, STEDI_PSEUDONYM_KEY=os.urandom(32).hex())
    assert other.returncode == 2
    assert "pseudonym key" in other.stderr.splitlines()[-1]
    assert _history(lived, TRAINING)[0]["refs"] == ["main", "v2"]


@pytest.mark.filterwarnings("ignore:Merge on read is not yet supported")
def test_a_damaged_table_is_rolled_back_and_stays_so(lived: Lived) -> None:
    before = _history(lived, TRAINING)
    # Somebody empties the published table with another engine.
    load_catalog(local_profile(lived.lake)).load_table(TRAINING).delete("x > -1000")
    assert stedi_json("diff", TRAINING, "--from", "v2", "--lake", lived.lake)["removed"] == lived.second[TRAINING]

    done = stedi_json("rollback", TRAINING, "--to", "v2", "--lake", lived.lake)
    assert done["outcome"] == "published"
    assert _read(lived.lake, TRAINING).num_rows == lived.second[TRAINING]
    entries = _history(lived, TRAINING)
    assert entries[0]["operation"] == "rollback"
    assert entries[0]["snapshot"] == done["snapshot"]
    assert entries[0]["rolled_back_to"] == before[0]["snapshot"]
    assert entries[0]["run"] == done["run"]
    assert "main" in entries[0]["refs"]
    assert [entry["snapshot"] for entry in entries[-2:]] == [entry["snapshot"] for entry in before]
    same = stedi_json("diff", TRAINING, "--from", "v2", "--lake", lived.lake)
    assert (same["added"], same["removed"], same["changed"]) == (0, 0, 0)

    # The next run leaves it alone, and the set can be exported: its verdict is its own.
    again = stedi_json("run", "--lake", lived.lake)
    assert {step["outcome"] for step in again["tables"]} == {"unchanged"}
    assert _history(lived, TRAINING)[0]["snapshot"] == done["snapshot"]
    manifest = stedi_json("export", "--to", lived.lake.parent / "rolled-back", "--lake", lived.lake)
    assert manifest["verdict"]["run"] == done["run"]

    # To where it is already: nothing to do.
    assert stedi_json("rollback", TRAINING, "--to", "main", "--lake", lived.lake)["outcome"] == "unchanged"


def test_a_training_set_is_as_it_was_without_what_was_withdrawn(lived: Lived) -> None:
    gone = pseudonym(normalise_person(lived.leaving["email"]), load_key())
    whole = load("v1", lake=lived.lake, withdrawn=True)
    assert whole.num_rows == lived.first[TRAINING]
    assert gone in whole["pseudonym"].to_pylist()
    usable = load("v1", lake=lived.lake)
    assert usable.num_rows == lived.first[TRAINING] - whole["pseudonym"].to_pylist().count(gone)
    assert gone not in usable["pseudonym"].to_pylist()
    assert content_hash(load("v2", lake=lived.lake)) == content_hash(load("main", lake=str(lived.lake)))
    assert usable.schema == whole.schema


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_an_export_is_the_training_set_in_three_parts(lived: Lived, tmp_path: Path, file_format: str) -> None:
    out = tmp_path / "new" / "export"
    options = ("--shares", "50/25/25", "--format", file_format, "--lake", lived.lake)
    manifest = stedi_json("export", "--tag", "v1", "--to", out, *options)
    assert manifest == json.loads((out / "manifest.json").read_text())
    expected = load("v1", lake=lived.lake)
    read = pq.read_table if file_format == "parquet" else csv.read_csv
    parts = {name: read(out / split["file"]) for name, split in manifest["splits"].items()}
    assert {name: part.num_rows for name, part in parts.items()} == {
        name: split["rows"] for name, split in manifest["splits"].items()
    }
    assert sum(part.num_rows for part in parts.values()) == manifest["rows"] == expected.num_rows
    assert manifest["leftOutRows"] == lived.first[TRAINING] - expected.num_rows > 0
    people = {name: set(part["pseudonym"].to_pylist()) for name, part in parts.items()}
    assert sum(map(len, people.values())) == len(set.union(*people.values())) == manifest["people"]
    assert all(people.values())
    assert manifest["contentHash"] == content_hash(expected)
    assert manifest["verdict"]["success"] is True
    assert manifest["snapshot"] == _history(lived, TRAINING)[-1]["snapshot"]
    assert set(manifest["snapshots"]) >= {TRAINING, CUSTOMERS, "landing.customer_landing"}
    assert [column["name"] for column in manifest["schema"]] == list(TABLES[TRAINING].column_names)
    assert sorted(path.name for path in out.parent.iterdir()) == ["export"]


def test_a_used_folder_is_not_written_to(lived: Lived, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    done = stedi("export", "--to", tmp_path, "--lake", lived.lake)
    assert done.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_step_detector_trains_on_an_export(lived: Lived, tmp_path: Path) -> None:
    export, plot = tmp_path / "export", tmp_path / "distance.png"
    stedi_json("export", "--tag", "v2", "--to", export, "--shares", "50/25/25", "--lake", lived.lake)
    command = [sys.executable, "-W", "error", "-m", "examples.step_detector", str(export), "--plot", str(plot)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert 0 < json.loads(done.stdout)["test"] <= 1
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_a_moment_needs_a_zone(lived: Lived) -> None:
    from datetime import datetime

    with pytest.raises(UsageError, match="without a time zone"):
        load(datetime(2026, 1, 1), lake=lived.lake)  # noqa: DTZ001 - what is refused


def test_a_landed_withdrawal_counts_before_any_run_has_taken_it_further(lived: Lived) -> None:
    # The last test of the module: it changes the lake.
    metadata = load_catalog(local_profile(lived.lake)).load_table(TRAINING).metadata_location
    again = lived.moving | {"shareWithResearchAsOfDate": None, "lastUpdateDate": lived.moving["lastUpdateDate"] + 9}
    _deliver(lived.lake.parent / "third", "customer-2.json", again)
    stedi_json("ingest", "--landing", lived.lake.parent / "third", "--lake", lived.lake)
    done = stedi("rollback", TRAINING, "--to", "v2", "--lake", lived.lake)
    assert done.returncode == 1
    assert "behind today's deliveries" in done.stderr
    assert load_catalog(local_profile(lived.lake)).load_table(TRAINING).metadata_location == metadata
