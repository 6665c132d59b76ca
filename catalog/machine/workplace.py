"""This process's own temporary folder: what it and its Spark spill is in there, and goes with it.

A process that is killed leaves its folder; the next one removes it. A lock that the kernel lets go of with the process
tells whether its owner is alive.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

_LOCK = "owner.lock"
_PREFIX = "stedi_run_"
_UNFINISHED = "stedi_new_"


@cache
def workplace() -> Path:
    """The folder, made when it is first asked for; nobody else can look into it."""
    base = temporary_folder()
    remove_abandoned()
    unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=base))
    held = os.open(unfinished / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(held, fcntl.LOCK_EX)
    # Locked before it has its name: whoever finds one without a lock knows that its owner is dead.
    folder = unfinished.with_name(_PREFIX + unfinished.name.removeprefix(_UNFINISHED))
    unfinished.rename(folder)
    atexit.register(_remove_own, folder, os.getpid())
    return folder


def temporary_folder() -> Path:
    """Where programs of this machine have their temporary folders."""
    return Path(tempfile.gettempdir()).resolve()


def remove_abandoned() -> list[Path]:
    """Remove the folders of this user's processes that were killed; those of others, and of live ones, stay."""
    found = abandoned_folders()
    for folder in found:
        shutil.rmtree(folder, ignore_errors=True)
    return found


def abandoned_folders() -> list[Path]:
    """The folders of this user's processes that were killed."""
    found = []
    for folder in sorted(temporary_folder().glob(f"{_PREFIX}*")):
        with suppress(OSError):
            if not folder.is_symlink() and folder.stat().st_uid == os.getuid() and is_abandoned(folder):
                found.append(folder)
    return found


def is_workplace(folder: Path) -> bool:
    """Whether a folder is such a one, by its name."""
    return folder.name.startswith(_PREFIX)


def is_abandoned(folder: Path) -> bool:
    """Whether the process is gone whose folder this is."""
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return True  # removed in part
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True


def _remove_own(folder: Path, owner: int) -> None:
    """Not by a fork of the process, which ends before it does."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
