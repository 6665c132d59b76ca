"""One landing file: layout and compression. It is hidden until it is complete."""

from __future__ import annotations

import gzip
import re
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from jobs.simulator.scenario import Layout

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_BUFFER_BYTES = 1 << 20
_BEFORE_KEY = re.compile(r', ?(?=")')


@dataclass(frozen=True)
class _Framing:
    """The text around the objects of a file."""

    opening: str
    between: str
    closing: str
    pretty: bool = False


_FRAMINGS = {
    Layout.LINES: _Framing("", "\n", "\n"),
    Layout.JOINED: _Framing("", "", "\n"),
    Layout.TRAILING_COMMAS: _Framing("", ",\n", ",\n"),
    Layout.ARRAY: _Framing("[\n", ",\n", "\n]\n", pretty=True),
    Layout.OBJECT: _Framing("", "\n", "\n", pretty=True),
}


class LandingFile:
    """A file written under a hidden name until it is complete.

    Args:
        path: where it is when complete.
        layout: any but MIXED.
        capacity: objects that it has room for; of layout OBJECT it has one.
        compress: with gzip.
    """

    def __init__(self, path: Path, layout: Layout, capacity: int, *, compress: bool) -> None:
        self.path = path
        self.objects = 0
        self._layout = layout
        self._framing = _FRAMINGS[layout]
        self._capacity = 1 if layout is Layout.OBJECT else capacity
        self._partial = partial_path(path)
        self._open_files = ExitStack()
        self._stream = self._opened(compress=compress)

    @property
    def room(self) -> int:
        """How many more objects fit."""
        return self._capacity - self.objects

    def append(self, objects: Sequence[str]) -> None:
        """Write objects, given as compact JSON."""
        framing = self._framing
        lead = framing.between if self.objects else framing.opening
        text = framing.between.join(map(_pretty, objects) if framing.pretty else objects)
        # Lone surrogates stand for bytes that are not UTF-8.
        self._stream.write((lead + text).encode("utf-8", "surrogateescape"))
        self.objects += len(objects)

    def truncate(self, broken: str) -> None:
        """Write an object that breaks off: its line ends there in JSON Lines, the whole file in any other layout."""
        self.append([broken])
        if self._layout is not Layout.LINES:
            self._capacity = self.objects
            self._framing = _Framing("", "", "")

    def complete(self) -> int:
        """Close the file and give it its name; its size in bytes."""
        if self.objects:
            self._stream.write(self._framing.closing.encode())
        self._open_files.close()
        self._partial.rename(self.path)
        return self.path.stat().st_size

    def discard(self) -> None:
        """Close the file for good; it stays under its hidden name."""
        # What could not be written before cannot be flushed now.
        with suppress(OSError):
            self._open_files.close()

    def _opened(self, *, compress: bool) -> BinaryIO:
        file = self._open_files.enter_context(self._partial.open("wb", _BUFFER_BYTES))
        if not compress:
            return file
        # Neither name nor time goes into the header: the same records give the same bytes.
        return cast("BinaryIO", self._open_files.enter_context(gzip.GzipFile("", "wb", fileobj=file, mtime=0)))


def partial_path(path: Path) -> Path:
    """The hidden name of a file that is not complete; whoever reads the folder skips it."""
    return path.with_name(f".{path.name}.partial")


def _pretty(compact: str) -> str:
    """One key a line; done on the text, so that what is broken stays broken in the same way."""
    broken_up = _BEFORE_KEY.sub(",\n  ", compact.replace("{", "{\n  ", 1))
    return f"{broken_up[:-1]}\n}}" if broken_up.endswith("}") else broken_up
