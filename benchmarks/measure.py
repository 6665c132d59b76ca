"""Wall-clock and CPU seconds of a command with everything that it starts."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_PR_SET_CHILD_SUBREAPER = 36


def measured(command: Sequence[str]) -> tuple[float, float]:
    """Run the command, which must succeed; its wall-clock and CPU seconds.

    Spark's JVM and its Python workers outlive their parents by a moment. This process adopts them, as a subreaper
    (Linux), so that their seconds are counted, too.
    """
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own
    seconds = time.perf_counter() - began
    _wait_for_orphans()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _wait_for_orphans() -> None:
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return
