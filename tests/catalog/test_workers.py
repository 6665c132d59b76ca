"""Workers: where little and much is done, in which order, and what becomes of processes that end early."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from catalog.engine.workers import LocalWorkers, SparkWorkers
from catalog.errors import RetryableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pyspark.sql import SparkSession

LITTLE, MUCH = 1_000, 1_000_000_000


def _processes(items: Iterable[int]) -> Iterator[tuple[int, int]]:
    for item in items:
        yield item, os.getpid()


def _end(items: Iterable[int]) -> list[int]:
    for item in items:
        if item == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return [0]


def _run_out_of_memory(items: Iterable[int]) -> list[int]:
    raise MemoryError(f"{len(list(items))} items")


def _refuse(items: Iterable[int]) -> list[int]:
    raise RetryableError(f"not now: {list(items)}")


def _write(folders: Iterable[str]) -> Iterator[str]:
    for folder in folders:
        Path(folder, "new").mkdir()
        Path(folder, "new/file").write_text("", encoding="utf-8")
        yield folder


def _hold(folders: Iterable[str]) -> Iterator[str]:
    """Keep a file, with the number of the process in it, for as long as the work goes on."""
    for folder in folders:
        file = Path(folder, "half_written")
        file.write_text(str(os.getpid()), encoding="utf-8")
        try:
            time.sleep(120)
        finally:
            file.unlink()
        yield folder


@pytest.mark.spark
@pytest.mark.parametrize(("reads", "here"), [(LITTLE, True), (MUCH, False)])
def test_little_work_is_done_here_and_much_by_executors(spark: SparkSession, reads: int, *, here: bool) -> None:
    done = SparkWorkers(spark).map_partitions([1, 2, 3], _processes, reads=reads, tasks=2)
    assert [item for item, _ in done] == [1, 2, 3]
    assert {process == os.getpid() for _, process in done} == {here}


@pytest.mark.parametrize(
    ("items", "cores", "reads", "processes"), [(9, 2, MUCH, 2), (9, 2, LITTLE, 0), (9, 1, MUCH, 0), (1, 2, MUCH, 0)]
)
def test_much_work_is_done_by_other_processes_in_order(items: int, cores: int, reads: int, processes: int) -> None:
    numbers = list(range(items))
    with LocalWorkers(cores) as workers:
        done = workers.map_partitions(numbers, _processes, reads=reads, tasks=4)
        again = workers.map_partitions(numbers, _processes, reads=reads, tasks=4)
    assert [item for item, _ in done] == numbers
    assert [item for item, _ in again] == numbers
    assert len({process for _, process in [*done, *again]} - {os.getpid()}) in range(bool(processes), processes + 1)
    assert not any(psutil.pid_exists(process) for _, process in done if process != os.getpid())


def test_there_are_as_many_processes_as_usable_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {3, 5, 7}, raising=False)
    assert LocalWorkers().cores == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    for number, expected in ((4, 4), (None, 1), (200, 16)):
        monkeypatch.setattr(os, "cpu_count", lambda number=number: number)
        assert LocalWorkers().cores == expected


def test_a_process_that_ends_is_safe_to_try_again() -> None:
    with LocalWorkers(2) as workers:
        with pytest.raises(RetryableError, match="memory"):
            workers.map_partitions([0, 1, 2], _end, reads=MUCH, tasks=3)
        assert [item for item, _ in workers.map_partitions([1, 2], _processes, reads=MUCH, tasks=2)] == [1, 2]


def test_errors_of_the_work_are_raised_here() -> None:
    with LocalWorkers(2) as workers:
        with pytest.raises(MemoryError, match="2 items"):
            workers.map_partitions([1, 2, 3, 4], _run_out_of_memory, reads=MUCH, tasks=2)
        with pytest.raises(RetryableError, match=r"not now: \[1\]"):
            workers.map_partitions([1, 2, 3], _refuse, reads=MUCH, tasks=3)


def test_what_workers_write_is_closed_to_others(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    before = os.umask(0o022)
    try:
        with LocalWorkers(2) as workers:
            workers.map_partitions([str(folder) for folder in folders], _write, reads=MUCH, tasks=2)
    finally:
        os.umask(before)
    for folder in folders:
        assert (folder / "new").stat().st_mode & 0o777 == 0o700
        assert (folder / "new/file").stat().st_mode & 0o777 == 0o600


HELD = """
import sys
from catalog.engine.workers import LocalWorkers
from tests.catalog.test_workers import _hold

if __name__ == "__main__":
    with LocalWorkers(2) as workers:
        workers.map_partitions(sys.argv[1:], _hold, reads=1 << 40, tasks=2)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_and_no_half_written_file_stays(tmp_path: Path, number: signal.Signals) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    program = tmp_path / "program.py"
    program.write_text(HELD, encoding="utf-8")
    root = str(Path(__file__).parents[2])
    started = subprocess.Popen(
        [sys.executable, program, *map(str, folders)],
        cwd=root,
        env=os.environ | {"PYTHONPATH": root},
        stderr=subprocess.DEVNULL,
    )
    held = [folder / "half_written" for folder in folders]
    _wait_until(lambda: all(file.is_file() and file.read_text(encoding="utf-8") for file in held))
    workers = [int(file.read_text(encoding="utf-8")) for file in held]
    children = [child.pid for child in psutil.Process(started.pid).children(recursive=True)]
    assert set(workers) <= set(children)
    started.send_signal(number)
    started.wait(60)
    _wait_until(lambda: not any(map(psutil.pid_exists, children)))
    assert not any(file.exists() for file in held)


def _wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(600):
        if holds():
            return
        time.sleep(0.1)
    pytest.fail("it does not come to that")
