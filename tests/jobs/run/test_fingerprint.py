"""The code key: the same for whatever means the same, and another as soon as a row could be another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from catalog.specs.landing import ACCELEROMETER_LANDING
from catalog.specs.trusted import CUSTOMER_TRUSTED
from jobs.lineage import job_for, jobs_in_order
from jobs.run.fingerprint import code_key, has_todays_meaning

if TYPE_CHECKING:
    from catalog.schema.table_spec import Column, TableSpec
    from jobs.job import Job

_FINGERPRINT = "0123456789abcdef"
_STATEMENT = "SELECT c.person, 'Kept' AS state FROM {relation} c WHERE c.x >= 1"
# What version 0.1, which hashed source texts, wrote into snapshots, with a pseudonym key of that fingerprint.
_KEYS_OF_VERSION_0_1 = {
    "trusted.customer_trusted": "861edb5ac6d64c6e1d4c5e532cccf1197a1cbfc96d58a3bd0ed2ac80bb33af62",
    "trusted.accelerometer_trusted": "3d750ba723c12d42a0ccc520eddc4b6e6480dd3a045c670a80c621cd3e2e3d08",
    "curated.customer_curated": "bf88840083844da5a93f82c7765d64cb38bdfba0f6884a0623d0e4a5716e82d2",
    "trusted.step_trainer_trusted": "2a159eed5e994b70ea77897498f1be32ae3b94b5b06c3d0d01426077c286e399",
    "curated.machine_learning_curated": "e37935f3ff2deb31e38a9732a5890f5bd9a61c86e68f520a1cb1165e17722444",
}


def _job(statement: str, job: Job | None = None) -> Job:
    job = job or job_for("curated.customer_curated")
    return replace(job, transform=lambda **names: statement.format(relation=names["customer_trusted"]))


@pytest.mark.parametrize(
    "statement",
    [
        "\n  SELECT c.person,'Kept' AS state\n  FROM {relation} c\n  WHERE c.x>=1\n",
        "SELECT /*+ BROADCAST(c) */ c.person, 'Kept' AS state FROM {relation} c WHERE c.x >= 1",
        "SELECT c.person, 'Kept' AS state -- why\nFROM {relation} c /* whom */ WHERE c.x >= 1 -- when",
        "select C.PERSON, 'Kept' as STATE from {relation} c where c.x >= 1",
    ],
)
def test_layout_comments_hints_and_case_are_no_meaning(statement: str) -> None:
    assert code_key(_job(statement), _FINGERPRINT) == code_key(_job(_STATEMENT), _FINGERPRINT)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT c.person, 'Kept' AS state FROM {relation} c WHERE c.x > 1",
        "SELECT c.person, 'Kept' AS state FROM {relation} c WHERE c.x >= 2",
        "SELECT c.person, 'kept' AS state FROM {relation} c WHERE c.x >= 1",
        "SELECT c.person, 'Kept ' AS state FROM {relation} c WHERE c.x >= 1",
        "SELECT c.person, `Kept` AS state FROM {relation} c WHERE c.x >= 1",
        "SELECT c.person, 'Kept' AS state FROM {relation} c -- WHERE c.x >= 1",
        "SELECT DISTINCT c.person, 'Kept' AS state FROM {relation} c WHERE c.x >= 1",
    ],
)
def test_another_condition_value_or_column_is_another_meaning(statement: str) -> None:
    assert code_key(_job(statement), _FINGERPRINT) != code_key(_job(_STATEMENT), _FINGERPRINT)


def test_another_input_is_another_meaning() -> None:
    job = _job(_STATEMENT)
    other = replace(job, inputs=(CUSTOMER_TRUSTED, ACCELEROMETER_LANDING))
    assert code_key(other, _FINGERPRINT) != code_key(job, _FINGERPRINT)


def _with_first_column(spec: TableSpec, column: Column) -> TableSpec:
    return replace(spec, columns=(column, *spec.columns[1:]))


def test_names_and_types_of_columns_are_meaning_and_what_is_said_of_them_is_not() -> None:
    job, first = job_for(CUSTOMER_TRUSTED.identifier), CUSTOMER_TRUSTED.columns[0]

    def key(column: Column) -> str:
        return code_key(replace(job, table=_with_first_column(CUSTOMER_TRUSTED, column)), _FINGERPRINT)

    assert key(replace(first, doc="other words", personal=not first.personal)) == key(first)
    changed = [
        replace(first, name="another"),
        replace(first, type="double"),
        replace(first, required=not first.required),
    ]
    assert len({key(column) for column in (first, *changed)}) == 4


@pytest.mark.parametrize("job", jobs_in_order(), ids=lambda job: job.writes)
def test_only_the_table_with_pseudonyms_depends_on_the_key(job: Job) -> None:
    uses_key = job.writes == "curated.machine_learning_curated"
    assert (code_key(job, _FINGERPRINT) != code_key(job, "another")) is uses_key


@pytest.mark.parametrize("job", jobs_in_order(), ids=lambda job: job.writes)
def test_tables_that_version_0_1_made_are_gone_on_with(job: Job) -> None:
    theirs = _KEYS_OF_VERSION_0_1[job.writes]
    assert has_todays_meaning(theirs, job, _FINGERPRINT)
    assert has_todays_meaning(code_key(job, _FINGERPRINT), job, _FINGERPRINT)
    assert has_todays_meaning(theirs, job, "another") is (job.writes != "curated.machine_learning_curated")
    assert not has_todays_meaning("0" * 64, job, _FINGERPRINT)


@pytest.mark.parametrize("job", jobs_in_order(), ids=lambda job: job.writes)
def test_a_table_of_version_0_1_is_not_gone_on_with_once_its_meaning_changes(job: Job) -> None:
    changed = replace(job, transform=lambda **names: f"{job.transform(**names)} LIMIT 1")
    assert not has_todays_meaning(_KEYS_OF_VERSION_0_1[job.writes], changed, _FINGERPRINT)
