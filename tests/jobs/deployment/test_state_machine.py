"""The state machine runs every job after those it needs, tries again what may pass, and tells people what does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from catalog.errors import LakeBusyError, RetryableError
from jobs.deployment.__main__ import written
from jobs.deployment.access import ingest_script, job_script
from jobs.deployment.state_machine import ATTEMPTS, machine, stages
from jobs.lineage import jobs_in_order
from tests.jobs.deployment.asl import Machine, TaskError

NEEDS = {
    job_script(job).name: {job_script(other).name for other in jobs_in_order() if other.writes in job.reads}
    for job in jobs_in_order()
}
RUN_AGAIN = '{"JobRunState": "FAILED", "ErrorMessage": "RetryableError: Glue cannot be reached; run again"}'
REFUSED = '{"JobRunState": "FAILED", "ErrorMessage": "DataRefusedError: trusted.accelerometer_trusted refused"}'


def filled(text: str) -> dict[str, Any]:
    for name, value in {
        "timeout_seconds": "3600",
        "partition": "aws",
        "job_prefix": "lake-",
        "topic_arn": "arn:aws:sns:us-east-1:123456789012:alerts",
        "lineage_arn": "arn:aws:states:us-east-1:123456789012:stateMachine:lake",
    }.items():
        text = text.replace("${" + name + "}", value)
    document: dict[str, Any] = json.loads(text)
    return document


DEFINITION = filled(written()["state_machine.asl.json"])


class Platform:
    """Answers tasks as Glue and SNS would; jobs fail as told."""

    def __init__(self, failures: dict[str, list[TaskError]] | None = None) -> None:
        self.failures = failures or {}
        self.ran: list[str] = []
        self.told: list[str] = []

    def __call__(self, resource: str, parameters: dict[str, Any]) -> Any:
        if resource.endswith(":sns:publish"):
            self.told.append(parameters["Message"])
            return {}
        assert resource == "arn:aws:states:::glue:startJobRun.sync"
        job = parameters["JobName"].removeprefix("lake-")
        if self.failures.get(job):
            raise self.failures[job].pop(0)
        self.ran.append(job)
        return {"JobRunState": "SUCCEEDED"}


def test_every_job_runs_once_and_after_those_that_it_needs() -> None:
    platform = Platform()
    Machine(platform).run(DEFINITION)
    assert platform.ran[0] == ingest_script().name
    assert sorted(platform.ran[1:]) == sorted(NEEDS)
    for job, before in NEEDS.items():
        assert all(platform.ran.index(job) > platform.ran.index(needed) for needed in before)
    assert platform.told == []


def test_a_job_that_says_run_again_is_run_again_after_a_while() -> None:
    failures = {"customer_landing_to_trusted": [TaskError("States.TaskFailed", RUN_AGAIN)] * (ATTEMPTS - 1)}
    platform = Platform(failures)
    interpreter = Machine(platform)
    interpreter.run(DEFINITION)
    assert platform.ran.count("customer_landing_to_trusted") == 1
    assert len(platform.ran) == len(NEEDS) + 1
    assert interpreter.waited == 60 * (ATTEMPTS - 1)


@pytest.mark.parametrize("error", [RetryableError, LakeBusyError])
def test_every_error_that_may_pass_is_known_by_its_name(error: type[Exception]) -> None:
    cause = json.dumps({"ErrorMessage": f"{error.__name__}: run again"})
    platform = Platform({"ingest_landing": [TaskError("States.TaskFailed", cause)]})
    Machine(platform).run(DEFINITION)
    assert len(platform.ran) == len(NEEDS) + 1


def test_one_failure_too_many_is_told_and_ends_the_execution() -> None:
    failures = {"customer_landing_to_trusted": [TaskError("States.TaskFailed", RUN_AGAIN)] * ATTEMPTS}
    platform = Platform(failures)
    with pytest.raises(TaskError, match="RetryableError"):
        Machine(platform).run(DEFINITION)
    assert platform.ran == ["ingest_landing"]
    assert len(platform.told) == 1


def test_refused_data_is_told_at_once_and_nothing_further_runs() -> None:
    platform = Platform({"accelerometer_landing_to_trusted": [TaskError("States.TaskFailed", REFUSED)]})
    with pytest.raises(TaskError, match="DataRefusedError"):
        Machine(platform).run(DEFINITION)
    assert platform.ran == ["ingest_landing", "customer_landing_to_trusted"]
    (message,) = platform.told
    assert "States.TaskFailed" in message
    assert "DataRefusedError" in message


def test_where_glue_is_busy_the_start_is_tried_again_with_growing_pauses() -> None:
    platform = Platform({"ingest_landing": [TaskError("Glue.ThrottlingException", "slow down")] * 3})
    interpreter = Machine(platform)
    interpreter.run(DEFINITION)
    assert interpreter.waited == 30 + 60 + 120
    assert len(platform.ran) == len(NEEDS) + 1


def test_jobs_that_do_not_need_each_other_run_at_the_same_time() -> None:
    needs = {"land": set[str](), "left": {"land"}, "right": {"land"}, "both": {"left", "right"}}
    assert stages(needs) == [["land"], ["left", "right"], ["both"]]
    definition = filled(json.dumps(machine(stages(needs))).replace('"${timeout_seconds}"', "${timeout_seconds}"))
    assert definition["States"]["left and right"]["Type"] == "Parallel"
    platform = Platform()
    Machine(platform).run(definition)
    assert platform.ran == ["land", "left", "right", "both"]
    platform = Platform({"right": [TaskError("States.TaskFailed", REFUSED)]})
    with pytest.raises(TaskError, match="DataRefusedError"):
        Machine(platform).run(definition)
    assert len(platform.told) == 1
    assert "both" not in platform.ran


@pytest.mark.parametrize("needs", [NEEDS, {"left": set[str](), "right": set[str](), "both": {"left", "right"}}])
def test_the_definition_is_amazon_states_language(needs: dict[str, set[str]]) -> None:
    """By the grammar that moto has, and by what a grammar cannot say: every state is there and reached."""
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser, ASLParserException

    definition = filled(json.dumps(machine(stages(needs))).replace('"${timeout_seconds}"', "${timeout_seconds}"))
    text = json.dumps(definition)
    AmazonStateLanguageParser.parse(text)
    check_reached(definition)
    with pytest.raises(ASLParserException):
        AmazonStateLanguageParser.parse(text.replace('"StartAt"', '"BeginAt"'))


def check_reached(definition: dict[str, Any]) -> None:
    states, left = definition["States"], [definition["StartAt"]]
    reached = set[str]()
    while left:
        name = left.pop()
        if name not in reached:
            reached.add(name)
            left += [found for key, found in _pairs(states[name]) if key in {"Next", "Default"}]
            for branch in states[name].get("Branches", ()):
                check_reached(branch)
    assert reached == set(states)
    assert all(len(name) <= 80 for name in states)


def _pairs(node: Any) -> list[tuple[str, Any]]:
    if isinstance(node, list):
        return [pair for each in node for pair in _pairs(each)]
    if not isinstance(node, dict):
        return []
    inner = {key: value for key, value in node.items() if key != "Branches"}
    return [*inner.items(), *(pair for value in inner.values() for pair in _pairs(value))]
