"""Where work on many files is done: in this process, in several of this machine, or on a Spark cluster's executors."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from concurrent.futures import CancelledError, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import get_context
from typing import TYPE_CHECKING, NoReturn, Protocol, TypeVar

from catalog.errors import RetryableError
from catalog.machine.private import write_privately

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from multiprocessing.connection import Connection
    from types import FrameType, TracebackType

    from pyspark.sql import SparkSession

T = TypeVar("T")
R = TypeVar("R")
# To start executors' Python takes as long as to read this much; other processes here gain nothing below their limit,
# as most of the work is in C++, and goes on in several threads.
_LITTLE_FOR_SPARK = 32 * 1024 * 1024
_LITTLE = 96 * 1024 * 1024
_PREPARED = "catalog.engine.worker_imports"
# Each holds about 120 MB; where there are more cores, disks are what is waited for.
_MOST_PROCESSES = 16
_SECONDS_TO_STOP = 10
_ENDED = (
    "a worker process ended before its work was done, perhaps for lack of memory; nothing is wrong with the data. "
    "Close other programs and run again"
)


class Workers(Protocol):
    """Do one piece of work on many items."""

    @property
    def cores(self) -> int:
        """How many tasks are worked on at a time."""

    def map_partitions(
        self, items: Sequence[T], do: Callable[[Iterable[T]], Iterable[R]], *, reads: int, tasks: int
    ) -> list[R]:
        """Do the work, and give its results in the order of the items.

        Args:
            items: say what to read; like the results and ``do``, they can be pickled.
            do: the work on the items of one task.
            reads: how many bytes all of it reads; where they are few, this process does it.
            tasks: into how many tasks to part it, of consecutive items.

        Raises:
            RetryableError: a process that worked on it ended.
        """


@dataclass(frozen=True)
class SparkWorkers:
    """The executors of a Spark session.

    Attributes:
        spark: the session.
    """

    spark: SparkSession

    @property
    def cores(self) -> int:
        """As ``Workers``."""
        return self.spark.sparkContext.defaultParallelism

    def map_partitions(
        self, items: Sequence[T], do: Callable[[Iterable[T]], Iterable[R]], *, reads: int, tasks: int
    ) -> list[R]:
        """As ``Workers``."""
        if reads <= _LITTLE_FOR_SPARK:
            return list(do(iter(items)))
        parts = max(1, min(len(items), tasks))
        return list(self.spark.sparkContext.parallelize(items, parts).mapPartitions(do).collect())


class LocalWorkers:
    """Processes of this machine. They start when there is much to do for the first time, and end with the block.

    Where the block ends with an error, such as that of Ctrl-C, they stop what they are doing: a file that is half
    written is removed. They do so too where this process is killed.

    As with all of ``multiprocessing``, a script that comes to use them says ``if __name__ == "__main__"``.

    Args:
        cores: how many processes; by default as many as this one may use cores, and at most 16.
    """

    def __init__(self, cores: int | None = None) -> None:
        self._cores = cores or min(_usable_cores(), _MOST_PROCESSES)
        self._lock = threading.Lock()
        self._processes: _Processes | None = None

    @property
    def cores(self) -> int:
        """As ``Workers``."""
        return self._cores

    def map_partitions(
        self, items: Sequence[T], do: Callable[[Iterable[T]], Iterable[R]], *, reads: int, tasks: int
    ) -> list[R]:
        """As ``Workers``; several threads may ask for it at once."""
        parts = _parts(items, tasks)
        if reads <= _LITTLE or min(self._cores, len(parts)) == 1:
            return list(do(iter(items)))
        with self._lock:
            processes = self._processes = self._processes or _Processes(self._cores, do.__module__)
        try:
            return processes.map(do, parts)
        except (BrokenProcessPool, CancelledError) as error:
            processes.stop()
            with self._lock:
                self._processes = None if self._processes is processes else self._processes
            raise RetryableError(_ENDED) from error

    def __enter__(self) -> LocalWorkers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        processes, self._processes = self._processes, None
        if processes is not None:
            processes.close() if kind is None else processes.stop()


class _Processes:
    """Processes that wait for work. They end when this one lets go of a pipe, or is no more."""

    def __init__(self, number: int, module: str) -> None:
        # Not fork: this process has threads, whose locks a copy of it would wait for in vain.
        context = get_context("forkserver")
        context.set_forkserver_preload([_PREPARED, module])
        alive, self._held = context.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(number, context, _begin, (alive,))

    def map(self, do: Callable[[Iterable[T]], Iterable[R]], parts: Sequence[Sequence[T]]) -> list[R]:
        """What becomes of each part, in order."""
        submitted = [self._pool.submit(_do, do, part) for part in parts]
        try:
            return [result for future in submitted for result in future.result()]
        except KeyboardInterrupt:
            self.stop()
            raise
        finally:
            # Where one failed, none may still write when its caller removes what was written.
            wait([future for future in submitted if not future.cancel()])

    def close(self) -> None:
        """Let them end."""
        self._pool.shutdown()
        self._held.close()

    def stop(self) -> None:
        """End them, whatever they are doing."""
        self._held.close()
        self._pool.shutdown(cancel_futures=True)


def _usable_cores() -> int:
    # Only Linux tells what this process may use.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _parts(items: Sequence[T], number: int) -> list[Sequence[T]]:
    """Consecutive items in parts of about equal length, none of them empty."""
    number = max(1, min(len(items), number))
    ends = [len(items) * place // number for place in range(number + 1)]
    return [items[start:end] for start, end in pairwise(ends)]


def _begin(alive: Connection) -> None:
    """Get a worker process ready."""
    write_privately()
    # Ctrl-C goes to every process of a terminal: what it means for the workers is for the one who started them to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _exit)
    threading.Thread(target=_watch, args=(alive,), daemon=True).start()


def _exit(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(1)


def _watch(alive: Connection) -> None:
    """End this process when the other end of the pipe is let go of."""
    with suppress(EOFError, OSError):
        alive.recv()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_SECONDS_TO_STOP)
    os._exit(1)


def _do(do: Callable[[Iterable[T]], Iterable[R]], part: Sequence[T]) -> list[R]:
    try:
        return list(do(iter(part)))
    except SystemExit:
        # Everything was tidied up on the way here; the pool's own loop would go on waiting for work.
        os._exit(1)
