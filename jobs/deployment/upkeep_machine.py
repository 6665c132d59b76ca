"""``terraform/erase.asl.json`` and ``maintain.asl.json``: a job that may delete, run when the lineage does not.

Waiting costs nothing here. That the job never works beside another one does not hang on it: Step Functions may list an
execution late, so the job that erases looks again, when nobody can begin any more (``jobs.erasure.requests``), and the
other commits only what nobody else has changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobs.deployment.state_machine import counter, machine

if TYPE_CHECKING:
    from jobs.deployment.state_machine import States

_LOOK, _CHOICE, _WAIT = "look for runs of the lineage", "may it begin", "wait for the lineage"
_WAIT_SECONDS = 300


def upkeep_machine(job: str) -> dict[str, Any]:
    """A state machine that waits until no execution of the lineage is under way, and runs one job.

    Args:
        job: its name.
    """
    made = machine([[job]])
    states: States = {
        _LOOK: {
            "Type": "Task",
            "Resource": "arn:${partition}:states:::aws-sdk:sfn:listExecutions",
            "Parameters": {"StateMachineArn": "${lineage_arn}", "StatusFilter": "RUNNING", "MaxResults": 1},
            "ResultPath": "$.found",
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "BackoffRate": 2, "MaxAttempts": 5}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "tell people"}],
            "Next": _CHOICE,
        },
        _CHOICE: {
            "Type": "Choice",
            "Choices": [{"Variable": "$.found.Executions[0]", "IsPresent": True, "Next": _WAIT}],
            "Default": counter(job),
        },
        _WAIT: {"Type": "Wait", "Seconds": _WAIT_SECONDS, "Next": _LOOK},
    }
    return made | {
        "Comment": f"Run {job} when no execution of the lineage is under way. Written from the jobs' declarations.",
        "StartAt": _LOOK,
        "States": states | made["States"],
    }
