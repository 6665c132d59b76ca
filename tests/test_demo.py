"""``stedi demo`` tells what is in the lake: each of its numbers is the one that pyiceberg and plain Python count."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from catalog.errors import DamagedLakeError
from catalog.history.time_travel import open_table, resolve
from catalog.profiles.profile import LocalProfile, local_profile
from catalog.specs import table
from jobs.cli import demo_runs
from jobs.cli.demo_text import tell
from jobs.cli.output import Output, OutputFormat
from jobs.demo.deliveries import demo_scenario
from jobs.demo.people import cast_of, person_of
from jobs.demo.story import FIRST
from jobs.pseudonym import load_key, pseudonym
from tests.stedi import stedi, stedi_json

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.spark

CUSTOMERS, SEED = 60, 3
TRAINING = "curated.machine_learning_curated"
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def document(folder: Path) -> dict[str, Any]:
    """What the demonstration says to programs."""
    found: dict[str, Any] = stedi_json(
        "demo", "--customers", CUSTOMERS, "--seed", SEED, "--lake", folder / "lake", "--landing", folder / "landing"
    )
    return found


@pytest.fixture(scope="module")
def profile(folder: Path, document: dict[str, Any]) -> LocalProfile:
    assert document["lake"] == str(folder / "lake")
    return local_profile(folder / "lake")


def _rows(profile: LocalProfile, identifier: str, moment: str = FIRST) -> Rows:
    spec = table(identifier)
    found = open_table(profile, spec)
    rows: Rows = found.scan(snapshot_id=resolve(found, spec, moment)).to_arrow().to_pylist()
    return rows


def test_what_was_landed_and_quarantined(profile: LocalProfile, document: dict[str, Any], folder: Path) -> None:
    refused = _rows(profile, "landing.quarantine")
    for row in document["delivery"]["sources"]:
        landed = _rows(profile, f"landing.{row['source']}_landing")
        quarantined = [each for each in refused if each["source"] == row["source"]]
        files = {each["sourceFileSha256"] for each in landed + quarantined}
        told = (row["files"], row["delivered"], row["landed"], row["quarantined"])
        assert told == (len(files), len(landed) + len(quarantined), len(landed), len(quarantined))
        assert len(quarantined) > 0
    assert {row["reason"]: row["records"] for row in document["delivery"]["quarantined"]} == Counter(
        row["reason"] for row in refused
    )
    example = document["delivery"]["example"]
    assert example in [{name: row[name] for name in example} for row in refused]
    assert set(example) == {"source", "recordNumber", "reason", "detail"}


def test_what_consent_kept_out(profile: LocalProfile, document: dict[str, Any]) -> None:
    records = _rows(profile, "landing.customer_landing")
    newest: dict[str, dict[str, Any]] = {}
    for record in sorted(records, key=lambda record: record["lastUpdateDate"]):
        newest[record["person"]] = record
    named = {person for row in _rows(profile, "landing.quarantine") for person in (row["people"] or "").split()}
    suspended = named & set(newest)
    since = {
        person: record["shareWithResearchAsOfDate"] for person, record in newest.items() if person not in suspended
    }
    agreed = {person: instant for person, instant in since.items() if instant is not None}
    assert suspended == {person_of(cast_of(demo_scenario(CUSTOMERS, SEED)).suspended)}
    assert document["consent"]["people"] == {
        "known": len(newest),
        "trusted": len(agreed),
        "suspended": len(suspended),
        "without_consent": len(since) - len(agreed),
    }
    readings = _rows(profile, "landing.accelerometer_landing")
    usable = [row for row in readings if row["timestamp"] >= agreed.get(row["person"], 1 << 62)]
    distinct = {(row["person"], row["timestamp"], row["x"], row["y"], row["z"]) for row in usable}
    assert document["consent"]["readings"] == {
        "landed": len(readings),
        "trusted": len(distinct),
        "without_consent": sum(row["person"] not in agreed and row["person"] not in suspended for row in readings),
        "suspended": sum(row["person"] in suspended for row in readings),
        "before_consent": sum(row["timestamp"] < agreed.get(row["person"], 0) for row in readings),
        "delivered_again": len(usable) - len(distinct),
    }
    assert min(document["consent"]["readings"].values()) > 0


def test_what_the_second_delivery_changed(profile: LocalProfile, document: dict[str, Any]) -> None:
    for told in document["change"]["tables"]:
        grain = table(told["table"]).grain
        before, now = (
            {tuple(row[name] for name in grain): row for row in _rows(profile, told["table"], moment)}
            for moment in (FIRST, "main")
        )
        shared = before.keys() & now.keys()
        assert {key: told[key] for key in ("before", "removed", "added", "changed", "now")} == {
            "before": len(before),
            "removed": len(before.keys() - now.keys()),
            "added": len(now.keys() - before.keys()),
            "changed": sum(before[key] != now[key] for key in shared),
            "now": len(now),
        }
        assert told["operation"] == "delete and append"


def test_the_queries_answer_what_they_say(profile: LocalProfile, document: dict[str, Any], folder: Path) -> None:
    cast, key = cast_of(demo_scenario(CUSTOMERS, SEED)), load_key(profile)
    whose = {
        "withdrew": pseudonym(person_of(cast.withdrawing), key),
        "agreed": pseudonym(person_of(cast.agreeing), key),
    }
    for who, pair in document["change"]["queries"].items():
        for asked, moment in zip(pair, (FIRST, "main"), strict=True):
            rows = _rows(profile, TRAINING, moment)
            mine = [row for row in rows if who == "all" or row["pseudonym"] == whose[who]]
            assert asked["answer"] == len(mine)
            assert f"'{FIRST}'" in asked["sql"] or moment == "main"
    answers = {who: [asked["answer"] > 0 for asked in pair] for who, pair in document["change"]["queries"].items()}
    assert answers == {"all": [True, True], "withdrew": [True, False], "agreed": [False, True]}
    [one, _] = document["change"]["queries"]["withdrew"]
    refused = stedi("query", one["sql"], "--lake", folder / "lake")
    assert (refused.returncode, "of 1 person" in refused.stderr) == (1, True)
    done = stedi("query", one["sql"], "--withdrawn", "--lake", folder / "lake", "--output", "csv")
    assert done.stdout.splitlines()[-1] == str(one["answer"])
    assert document["change"]["keptDays"] == 30


def test_it_stops_where_somebody_who_withdrew_is_still_there(
    profile: LocalProfile, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = demo_scenario(CUSTOMERS, SEED)
    cast = cast_of(scenario)
    demo_runs._changed(profile, folder, scenario)
    monkeypatch.setattr(demo_runs, "cast_of", lambda _: replace(cast, withdrawing=cast.agreeing))
    with pytest.raises(DamagedLakeError, match="the person who withdrew still has"):
        demo_runs._changed(profile, folder, scenario)


def test_again_it_tells_the_same_story(
    folder: Path, document: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    done = stedi("demo", "--lake", folder / "lake", "--landing", folder / "landing")
    assert done.returncode == 0, done.stderr
    tell(document, Output(OutputFormat.TEXT))
    first = capsys.readouterr().out.splitlines()
    again = done.stdout.splitlines()
    assert [line for line in again if "reports/" not in line] == [line for line in first if "reports/" not in line]


def test_other_data_is_not_mixed_in(folder: Path, document: dict[str, Any]) -> None:
    done = stedi("demo", "--lake", folder / "lake", "--landing", folder / "elsewhere", "--output", "json")
    assert done.returncode == 2
    assert "already holds other data" in json.loads(done.stdout)["error"]["message"]
    assert not (folder / "elsewhere").exists()
