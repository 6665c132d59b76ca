"""What this process writes is its user's alone, whatever umask the user has."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from catalog.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def write_privately() -> None:
    """Let folders that are made from now on, by this process and those that it starts, be 0700, and files 0600."""
    os.umask(_OTHERS)


def close_to_others(paths: Iterable[Path]) -> None:
    """Take every right from others on files, and on folders with all that is in them; links are left alone.

    Raises:
        UsageError: one of them is somebody else's.
    """
    for path in paths:
        _close(path)
        if path.is_dir() and not path.is_symlink():
            for folder, folders, files in os.walk(path):
                for name in (*folders, *files):
                    _close(path.__class__(folder, name))


def _close(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
        if mode & _OTHERS and not stat.S_ISLNK(mode):
            path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
    except FileNotFoundError:
        return  # a writer's temporary file, or none of this name
    except OSError as error:
        raise UsageError(
            f"others may read {path}, and this cannot be changed: {error.strerror}; make yourself its owner"
        ) from error
