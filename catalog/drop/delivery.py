"""What is found in a drop folder: files to read, files and links that are not read, and what to look at."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from catalog.specs.landing import SOURCES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

UNREADABLE = "unreadable_file"
LINK_OUTSIDE = "link_outside_drop"
DAMAGED = ("truncated_gzip", "corrupt_gzip", "not_gzip", "overlong_gzip")
"""Reasons of the reader for files that are damaged: none of one with changed bytes is landed, the rest of others is."""

_ADDRESS = re.compile(r"[^/\s@]+@[^/\s@]+")
_EXTENSIONS = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")
_NAMES_SHOWN = 5


@dataclass(frozen=True)
class DeliveredFile:
    """A file in the drop folder.

    Attributes:
        source: customer, accelerometer or step_trainer.
        name: its path relative to the drop folder.
        uri: where it is read.
        size: in bytes.
        modified_micros: when it was last written, microseconds since 1970, UTC.
    """

    source: str
    name: str
    uri: str
    size: int
    modified_micros: int


@dataclass(frozen=True)
class RefusedFile:
    """A file, folder or link in the drop folder that is not read: the quarantine names it, and has nothing of it.

    Attributes:
        source: customer, accelerometer or step_trainer.
        name: its path relative to the drop folder; bytes that are no UTF-8 in hexadecimal, escaped.
        reason: ``unreadable_file`` or ``link_outside_drop``.
        detail: why, in words.
        size: in bytes; 0 where it is not known.
        modified_micros: when it was last written, microseconds since 1970, UTC; 0 where it is not known.
    """

    source: str
    name: str
    reason: str
    detail: str
    size: int = 0
    modified_micros: int = 0

    @property
    def key(self) -> str:
        """What stands for the SHA-256 of contents that nobody has read: the same as long as the file stays as it is."""
        known = f"not read\0{self.source}\0{self.name}\0{self.size}\0{self.modified_micros}"
        return hashlib.sha256(known.encode("utf-8", "surrogateescape")).hexdigest()

    @property
    def warning(self) -> str:
        """The file, why it is not read, and what that may mean."""
        meaning = "; a withdrawal may be in it" if self.source == "customer" else ""
        return f"{printable(self.name)} is not read: {self.detail}{meaning}. landing.quarantine names it: {self.reason}"


@dataclass(frozen=True)
class Listing:
    """What is in a drop folder.

    Attributes:
        files: to be read, by name.
        refused: not to be read, by name.
        warnings: what somebody should look at besides, a line each.
    """

    files: tuple[DeliveredFile, ...] = ()
    refused: tuple[RefusedFile, ...] = ()
    warnings: tuple[str, ...] = ()


def is_hidden(name: str) -> bool:
    """Whether a file or folder of that name is no delivery: hidden, or the temporary folder of another program."""
    return name.startswith((".", "_"))


def escaped(name: str) -> str:
    """A file's name as UTF-8: bytes that are none in hexadecimal, escaped."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def printable(name: str) -> str:
    """A file's name for messages: one line of it, and no e-mail address."""
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in escaped(name))
    return _ADDRESS.sub("…@…", text)


def some_of(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - _NAMES_SHOWN
    return ", ".join(map(printable, names[:_NAMES_SHOWN])) + (f" and {more:,} more" if more > 0 else "")


def unknown_folder(name: str) -> str:
    """The warning of a folder beside those of the sources: a misspelt one loses withdrawals."""
    near = get_close_matches(name.lower(), SOURCES, n=1)
    meant = f"; did you mean {near[0]}?" if near else ""
    return f"the folder {printable(name)} is ignored: sources are {', '.join(SOURCES)}{meant}"


def sources_without_folder(names: Collection[str]) -> list[str]:
    """Warnings of sources that have no folder, where others have one: it may be misspelt, or have been forgotten.

    Args:
        names: what lies in the drop folder.
    """
    missing = [source for source in SOURCES if source not in names]
    if len(missing) == len(SOURCES):
        return []
    return [f"nothing is delivered for {source}: there is no folder {source}/landing" for source in missing]


def beside(place: str, names: Sequence[str]) -> list[str]:
    """The warning of what lies in a folder in which nothing is looked for; none where nothing does."""
    return [f"ignored, as they are outside {place}: {some_of(names)}"] if names else []


def damaged(name: str, detail: str) -> str:
    """The warning of a file of which only a part could be read."""
    return f"{printable(name)} is partly read: {detail}"


def nothing_accepted(names: Sequence[str]) -> list[str]:
    """The warning of files whose every record was refused; none where there are none."""
    return [f"no record was accepted from: {some_of(names)}"] if names else []


def oddly_named(files: Iterable[DeliveredFile]) -> list[str]:
    """Warnings of files whose names are not those of JSON; they are read all the same."""
    names = [file.name for file in files if not file.name.lower().endswith(_EXTENSIONS)]
    return [f"read although not named .json or .json.gz: {some_of(names)}"] if names else []
