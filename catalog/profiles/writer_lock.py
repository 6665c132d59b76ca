"""One writer at a time: SQLite would fail a second one in the middle of its work, without a retry.

Who writes leaves a mark of what was published when it began, by which readers pass over what is half done. Where it
dies, or ends otherwise than it should, a mark stays: its work is to be completed, and what it left is to be swept.
"""

from __future__ import annotations

import fcntl
import json
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from filelock import FileLock, Timeout

from catalog.errors import DamagedLakeError, LakeBusyError, TerminalError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.profiles.profile import Profile

_LOCK = "writer.lock"
_MARK = "writing.json"
_INTERRUPTED = "interrupted.json"


@dataclass(frozen=True)
class Writing:
    """A writer that is at work.

    Attributes:
        since: when it began, epoch ms UTC.
        snapshots: what readers saw of each table then, by identifier; None: nothing was published in it.
    """

    since: int
    snapshots: dict[str, int | None]


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
    try:
        _keep_interrupted(folder)  # of whoever was killed
        _begin(profile, folder)
        yield
        (folder / _MARK).unlink(missing_ok=True)
    except TerminalError:
        (folder / _MARK).unlink(missing_ok=True)  # it said no, and left everything in order
        raise
    except BaseException:
        _keep_interrupted(folder)
        raise
    finally:
        lock.release()


def writing(profile: Profile) -> Writing | None:
    """The writer that is at work; None where none is, or where the lake has no lock to tell.

    A writer that was killed leaves its mark, but not its lock: what it published is then the state of the lake.
    """
    folder = profile.lock_folder
    if folder is None:
        return None
    try:
        mark = Writing(**json.loads((folder / _MARK).read_text(encoding="utf-8")))
        return mark if _held(folder / _LOCK) else None
    except (FileNotFoundError, TypeError, ValueError):
        return None


def interrupted_since(profile: Profile) -> int | None:
    """When the oldest writer began that died or failed and whose work nobody has completed, epoch ms UTC."""
    folder = profile.lock_folder
    if folder is None or writing(profile) is not None:
        return None
    found = [since for name in (_INTERRUPTED, _MARK) if (since := _since(folder / name)) is not None]
    return min(found, default=None)


def interrupted_before(profile: Profile) -> int | None:
    """The same, for who holds the lock now."""
    folder = profile.lock_folder
    return None if folder is None else _since(folder / _INTERRUPTED)


def forget_interrupted(profile: Profile) -> None:
    """Say that the work of writers that died is completed, and what they left is swept."""
    if profile.lock_folder is not None:
        (profile.lock_folder / _INTERRUPTED).unlink(missing_ok=True)


def _begin(profile: Profile, folder: Path) -> None:
    try:
        locations = profile.metadata_locations()
    except DamagedLakeError:
        locations = {}  # not made yet; or whoever opens the lake says what is wrong
    snapshots = {name: _current(location) for name, location in locations.items()}
    unfinished = folder / f".{_MARK}"
    unfinished.write_text(json.dumps(asdict(Writing(time.time_ns() // 1_000_000, snapshots))), encoding="utf-8")
    unfinished.replace(folder / _MARK)


def _current(location: str) -> int | None:
    """What readers see of a table, by its metadata file; pyiceberg takes a second to import."""
    try:
        path = Path(unquote(urlsplit(location).path))
        current: int | None = json.loads(path.read_text(encoding="utf-8")).get("current-snapshot-id")
    except (OSError, ValueError):
        return None  # whoever reads the table says that it is damaged
    return None if current == -1 else current  # as Java writes that there is none


def _keep_interrupted(folder: Path) -> None:
    """Let the mark of who is at work stand for one that was interrupted; the oldest such mark stays."""
    if (folder / _INTERRUPTED).exists():
        (folder / _MARK).unlink(missing_ok=True)
    elif (folder / _MARK).exists():
        (folder / _MARK).replace(folder / _INTERRUPTED)


def _since(mark: Path) -> int | None:
    try:
        return int(json.loads(mark.read_text(encoding="utf-8"))["since"])
    except FileNotFoundError:
        return None
    except (KeyError, TypeError, ValueError):
        return 0  # it was cut short: nobody knows


def _held(lock: Path) -> bool:
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(file, fcntl.LOCK_UN)
        return False
