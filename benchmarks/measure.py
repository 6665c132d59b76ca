"""What commands cost, with everything that they start, and how that compares."""

from __future__ import annotations

import ctypes
import json
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

STEDI = str(Path(sys.executable).with_name("stedi"))
"""Our command."""

_LOOK_EVERY_SECONDS = 0.05
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Measured:
    """What a command cost; CPU seconds of suites where its JSON says so, as ``stedi run`` does.

    Attributes:
        seconds: wall-clock.
        cpu: CPU seconds of all of its processes.
        megabytes_read: what they asked the kernel for: programs and libraries, too, and whatever it had cached.
        gates_cpu: CPU seconds of the suites.
        peak_megabytes: resident memory of all of its processes together, at most.
    """

    seconds: float
    cpu: float
    megabytes_read: float
    gates_cpu: float = 0
    peak_megabytes: float = 0


def measured(command: Sequence[str]) -> Measured:
    """Run the command, which must succeed.

    Spark's JVM and its Python workers outlive their parents by a moment. This process adopts them, as a subreaper
    (Linux), so that they are waited for.
    """
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    others = {child.pid for child in psutil.Process().children()}
    began = time.perf_counter()
    with _counted(others) as counted:
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603 - ours
        seconds = time.perf_counter() - began
        while orphans := _started(others):
            psutil.wait_procs(orphans)
    told = json.loads(done.stdout) if done.stdout.startswith(b"{") else {}
    return Measured(
        seconds,
        sum(cpu for cpu, _ in counted.of.values()),
        sum(read for _, read in counted.of.values()) / 1_000_000,
        told.get("gatesCpuSeconds", 0),
        counted.peak / 1_000_000,
    )


def median(runs: Sequence[Measured], attribute: str) -> float:
    """The median of one attribute."""
    return float(statistics.median(getattr(run, attribute) for run in runs))


def print_ratios(ours: Sequence[Measured], name: str, rival: Sequence[Measured]) -> None:
    """A line for people about each kind of time: the medians of both sides, and their ratio."""
    for attribute, unit in (("seconds", "wall-clock s"), ("cpu", "CPU s"), ("peak_megabytes", "MB in memory")):
        a, b = median(ours, attribute), median(rival, attribute)
        print(f"{unit}: ours {a:.2f}, {name} {b:.2f}, ratio {a / b:.2f}")


def print_median(name: str, runs: Sequence[Measured]) -> None:
    """A line for people: what a command costs."""
    print(f"{name}: {median(runs, 'seconds'):.2f} wall-clock s, {median(runs, 'cpu'):.2f} CPU s")


def simulate(customers: int, to: Path, *options: str) -> None:
    """Write landing data of so many customers to a folder."""
    command = [STEDI, "simulate", "--customers", str(customers), "--to", str(to), *options]
    subprocess.run(command, check=True)  # noqa: S603 - ours


@dataclass
class _Counted:
    """CPU seconds and bytes read by process, and the peak of their resident memory together, in bytes."""

    of: dict[psutil.Process, tuple[float, int]] = field(default_factory=dict)
    peak: int = 0


@contextmanager
def _counted(others: Collection[int]) -> Iterator[_Counted]:
    """What every process costs that the block starts; children that are there already are left out.

    They are looked at every so often: the kernel adds nothing to a parent that does not wait for its children, and
    pyspark's daemon does not.
    """
    counts, done = _Counted(), threading.Event()

    def look() -> None:
        while not done.wait(_LOOK_EVERY_SECONDS):
            started, resident = _started(others), 0
            for process in [*started, *(each for child in started for each in _below(child))]:
                with suppress(psutil.Error), process.oneshot():
                    times = process.cpu_times()
                    counts.of[process] = times.user + times.system, process.io_counters().read_chars
                    resident += process.memory_info().rss
            counts.peak = max(counts.peak, resident)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield counts
    finally:
        done.set()
        thread.join()


def _started(others: Collection[int]) -> list[psutil.Process]:
    """This process's children, adopted ones included, without those that were there before."""
    return [child for child in psutil.Process().children() if child.pid not in others]


def _below(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.Error):
        return process.children(recursive=True)
    return []
