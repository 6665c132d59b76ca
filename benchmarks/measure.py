"""What a command costs, with everything that it starts."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LOOK_EVERY_SECONDS = 0.1
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
    (Linux), so that they are waited for.
    """
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    began = time.perf_counter()
    with _counted() as cpu:
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603 - ours
        seconds = time.perf_counter() - began
        _wait_for_orphans()
    told = json.loads(done.stdout) if done.stdout.startswith(b"{") else {}
    return Measured(
        seconds,
        sum(cpu.values()),
        told.get("sparkJobs", 0),
        told.get("bytesRead", 0) / 1_000_000,
        told.get("gatesCpuSeconds", 0),
    )


@contextmanager
def _counted() -> Iterator[dict[tuple[int, float], float]]:
    """CPU seconds of every process that the block starts, by its number and time of starting.

    They are looked at every so often: the kernel adds nothing to a parent that does not wait for its children, and
    pyspark's daemon does not.
    """
    cpu: dict[tuple[int, float], float] = {}
    done = threading.Event()

    def look() -> None:
        this = psutil.Process()
        while not done.wait(_LOOK_EVERY_SECONDS):
            for process in this.children(recursive=True):
                with suppress(psutil.Error), process.oneshot():
                    times = process.cpu_times()
                    cpu[process.pid, process.create_time()] = times.user + times.system

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield cpu
    finally:
        done.set()
        thread.join()


def _wait_for_orphans() -> None:
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return
