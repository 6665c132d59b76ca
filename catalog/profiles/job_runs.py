"""Which Glue jobs are at work, and waiting until none is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.errors import RetryableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

_AT_WORK = {"STARTING", "RUNNING", "STOPPING"}
"""States of a run that may write. One that waits in the queue has not begun, and looks for erasures when it does."""
_LOOKED_AT = 200
"""Glue answers with the newest runs first, and no more than these at once; each job has one run at a time."""


def jobs_at_work(glue: Any, names: Sequence[str]) -> list[str]:
    """Those of these jobs of which a run is under way.

    Args:
        glue: boto3's client of Glue.
        names: names of jobs.

    Raises:
        UsageError: a job is not known, so that it cannot be told whether it is at work.
    """
    found = []
    for name in names:
        try:
            runs = glue.get_job_runs(JobName=name, MaxResults=_LOOKED_AT)["JobRuns"]
        except glue.exceptions.EntityNotFoundException as error:
            raise UsageError(f"there is no Glue job {name}; whether it is at work cannot be told") from error
        if any(run["JobRunState"] in _AT_WORK for run in runs):
            found.append(name)
    return found


@dataclass(frozen=True)
class Quiet:
    """Waits until none of these jobs is at work.

    Attributes:
        glue: boto3's client of Glue.
        names: the jobs.
        patience_seconds: how long to wait.
        pause_seconds: how long between two looks.
    """

    glue: Any
    names: Sequence[str]
    patience_seconds: float = 1800
    pause_seconds: float = 15

    def __call__(self) -> None:
        """Wait.

        Raises:
            RetryableError: some are at work still.
            UsageError: as of ``jobs_at_work``.
        """
        until = time.monotonic() + self.patience_seconds
        while busy := jobs_at_work(self.glue, self.names):
            if time.monotonic() >= until:
                raise RetryableError(f"still at work: {', '.join(busy)}; run again when they have ended")
            time.sleep(self.pause_seconds)
