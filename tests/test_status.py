"""``stedi status`` says what its help promises: rows, publications, and the last verdict. No Spark is needed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from jobs.cli.status import last_verdict
from tests.lake_without_spark import append, make_lake
from tests.stedi import stedi, stedi_json

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.profiles.profile import LocalProfile

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _record(profile: LocalProfile, run: str, minute: int, *outcomes: tuple[bool, str, str]) -> None:
    """One verdict a table: whether it passed, its severity, and what was observed."""
    rows = [
        {
            "runId": run,
            "tableName": f"zone.table{number}",
            "expectation": "it_holds",
            "severity": severity,
            "promise": "shape",
            "sentence": "It holds.",
            "success": success,
            "observed": observed,
            "evaluatedAt": START + timedelta(minutes=minute, seconds=number),
        }
        for number, (success, severity, observed) in enumerate(outcomes)
    ]
    append(profile, "quality.validation_result", rows)


PASSED, WARNING = (True, "critical", '{"offences": 0}'), (False, "warning", '{"late": 9}')
FAILED, UNKNOWN = (False, "critical", '{"offences": 1}'), (False, "warning", json.dumps("fact query 1 failed: X"))


@pytest.fixture
def profile(tmp_path: Path) -> LocalProfile:
    return make_lake(tmp_path / "lake")


def test_a_new_lake_has_no_verdict(profile: LocalProfile) -> None:
    assert stedi_json("status", "--lake", profile.lake)["lastVerdict"] is None
    done = stedi("status", "--lake", profile.lake)
    assert done.stdout.splitlines()[-1] == "nothing has been validated yet"


def test_the_last_verdict(profile: LocalProfile) -> None:
    _record(profile, "20260301T120000_later", 1, PASSED, PASSED, WARNING)
    _record(profile, "20260301T110000_earlier", 0, FAILED)
    done = stedi("status", "--lake", profile.lake)
    assert done.stdout.splitlines()[-1] == (
        "last verdict: passed, 2 of 3 expectations passed, 1 warning (run 20260301T120000_later)"
    )


@pytest.mark.parametrize(("outcome", "counts"), [(FAILED, (1, 0, 1)), (UNKNOWN, (1, 0, 1)), (WARNING, (1, 1, 0))])
def test_what_fails_and_what_warns(
    profile: LocalProfile, outcome: tuple[bool, str, str], counts: tuple[int, int, int]
) -> None:
    _record(profile, "a_run", 0, PASSED, outcome)
    found = last_verdict(profile)
    assert found is not None
    assert (found["passed"], found["warnings"], found["failed"]) == counts
    assert found["success"] is (counts[2] == 0)
