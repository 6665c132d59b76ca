"""A drop folder of this machine. Whoever may write to it must not be able to have any other file read."""

from __future__ import annotations

import os
from pathlib import Path

from catalog.drop.delivery import (
    LINK_OUTSIDE,
    UNREADABLE,
    DeliveredFile,
    Listing,
    RefusedFile,
    beside,
    escaped,
    is_hidden,
    printable,
    sources_without_folder,
    unknown_folder,
)
from catalog.errors import UsageError
from catalog.specs.landing import SOURCES

_LATEST_MICROS = 253_402_300_799_000_000  # the year 9999


def list_folder(drop: Path) -> Listing:
    """What is in a drop folder; links that leave it and linked folders are not followed.

    Raises:
        UsageError: it is not there, or cannot be listed.
    """
    root = os.path.realpath(drop)
    try:
        entries = _entries(root)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(
            f"the drop folder {drop} does not exist; to create one with invented data: stedi simulate --to {drop}"
        ) from error
    except OSError as error:
        raise UsageError(f"the drop folder {drop} cannot be listed: {error.strerror}") from error
    walk = _Walk(root)
    unknown = [entry for entry in entries if entry.name not in SOURCES]
    walk.warnings += [unknown_folder(entry.name) for entry in unknown if entry.is_dir()]
    walk.warnings += beside("the sources' folders", [entry.name for entry in unknown if not entry.is_dir()])
    walk.warnings += sources_without_folder([entry.name for entry in entries])
    for source in SOURCES:
        walk.source(source)
    return walk.listing()


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """What is in a folder and not hidden, by name."""
    with os.scandir(folder) as entries:
        return sorted((entry for entry in entries if not is_hidden(entry.name)), key=lambda entry: entry.name)


def modified_micros(state: os.stat_result) -> int:
    """When a file was last written, microseconds since 1970, UTC; within what tables can hold."""
    return max(0, min(state.st_mtime_ns // 1000, _LATEST_MICROS))


class _Walk:
    """Goes through the folders of the sources, and notes what it finds."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._files: list[DeliveredFile] = []
        self._refused: list[RefusedFile] = []
        self.warnings: list[str] = []

    def listing(self) -> Listing:
        def by_name(found: DeliveredFile | RefusedFile) -> str:
            return found.name

        return Listing(
            tuple(sorted(self._files, key=by_name)), tuple(sorted(self._refused, key=by_name)), tuple(self.warnings)
        )

    def source(self, source: str) -> None:
        """Note what one source delivered."""
        for name in (source, f"{source}/landing"):
            path = f"{self._root}/{name}"
            if os.path.lexists(path) and not self._is_inside(os.path.realpath(path)):
                self._refuse(source, name, LINK_OUTSIDE, "it is a link that leaves the drop folder")
                return
        self._look_beside(source)
        # Not by recursion: whoever nests folders deep enough must not end the run.
        folders = [f"{source}/landing"]
        while folders:
            folder = folders.pop()
            for entry in self._in(source, folder):
                name = f"{folder}/{entry.name}"
                if entry.is_symlink():
                    self._link(source, name, entry.path)
                elif entry.is_dir(follow_symlinks=False):
                    folders.append(name)
                elif entry.is_file(follow_symlinks=False):
                    self._file(source, name, os.path.realpath(entry.path))
                else:
                    self.warnings.append(f"{printable(name)} is not read: it is not a regular file")

    def _look_beside(self, source: str) -> None:
        try:
            names = [f"{source}/{entry.name}" for entry in _entries(f"{self._root}/{source}")]
        except NotADirectoryError:
            self.warnings.append(f"{source} is not read: it is not a folder")
        except OSError:
            return  # whether its landing folder can be listed is seen there
        else:
            self.warnings += beside(f"{source}/landing", [name for name in names if name != f"{source}/landing"])

    def _in(self, source: str, folder: str) -> list[os.DirEntry[str]]:
        try:
            return _entries(f"{self._root}/{folder}")
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            self._refuse(source, folder, UNREADABLE, f"the folder cannot be listed ({error.strerror})")
            return []

    def _link(self, source: str, name: str, path: str) -> None:
        target = os.path.realpath(path)
        if not self._is_inside(target):
            self._refuse(source, name, LINK_OUTSIDE, "it is a link that leaves the drop folder")
        elif Path(target).is_dir():
            # What it holds may be read where it is itself; to follow it could go round in a circle.
            self.warnings.append(
                f"{printable(name)} is not read: it is a link to a folder; put the folder itself there"
            )
        else:
            self._file(source, name, target)

    def _file(self, source: str, name: str, path: str) -> None:
        try:
            state = Path(path).stat()
        except FileNotFoundError:
            self.warnings.append(f"{printable(name)} no longer exists: it is left for the next run")
            return
        except OSError as error:
            self._refuse(source, name, UNREADABLE, f"it cannot be examined ({error.strerror})")
            return
        modified = modified_micros(state)
        if escaped(name) != name:
            self._refuse(source, name, UNREADABLE, "its name is not UTF-8", state.st_size, modified)
        else:
            self._files.append(DeliveredFile(source, name, path, state.st_size, modified))

    def _is_inside(self, path: str) -> bool:
        return path == self._root or path.startswith(self._root.rstrip(os.sep) + os.sep)

    def _refuse(
        self, source: str, name: str, reason: str, detail: str, size: int = 0, modified_micros: int = 0
    ) -> None:
        self._refused.append(RefusedFile(source, escaped(name), reason, detail, size, modified_micros))
