"""``terraform/state_machine.asl.json``: the order of the jobs in Amazon States Language, from the lineage.

Jobs that do not need each other run at the same time. A job that says "run me again" is run again, after a while; any
other failure, or one too many, is told to people and ends the execution. ``${…}`` is filled in by Terraform.
"""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from catalog.errors import RetryableError
from jobs.deployment.access import ingest_script, job_script
from jobs.lineage import jobs_in_order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ATTEMPTS = 3
"""How often a job is tried that fails for a reason that may pass."""

_MAY_PASS: list[type[RetryableError]] = [RetryableError, *RetryableError.__subclasses__()]
RUN_AGAIN = [f"*{error.__name__}*" for error in _MAY_PASS]
"""What Glue's message of a failed run looks like where the script ended with an error that may pass (jobs/glue.py)."""

_WAIT_SECONDS = 60
BUSY = [
    "Glue.ConcurrentRunsExceededException",
    "Glue.InternalServiceException",
    "Glue.OperationTimeoutException",
    "Glue.ResourceNumberLimitExceededException",
    "Glue.ThrottlingException",
]
"""Errors of starting a run: nothing has run yet."""

States = dict[str, dict[str, Any]]


def state_machine() -> dict[str, Any]:
    """The state machine of the whole lineage: ingest, then every table's job after those that make its inputs."""
    needs = {ingest_script().name: set[str]()}
    makers = {job.writes: job_script(job).name for job in jobs_in_order()}
    for job in jobs_in_order():
        before = {makers[name] for name in job.reads if name in makers}
        needs[makers[job.writes]] = before | {ingest_script().name}
    return machine(stages(needs))


def stages(needs: Mapping[str, set[str]]) -> list[list[str]]:
    """Jobs by stage: each in the first one that all it needs come before.

    Args:
        needs: for each job the jobs that come before it.
    """
    sorter = TopologicalSorter(needs)
    sorter.prepare()
    found = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        found.append(ready)
        sorter.done(*ready)
    return found


def machine(order: Sequence[Sequence[str]]) -> dict[str, Any]:
    """A state machine that runs stage after stage.

    Args:
        order: names of the jobs of each stage.
    """
    starts = [_first(stage) for stage in order]
    states: States = {}
    for stage, following in zip(order, [*starts[1:], "all tables are made"], strict=True):
        if len(stage) == 1:
            states |= _job(stage[0], following, "tell people")
        else:
            states[_first(stage)] = _together(stage, following)
    states |= {"all tables are made": {"Type": "Succeed"}} | _failure()
    return {
        "Comment": "Ingest, then every table after those it is made from. Written from the jobs' declarations.",
        "StartAt": starts[0],
        "TimeoutSeconds": "${timeout_seconds}",
        "States": states,
    }


def _first(stage: Sequence[str]) -> str:
    return counter(stage[0]) if len(stage) == 1 else " and ".join(stage)


def counter(job: str) -> str:
    """The state that begins a job."""
    return f"first attempt at {job}"


def _together(stage: Sequence[str], following: str) -> dict[str, Any]:
    branches = []
    for job in stage:
        ends: States = {f"{job} is done": {"Type": "Succeed"}, f"{job} gave up": _gave_up()}
        branches.append({"StartAt": counter(job), "States": _job(job, f"{job} is done", f"{job} gave up") | ends})
    return {
        "Type": "Parallel",
        "Branches": branches,
        "ResultPath": None,
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "tell people"}],
        "Next": following,
    }


def _job(job: str, following: str, gave_up: str) -> States:
    """The states of one job: run it; where it says so and attempts are left, wait and run it again."""
    why, wait, again = f"may {job} run again", f"wait before {job}", f"next attempt at {job}"
    may_pass = [{"Variable": "$.failure.Cause", "StringMatches": pattern} for pattern in RUN_AGAIN]
    attempts_left = {"Variable": "$.attempt", "NumericLessThan": ATTEMPTS}
    return {
        counter(job): {"Type": "Pass", "Result": 1, "ResultPath": "$.attempt", "Next": job},
        job: {
            "Type": "Task",
            "Resource": "arn:${partition}:states:::glue:startJobRun.sync",
            "Parameters": {"JobName": "${job_prefix}" + job},
            "ResultPath": None,
            "Retry": [{"ErrorEquals": BUSY, "IntervalSeconds": 30, "BackoffRate": 2, "MaxAttempts": 5}],
            "Catch": [
                {"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.failure", "Next": why},
                {"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": gave_up},
            ],
            "Next": following,
        },
        why: {
            "Type": "Choice",
            "Choices": [{"And": [{"Or": may_pass}, attempts_left], "Next": wait}],
            "Default": gave_up,
        },
        wait: {"Type": "Wait", "Seconds": _WAIT_SECONDS, "Next": again},
        # Nothing else of the execution's input is needed further on.
        again: {"Type": "Pass", "Parameters": {"attempt.$": "States.MathAdd($.attempt, 1)"}, "Next": job},
    }


def _gave_up() -> dict[str, Any]:
    return {"Type": "Fail", "ErrorPath": "$.failure.Error", "CausePath": "$.failure.Cause"}


def _failure() -> States:
    return {
        "tell people": {
            "Type": "Task",
            "Resource": "arn:${partition}:states:::sns:publish",
            "Parameters": {
                "TopicArn": "${topic_arn}",
                "Subject": "STEDI lakehouse: a run failed",
                "Message.$": (
                    "States.Format('Execution {} failed: {} {}', $$.Execution.Id, $.failure.Error, $.failure.Cause)"
                ),
            },
            "ResultPath": None,
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "BackoffRate": 2, "MaxAttempts": 3}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "failed"}],
            "Next": "failed",
        },
        "failed": _gave_up(),
    }
