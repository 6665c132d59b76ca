"""The state machines of jobs that may delete: they wait until the lineage does not run, and tell people what failed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jobs.deployment.__main__ import written
from jobs.deployment.access import lineage_scripts, upkeep_scripts
from tests.jobs.deployment.asl import Machine, TaskError
from tests.jobs.deployment.test_state_machine import check_reached, filled

DEFINITIONS = {name: filled(written()[f"{name}.asl.json"]) for name in ("erase", "maintain")}
LINEAGE = "arn:aws:states:us-east-1:123456789012:stateMachine:lake"


class Platform:
    """Answers tasks as Step Functions, Glue and SNS would."""

    def __init__(self, executions: list[int], failures: list[TaskError] | None = None) -> None:
        self.executions, self.failures = executions, failures or []
        self.did: list[str] = []

    def __call__(self, resource: str, parameters: dict[str, Any]) -> Any:
        if resource == "arn:aws:states:::aws-sdk:sfn:listExecutions":
            assert parameters == {"StateMachineArn": LINEAGE, "StatusFilter": "RUNNING", "MaxResults": 1}
            self.did.append("look")
            return {"Executions": [{"Status": "RUNNING"}] * self.executions.pop(0)}
        if resource.endswith(":sns:publish"):
            self.did.append("tell")
            return {}
        assert resource == "arn:aws:states:::glue:startJobRun.sync"
        assert set(parameters) == {"JobName"}
        if self.failures:
            raise self.failures.pop(0)
        self.did.append(parameters["JobName"])
        return {}


@pytest.mark.parametrize("job", DEFINITIONS)
def test_it_waits_for_the_lineage_then_runs_its_job_once(job: str) -> None:
    platform = Platform([1, 1, 0])
    machine = Machine(platform)
    machine.run(DEFINITIONS[job])
    assert platform.did == ["look", "look", "look", f"lake-{job}"]
    assert machine.waited == 600


@pytest.mark.parametrize("job", DEFINITIONS)
def test_what_may_pass_is_tried_again_and_people_are_told_of_the_rest(job: str) -> None:
    again = TaskError("States.TaskFailed", json.dumps({"ErrorMessage": "RetryableError: still at work"}))
    refused = TaskError("States.TaskFailed", json.dumps({"ErrorMessage": "DataRefusedError: something is left"}))
    platform = Platform([0], [again])
    Machine(platform).run(DEFINITIONS[job])
    assert platform.did == ["look", f"lake-{job}"]
    platform = Platform([0], [refused])
    with pytest.raises(TaskError, match="something is left"):
        Machine(platform).run(DEFINITIONS[job])
    assert platform.did == ["look", "tell"]


@pytest.mark.parametrize("job", DEFINITIONS)
def test_the_definition_is_amazon_states_language(job: str) -> None:
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

    AmazonStateLanguageParser.parse(json.dumps(DEFINITIONS[job]))
    check_reached(DEFINITIONS[job])


def test_jobs_that_delete_are_none_of_the_lineage() -> None:
    lineage, upkeep = lineage_scripts(), upkeep_scripts()
    assert {script.name for script in upkeep} == set(DEFINITIONS)
    assert not any(script.deletes or script.erases for script in lineage)
    assert all(script.deletes for script in upkeep)
    started = json.dumps(filled(written()["state_machine.asl.json"]))
    assert not [script.name for script in upkeep if f"lake-{script.name}" in started]
