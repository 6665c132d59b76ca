"""Deploying goes step by step, and stops at the first that fails."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

import pytest

from catalog.errors import RetryableError, UsageError
from catalog.profiles.glue import GlueProfile
from catalog.specs import TABLES
from jobs.deployment import deploy as module
from jobs.deployment.deploy import Deployment, deploy, smoke_run
from jobs.deployment.secret import ensure_key

if TYPE_CHECKING:
    from pathlib import Path

OUTPUTS = {
    "state_machine_arn": {"value": "arn:machine"},
    "pseudonym_secret_arn": {"value": "arn:secret"},
    "certificate_secret_arn": {"value": "arn:other"},
}


class Services:
    """Secrets Manager and Step Functions, as far as deploying asks them."""

    def __init__(self, steps: list[str], statuses: list[str]) -> None:
        self.steps, self.statuses = steps, statuses
        self.values: dict[str, str] = {}

    def describe_secret(self, *, SecretId: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
        return {"VersionIdsToStages": {"1": ["AWSCURRENT"]}} if SecretId in self.values else {}

    def put_secret_value(self, *, SecretId: str, SecretString: str) -> None:  # noqa: N803 - AWS's names
        self.values[SecretId] = SecretString

    def start_execution(self, **_: Any) -> dict[str, str]:
        self.steps.append("run")
        return {"executionArn": "arn:execution"}

    def describe_execution(self, **_: Any) -> dict[str, str]:
        return {"status": self.statuses.pop(0)}


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done, in order; Terraform is a script that notes how it was called."""
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "dev.s3.tfbackend").touch()
    program = tmp_path / "bin" / "terraform"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n[ "$2" = output ] && cat {tmp_path}/outputs\nexit 0\n',
        encoding="utf-8",
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}:/bin:/usr/bin")
    monkeypatch.setattr(module, "_POLL_SECONDS", 0)
    return []


def _deploy(
    tmp_path: Path, steps: list[str], monkeypatch: pytest.MonkeyPatch, tables: set[str], status: str
) -> Services:
    services = Services(steps, ["RUNNING", status])
    monkeypatch.setattr(GlueProfile, "client", lambda _self, _service: services)
    monkeypatch.setattr(module, "close_openings", lambda _: ["landing"])
    monkeypatch.setattr(GlueProfile, "metadata_locations", lambda _self: dict.fromkeys(tables, "s3://"))
    (tmp_path / "outputs").write_text(json.dumps(OUTPUTS), encoding="utf-8")
    deploy(Deployment("dev", yes=True, folder=tmp_path, say=steps.append), lambda: steps.append("packaged"))
    return services


def _applied(tmp_path: Path) -> list[str]:
    return [call for call in (tmp_path / "calls").read_text(encoding="utf-8").splitlines() if " apply " in call]


def test_package_upload_apply_run_in_this_order(
    tmp_path: Path, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    services = _deploy(tmp_path, steps, monkeypatch, set(TABLES), "SUCCEEDED")
    keys = ["made the pseudonym key", "made the certificate key"]
    closed = "closed to all but those whom Lake Formation lets in: landing"
    assert steps == ["package", "packaged", "upload", "apply", *keys, closed, "smoke run", "run"]
    upload, apply = _applied(tmp_path)
    assert "-target=module.jobs.aws_s3_object.artefact" in upload
    assert "-target" not in apply
    assert "-var=tables_exist=true" in apply
    assert [len(services.values[secret]) for secret in ("arn:secret", "arn:other")] == [64, 64]
    assert len(set(services.values.values())) == 2


def test_what_needs_the_tables_is_applied_after_the_run_that_made_them(
    tmp_path: Path, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _deploy(tmp_path, steps, monkeypatch, set(), "SUCCEEDED")
    assert steps[-3:-1] == ["run", "apply what needs the tables"]
    assert steps[-1].startswith("closed")
    assert ["true" in call.split("tables_exist=")[1] for call in _applied(tmp_path)] == [False, False, True]


def test_a_failed_smoke_run_is_an_error_and_nothing_more_is_applied(
    tmp_path: Path, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RetryableError, match="ended as FAILED"):
        _deploy(tmp_path, steps, monkeypatch, set(), "FAILED")
    assert len(_applied(tmp_path)) == 2


def test_a_key_that_is_there_is_never_replaced() -> None:
    services = Services([], [])
    assert ensure_key(services, "arn:secret")
    first = dict(services.values)
    assert not ensure_key(services, "arn:secret")
    assert services.values == first


def test_nothing_is_done_where_nobody_said_where_the_state_is(tmp_path: Path) -> None:
    (tmp_path / "environments").mkdir()
    with pytest.raises(UsageError, match=r"dev\.s3\.tfbackend"):
        Deployment("dev", yes=True, folder=tmp_path, say=lambda _: None).initialise()


def test_a_run_that_is_ended_by_hand_is_no_success() -> None:
    with pytest.raises(RetryableError, match="ABORTED"):
        smoke_run(Services([], ["ABORTED"]), "arn:machine")
