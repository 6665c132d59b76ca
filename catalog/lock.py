"""One writer at a time: SQLite would fail a second one in the middle of its work, without a retry."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from catalog.errors import LakeBusyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.profile import LocalProfile


@contextmanager
def writer_lock(profile: LocalProfile, wait_seconds: float) -> Iterator[None]:
    """Hold the lake's writer lock.

    Raises:
        LakeBusyError: another process held it for all of ``wait_seconds``.
    """
    lock = FileLock(profile.lake / "writer.lock")
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout:
        raise LakeBusyError(
            f"another run is writing to {profile.lake}; waited {wait_seconds:g} s. "
            "Run again later, or wait longer: --wait 600"
        ) from None
    try:
        yield
    finally:
        lock.release()
