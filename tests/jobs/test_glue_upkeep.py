"""The Glue jobs that may delete: what they are told by their arguments, and that a missed deadline fails maintenance.

``tests/jobs/erasure/test_erase_on_s3.py`` erases by the job, and ``tests/terraform`` runs both as they are deployed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.errors import DataRefusedError, UsageError
from catalog.maintenance.maintain import Maintenance
from catalog.profiles.glue import GlueProfile
from jobs.glue import run_glue_job
from jobs.glue_upkeep import erase_listed, maintain_tables
from jobs.withdrawal import deadlines
from jobs.withdrawal.deadlines import Chain, Deadlines, Withdrawal, chain_of
from jobs.withdrawal.erasures import Erasures

LIBRARY = Path(__file__).parents[1] / "glue" / "library"
NOW = datetime.now(UTC)
DAYS = ("--withdrawal_days", "20", "--maintenance_days", "3", "--noncurrent_days", "2")


def _withdrawal(days_left: int) -> Withdrawal:
    return Withdrawal("0" * 64, "withdrawn", NOW, NOW + timedelta(days=days_left), ())


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[Withdrawal]:
    """What is open when maintenance is done; no lake is there."""
    withdrawals: list[Withdrawal] = []

    def find(profile: GlueProfile, _key: bytes) -> Deadlines:
        return Deadlines(NOW, chain_of(profile), tuple(withdrawals), (), Erasures({}, ()))

    monkeypatch.syspath_prepend(LIBRARY)
    monkeypatch.setattr(GlueProfile, "must_exist", lambda _: None)
    monkeypatch.setattr("jobs.cli.maintain.maintain_lake", lambda *_: ([], Maintenance(())))
    monkeypatch.setattr(deadlines, "find_deadlines", find)
    return withdrawals


def _job(*arguments: str) -> list[str]:
    return ["job.py", "--JOB_NAME", "lake-job", "--JOB_RUN_ID", "jr_1", *arguments]


def test_maintenance_is_done_where_deadlines_are_open(
    found: list[Withdrawal], capsys: pytest.CaptureFixture[str]
) -> None:
    found.append(_withdrawal(1))
    run_glue_job(maintain_tables, _job(*DAYS))
    assert '"message": "done"' in capsys.readouterr().out


def test_maintenance_fails_where_a_deadline_is_missed(found: list[Withdrawal]) -> None:
    found += [_withdrawal(1), _withdrawal(-1)]
    with pytest.raises(DataRefusedError, match="1 withdrawal missed"):
        run_glue_job(maintain_tables, _job(*DAYS))


def test_the_days_are_those_of_the_arguments(
    found: list[Withdrawal], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not found
    monkeypatch.setenv("STEDI_ENDPOINT", "")
    run_glue_job(maintain_tables, _job(*DAYS))
    assert all(warning in capsys.readouterr().out for warning in Chain(20, 21, 3, 2).warnings)
    assert Chain(20, 21, 3, 2).warnings


@pytest.mark.parametrize("arguments", [("--requests_bucket", "ours"), ("--writers", "a,b")])
def test_nobody_is_erased_where_the_job_is_not_told_whom_to_wait_for(
    arguments: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(LIBRARY)

    def client(*_: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(GlueProfile, "client", client)
    with pytest.raises(UsageError, match="--writers"):
        run_glue_job(erase_listed, _job(*arguments))
