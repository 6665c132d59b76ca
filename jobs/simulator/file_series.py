"""Write records of one source as a series of landing files of a given size and layout."""

from __future__ import annotations

import itertools
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.simulator.landing_file import LandingFile, partial_path

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jobs.simulator.scenario import Layout


@dataclass(frozen=True)
class WrittenFile:
    """A complete file and the number of objects in it."""

    path: Path
    objects: int


class FileSeries:
    """Writes the files ``<source>-<number>.json`` of one source, one after the other.

    Args:
        folder: of the source; it is there.
        source: the source.
        number: the first file's, as epoch ms; the next files count on.
        layouts: of the files, in turn.
        records_per_file: of every file but the last.
        compress: with gzip.
        remembered: how many of the first files ``first_files`` holds.
    """

    def __init__(
        self,
        folder: Path,
        source: str,
        number: int,
        layouts: Sequence[Layout],
        records_per_file: int,
        *,
        compress: bool,
        remembered: int = 0,
    ) -> None:
        self.first_files: list[WrittenFile] = []
        self.files = self.bytes = self.objects = 0
        self._folder = folder
        self._names = (f"{source}-{n}.json{'.gz' if compress else ''}" for n in itertools.count(number))
        self._layouts = itertools.cycle(layouts)
        self._records_per_file = records_per_file
        self._compress = compress
        self._remembered = remembered
        self._file: LandingFile | None = None

    def write(self, records: Sequence[str]) -> None:
        """Add records; a full file is followed by the next one."""
        start = 0
        while start < len(records):
            file = self._current()
            end = start + file.room
            file.append(records[start:end])
            start = end
            self._complete_if_full(file)

    def write_truncated(self, broken: str) -> None:
        """Add a truncated object."""
        file = self._current()
        file.truncate(broken)
        self._complete_if_full(file)

    def write_empty(self) -> None:
        """Add a file without content."""
        self.complete()
        self._current()
        self.complete()

    def write_copy(self, original: WrittenFile) -> None:
        """Add a copy of another file."""
        self.complete()
        path = self._folder / next(self._names)
        shutil.copyfile(original.path, partial_path(path)).rename(path)
        self._count(path, original.objects, path.stat().st_size)

    def complete(self) -> None:
        """Complete the current file, if any."""
        if file := self._file:
            self._count(file.path, file.objects, file.complete())
            self._file = None

    def discard(self) -> None:
        """Remove the incomplete file."""
        if self._file:
            self._file.discard()
        for partial in self._folder.glob(partial_path(self._folder / "*").name):
            partial.unlink()

    def _current(self) -> LandingFile:
        if self._file is None:
            path = self._folder / next(self._names)
            self._file = LandingFile(path, next(self._layouts), self._records_per_file, compress=self._compress)
        return self._file

    def _complete_if_full(self, file: LandingFile) -> None:
        if not file.room:
            self.complete()

    def _count(self, path: Path, objects: int, size: int) -> None:
        self.files += 1
        self.bytes += size
        self.objects += objects
        if objects and len(self.first_files) < self._remembered:
            self.first_files.append(WrittenFile(path, objects))
