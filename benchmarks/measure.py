"""What a command costs, with everything that it starts."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Measured:
    """What a command cost; jobs, megabytes and CPU seconds of suites where its JSON says so, as ``stedi run`` does."""

    seconds: float
    cpu: float
    jobs: int = 0
    megabytes_read: float = 0
    gates_cpu: float = 0


def measured(command: Sequence[str]) -> Measured:
    """Run the command, which must succeed.

    Spark's JVM and its Python workers outlive their parents by a moment. This process adopts them, as a subreaper
    (Linux), so that their CPU seconds are counted, too.
    """
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603 - our own
    seconds = time.perf_counter() - began
    _wait_for_orphans()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    told = json.loads(done.stdout) if done.stdout.startswith(b"{") else {}
    return Measured(
        seconds, cpu, told.get("sparkJobs", 0), told.get("bytesRead", 0) / 1_000_000, told.get("gatesCpuSeconds", 0)
    )


def _wait_for_orphans() -> None:
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return
