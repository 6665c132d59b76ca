"""Validation of candidates by their suites, in a thread beside the work that goes on from them."""

from __future__ import annotations

import gc
import threading
import time
from collections import ChainMap
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from catalog.specs import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from concurrent.futures import Future

    from catalog.read.relation_reader import RelationReader
    from expectations.increment.scope import Scope
    from expectations.suites.suite import Suite
    from expectations.validation.validate import Verdict

T = TypeVar("T")


@dataclass
class Validator:
    """Computes verdicts in a thread of its own; to be closed. Not thread-safe while submitted work is running.

    Attributes:
        reader: what suites read by; no other thread shares it.
        run_id: names the run in verdicts.
        views: relations that suites read besides tables, by the name that they know them by.
        cpu: CPU seconds of this process while suites were at work; what reads the drop folder for them is not in it.
    """

    reader: RelationReader
    run_id: str
    views: dict[str, str] = field(default_factory=dict)
    cpu: float = 0.0
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "validate"))

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Let the thread do the work after all that was submitted before."""
        return self._thread.submit(work)

    def close(self) -> None:
        """Wait for what the thread is at, drop what it has not begun, and forget everything."""
        self._thread.shutdown(cancel_futures=True)
        self.reader.close()

    def verdict(self, suite: Suite, snapshots: Mapping[str, int | None], scope: Scope | None = None) -> Verdict:
        """The suite's verdict on its table.

        Args:
            suite: the suite.
            snapshots: the tables to judge by; the judged one among them.
            scope: the part of the tables to judge it on; None: all of them.
        """
        from expectations.validation.validate import validate

        with self._counted():
            return validate(
                self.reader,
                suite,
                ChainMap(self.views, _Relations(self.reader, snapshots)),
                run_id=self.run_id,
                snapshot_id=snapshots[suite.table],
                scope=scope,
                shown=display_sql(snapshots),
            )

    def validate_candidate(
        self,
        identifier: str,
        snapshots: Mapping[str, int | None],
        before: int | None,
        scope: Callable[[], Scope] | None = None,
    ) -> Verdict:
        """The verdict of the table's own suite, and on how much it grows, on a candidate.

        Args:
            identifier: of the table.
            snapshots: the tables to judge by; for the table itself, the candidate.
            before: the table's snapshot that readers see.
            scope: computes the part of the tables to judge an increment on; None: all of them.
        """
        from expectations.increment.volume import volume_scope
        from expectations.suites import SUITES

        candidate = snapshots[identifier]
        if candidate is None:
            raise ValueError(f"{identifier} has no candidate")
        with self._counted():
            part = volume_scope(self.reader, table(identifier), before, candidate)
            if scope is not None:
                part = scope() | part
        return self.verdict(SUITES[identifier], snapshots, part)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Count the CPU seconds of the block: of all threads."""
        began = time.process_time()
        try:
            yield
        finally:
            self.cpu += time.process_time() - began


@cache
def load_suites() -> None:
    """Begin to load what suites need, once a process and in a thread of its own: it takes seconds.

    Tables are made meanwhile; nothing may be forked.
    """
    # Two threads that import the same packages for the first time can see them half made, or wait for each other for
    # ever: what the suites and the rest of a run have in common is imported here, by one.
    import email.parser  # noqa: F401
    import encodings.idna  # noqa: F401

    import numpy.typing  # noqa: F401
    import pandas  # noqa: F401
    import pyarrow  # noqa: F401
    import pydantic  # noqa: F401
    import sqlalchemy.dialects.sqlite
    import sqlalchemy.orm  # noqa: F401

    threading.Thread(target=_load, name="load suites", daemon=True).start()


def _load() -> None:
    from expectations.validation.judge import get_ready

    # Nothing of thousands of modules is garbage; to look for some time and again took a fifth of their loading.
    gc.disable()
    try:
        get_ready()
    finally:
        gc.freeze()
        gc.enable()


class _Relations(dict[str, str]):
    """Relations that are made when a statement asks for them; ``whole_`` before a name asks for all of a table."""

    def __init__(self, reader: RelationReader, snapshots: Mapping[str, int | None]) -> None:
        super().__init__()
        self._reader = reader
        self._snapshots = {table(identifier).name: (table(identifier), pin) for identifier, pin in snapshots.items()}

    def __missing__(self, name: str) -> str:
        return self._reader.relation(*self._snapshots[name.removeprefix("whole_")])


def display_sql(snapshots: Mapping[str, int | None]) -> dict[str, str]:
    """SQL text by which people read each table at its snapshot, in Athena or with ``stedi query``; by short name."""
    return {
        table(identifier).name: identifier if pin is None else f"{identifier} FOR VERSION AS OF {pin}"
        for identifier, pin in snapshots.items()
    }
