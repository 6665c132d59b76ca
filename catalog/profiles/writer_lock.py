"""One writer at a time: SQLite would fail a second one in the middle of its work, without a retry."""

from __future__ import annotations

import fcntl
import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from catalog.errors import LakeBusyError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from catalog.profiles.profile import Profile

_LOCK = "writer.lock"
_MARK = "writing.json"


@contextmanager
def writer_lock(profile: Profile, wait_seconds: float) -> Iterator[None]:
    """Hold the lake's writer lock; nothing where the catalog keeps writers apart.

    Raises:
        LakeBusyError: another process held it for all of ``wait_seconds``.
    """
    folder = profile.lock_folder
    if folder is None:
        yield
        return
    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout:
        raise LakeBusyError(
            f"another run is writing to {folder}; waited {wait_seconds:g} s. "
            "Run again later, or wait longer: --wait 600"
        ) from None
    mark = folder / _MARK
    mark.write_text(json.dumps({"since": time.time_ns() // 1_000_000}), encoding="utf-8")
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)
        lock.release()


def writing_since(profile: Profile) -> int | None:
    """When the writer that is at work began, epoch ms UTC; None where none is, or where the lake has no lock to tell.

    A writer that was killed leaves its mark, but not its lock: what it published is then the state of the lake.
    """
    folder = profile.lock_folder
    if folder is None:
        return None
    try:
        since = int(json.loads((folder / _MARK).read_text(encoding="utf-8"))["since"])
        return since if _held(folder / _LOCK) else None
    except (FileNotFoundError, ValueError):
        return None


def _held(lock: Path) -> bool:
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(file, fcntl.LOCK_UN)
        return False
