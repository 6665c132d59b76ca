"""``stedi validate``: published tables are judged as they are, or were; nothing is published but the verdicts."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from catalog.history.status import lake_status
from catalog.lake import load_catalog
from catalog.profiles.profile import local_profile
from catalog.specs import TABLES
from expectations.increment.names import NAME_CHECKS
from expectations.reporting import Site
from expectations.reporting.view import table_views
from expectations.suites import SUITES
from jobs.simulator import Scenario, simulate
from tests.lake_without_spark import append, customer
from tests.stedi import stedi, stedi_json

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.spark

CUSTOMERS, LEDGER, VERDICTS = "trusted.customer_trusted", "landing.delivered_file", "quality.validation_result"
TRAINING = "curated.machine_learning_curated"
AT_INGEST = "delivered_is_landed_or_quarantined"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake that a run has made, with the tag v1 of it."""
    folder = tmp_path_factory.mktemp("validated")
    simulate(Scenario(customers=40, seed=5, malformed=0.02), folder / "landing")
    stedi_json("run", "--landing", folder / "landing", "--lake", folder / "lake")
    stedi_json("tag", "v1", "--lake", folder / "lake")
    return folder / "lake"


def _published(lake: Path) -> dict[str, int | None]:
    return {state.table: state.snapshot for state in lake_status(local_profile(lake)) if state.table != VERDICTS}


def test_what_a_run_published_holds_and_stays(lake: Path) -> None:
    before = _published(lake)
    told = stedi_json("validate", "--lake", lake)
    assert _published(lake) == before
    assert told["success"] is True
    judged = {table["table"]: table for table in told["tables"]}
    assert judged.keys() == TABLES.keys()
    assert {name: table["snapshot"] for name, table in judged.items() if name != VERDICTS} == before
    # What takes the drop folder is left out by name; everything else is judged.
    at_ingest = {name: [check.name for check in suite.checks if check.at_ingest] for name, suite in SUITES.items()}
    assert {name: table["leftOut"] for name, table in judged.items()} == at_ingest
    assert AT_INGEST in at_ingest[LEDGER]
    for name, table in judged.items():
        by_key = len(NAME_CHECKS) if name == TRAINING else 0
        assert table["expectations"] == len(SUITES[name].checks) + 1 + by_key - len(table["leftOut"])
    [table] = [table for table in table_views([Site(lake / "reports").document(told["run"])]) if table.failed == []][:1]
    assert table.outcome == "audited"
    page = (lake / "reports" / told["run"] / f"{LEDGER}.html").read_text(encoding="utf-8")
    assert AT_INGEST in page
    recorded = load_catalog(local_profile(lake)).load_table(VERDICTS).scan(f"runId = '{told['run']}'").to_arrow()
    assert recorded.num_rows == sum(table["expectations"] for table in told["tables"])


def test_spark_judges_as_the_embedded_engine_does(lake: Path) -> None:
    by_spark, embedded = (
        stedi_json("validate", "--engine", engine, "--lake", lake) for engine in ("spark", "embedded")
    )
    assert (by_spark["engine"], embedded["engine"]) == ("spark", "embedded")
    verdicts = [table for table in embedded["tables"] if table["table"] != VERDICTS]
    assert [table for table in by_spark["tables"] if table["table"] != VERDICTS] == verdicts
    documents = [Site(lake / "reports").document(told["run"]) for told in (by_spark, embedded)]
    assert _facts(documents[0]) == _facts(documents[1])


def _facts(document: dict[str, Any]) -> dict[str, dict[str, int]]:
    return {each["table"]: each["facts"] for each in document["verdicts"] if each["table"] != VERDICTS}


def test_without_the_key_names_are_left_out_by_name(
    lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STEDI_PSEUDONYM_KEY")
    monkeypatch.setenv("STEDI_PSEUDONYM_KEY_FILE", str(tmp_path / "none"))
    [table] = stedi_json("validate", TRAINING, "--lake", lake)["tables"]
    assert table["leftOut"] == [check.name for check in NAME_CHECKS]
    told = stedi("validate", TRAINING, "--lake", lake).stdout
    assert f"left out: {TRAINING} {NAME_CHECKS[0].name} (it needs the pseudonym key)" in " ".join(told.split())
    assert not (tmp_path / "none").exists()


def test_another_key_does_not_give_these_names(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEDI_PSEUDONYM_KEY", os.urandom(32).hex())
    done = stedi("validate", TRAINING, "--lake", lake)
    assert done.returncode == 1
    assert all(check.name in done.stderr for check in NAME_CHECKS)


def test_a_damaged_table_is_refused_and_its_past_is_not(lake: Path) -> None:
    good = _published(lake)
    damaged = append(local_profile(lake), CUSTOMERS, [customer("stranger@example.test")])
    done = stedi("validate", CUSTOMERS, "--lake", lake)
    assert done.returncode == 1
    assert f"{CUSTOMERS} failed its suite at snapshot {damaged}" in done.stderr
    assert "everyone_agreed" in done.stderr
    assert "LEFT JOIN newest" in done.stderr
    assert "stranger@" not in done.stderr + done.stdout
    assert _published(lake) == good | {CUSTOMERS: damaged}
    assert stedi_json("report", "--lake", lake)["success"] is False
    refused = stedi("validate", CUSTOMERS, "--lake", lake, "--output", "json")
    assert json.loads(refused.stdout)["error"]["exitCode"] == 1
    # As of the tag, and as of the snapshot before.
    for moment, tables in (("v1", [CUSTOMERS, LEDGER]), (str(good[CUSTOMERS]), [])):
        told = stedi_json("validate", *tables, "--as-of", moment, "--lake", lake)
        [table] = [table for table in told["tables"] if table["table"] == CUSTOMERS]
        assert table["snapshot"] == good[CUSTOMERS]
        assert len(told["tables"]) == max(1, len(tables))


def test_usage(lake: Path, tmp_path: Path) -> None:
    snapshot = str(_published(lake)[LEDGER])
    for arguments in (
        ["nothing.there", "--lake", lake],
        ["--as-of", "no-such-tag", "--lake", lake],
        ["--as-of", "2001-01-01", "--lake", lake],
        [CUSTOMERS, "--as-of", snapshot, "--lake", lake],
        ["--lake", tmp_path],
    ):
        done = stedi("validate", *arguments)
        assert done.returncode == 2, done.stderr
        assert len(done.stderr.splitlines()) == 1
