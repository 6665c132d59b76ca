"""Faults at named points of a command, within its own process.

A fault is ``ACTION:before|after:POINT:N``: what happens, on which side of the point, at which of its calls; said again,
it happens again. ``python -m tests.faults.inject FAULT… -- ARGUMENT…`` runs a command with faults.
"""

from __future__ import annotations

import errno
import gc
import hashlib
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

POINTS = {
    "open": ("catalog.commit.leftovers", "drop_leftovers"),
    "list": ("jobs.run.ingest", "list_drop"),
    "discover": ("jobs.run.ingest", "new_deliveries"),
    "land": ("jobs.run.landing", "write_accepted"),
    "quarantine": ("jobs.run.landing", "write_quarantined"),
    "plan": ("jobs.run.pipeline", "decide"),
    "build": ("jobs.run.pipeline", "build"),
    "file": ("catalog.commit.arrow_files", "_create"),
    "rows": ("catalog.commit.arrow_files", "_File.add"),
    "finish": ("catalog.commit.arrow_files", "_File.close"),
    "snapshot": ("catalog.commit.snapshot", "_Producer._commit"),
    "metadata": ("pyiceberg.catalog", "MetastoreCatalog._write_metadata"),
    "commit": ("pyiceberg.catalog.sql", "SqlCatalog.commit_table"),
    "glue commit": ("pyiceberg.catalog.glue", "GlueCatalog.commit_table"),
    "validate": ("jobs.run.validate", "Validator.validate_candidate"),
    "publish": ("catalog.commit.publish", "_fast_forward"),
    "record": ("jobs.run.record", "record_verdicts"),
    "report": ("jobs.run.report", "report_run"),
    "compact": ("catalog.maintenance.maintain", "compact"),
    "expire": ("catalog.maintenance.maintain", "expire"),
    "delete": ("catalog.maintenance.maintain", "delete_unreachable"),
}
"""Where a fault can strike: a module and a function in it, or a method of a class."""


def _fail(number: int) -> NoReturn:
    raise OSError(number, os.strerror(number))


def _moved() -> NoReturn:
    from pyiceberg.exceptions import CommitFailedException

    raise CommitFailedException("somebody else was first")


def _unknown() -> NoReturn:
    from pyiceberg.exceptions import CommitStateUnknownException

    raise CommitStateUnknownException("no answer")


def _out_of_memory() -> NoReturn:
    raise MemoryError


class _Finalized:
    """Interrupted where Python can raise nothing, as in a call-back of a library."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)


def _stuck() -> None:
    """Interrupted twice in native code that does not look for signals."""

    def interrupt() -> None:
        for _ in range(2):
            time.sleep(0.5)
            os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    hashlib.pbkdf2_hmac("sha512", b"", b"", 200_000_000)


def _no_java() -> None:
    """Java is killed, as by the kernel for want of memory."""
    import psutil

    for process in psutil.Process().children(recursive=True):
        if process.name() == "java":
            process.kill()
            process.wait()


def _ahead() -> None:
    """From now on the clock is a day ahead, for everything that dates something in a lake."""
    import datetime

    genuine, seconds, nanoseconds, day = datetime.datetime, time.time, time.time_ns, 86_400

    class Ahead(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            return genuine.now(tz) + datetime.timedelta(days=1)

    time.time = lambda: seconds() + day
    time.time_ns = lambda: nanoseconds() + day * 1_000_000_000
    for name, module in list(sys.modules.items()):
        dates = name.startswith(("catalog.", "jobs.", "expectations.")) or name == "pyiceberg.table.update"
        if dates and getattr(module, "datetime", None) is genuine:
            setattr(module, "datetime", Ahead)  # noqa: B010 - whatever module it is


ACTIONS: dict[str, Callable[[], Any]] = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "interrupt": lambda: os.kill(os.getpid(), signal.SIGINT),
    "terminate": lambda: os.kill(os.getpid(), signal.SIGTERM),
    "full": lambda: _fail(errno.ENOSPC),
    "read-only": lambda: _fail(errno.EROFS),
    "moved": _moved,
    "unknown": _unknown,
    "memory": _out_of_memory,
    "swallowed": lambda: gc.collect() if _Finalized() else None,
    "stuck": _stuck,
    "no java": _no_java,
    "ahead": _ahead,
}
"""What can happen there."""


@dataclass
class Fault:
    """One fault, and how often its point was passed.

    Attributes:
        action: what happens.
        side: before the point, or after it.
        point: the point's name.
        at: at which of its calls; 0: at each.
        seen: calls so far.
    """

    action: str
    side: str
    point: str
    at: int
    seen: int = 0

    def strike(self) -> None:
        """Count a call, and let the fault happen where it is the one."""
        with _COUNTING:
            self.seen += 1
            hit = self.at in {0, self.seen}
        if hit:
            ACTIONS[self.action]()


_COUNTING = threading.Lock()


def parse_fault(text: str) -> Fault:
    """A fault from its words."""
    action, side, point, at = text.split(":")
    if action not in ACTIONS or side not in {"before", "after"} or point not in POINTS:
        raise ValueError(text)
    return Fault(action, side, point, int(at))


def install(faults: Sequence[str]) -> list[Fault]:
    """Let faults strike in this process from now on."""
    parsed = [parse_fault(text) for text in faults]
    for fault in parsed:
        module, _, path = (POINTS[fault.point][0], None, POINTS[fault.point][1])
        owner: Any = import_module(module)
        *classes, name = path.split(".")
        for each in classes:
            owner = getattr(owner, each)
        static = isinstance(vars(owner).get(name), staticmethod)
        called = _around(getattr(owner, name), fault)
        setattr(owner, name, staticmethod(called) if static else called)
    return parsed


def _around(genuine: Callable[..., Any], fault: Fault) -> Callable[..., Any]:
    def called(*arguments: Any, **more: Any) -> Any:
        if fault.side == "before":
            fault.strike()
        result = genuine(*arguments, **more)
        if fault.side == "after":
            fault.strike()
        return result

    return called


if __name__ == "__main__":
    from jobs.cli import main

    split = sys.argv.index("--")
    install(sys.argv[1:split])
    sys.argv = ["stedi", *sys.argv[split + 1 :]]
    main()
