"""What a scan found, where, and what to do about it; never the value itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from catalog.storage.files import local_path


class PlaceKind(StrEnum):
    """What files of a place are for."""

    LAKE = "lake"
    DROP = "drop folder"
    EXPORT = "export"
    REPORT = "report"
    TEMPORARY = "temporary folder"


class State(StrEnum):
    """What a file is to readers."""

    CURRENT = "current"
    ORPHAN = "orphan"
    EARLIER = "noncurrent version"
    MARKER = "delete marker"
    UPLOAD = "unfinished upload"


@dataclass(frozen=True)
class Place:
    """Where to look.

    Attributes:
        location: a folder or file of this machine, as a path or ``file:///…``, or ``s3://bucket/prefix``.
        kind: what its files are for.
    """

    location: str
    kind: PlaceKind = PlaceKind.LAKE

    @property
    def prefix(self) -> str:
        """How locations of its files begin."""
        return self.location if self.location.startswith("s3://") else f"file://{local_path(self.location)}"


UNREADABLE = "unreadable"
_NEXT = {
    UNREADABLE: "nothing is known of it: make it readable, or delete it",
    "tag name": "remove the tag: stedi tag NAME --remove",
    "branch name": "remove the branch",
    "table property": "remove the property",
    "file name": "rename the file, or delete it",
    "folder name": "rename the folder, or delete it",
    "link": "delete the link, or name what it leads to among the places to search",
}
_NEXT_BY_STATE = {
    State.ORPHAN: "no table reaches it: delete it",
    State.EARLIER: "delete this version of the object",
    State.MARKER: "delete the marker, whose key holds the value",
    State.UPLOAD: "abort the upload",
}
_NEXT_BY_PLACE = {
    PlaceKind.LAKE: "erase again: the history of the table was not rewritten in full",
    PlaceKind.DROP: "rewrite the delivery without the person, or delete it",
    PlaceKind.EXPORT: "delete the export, and export again",
    PlaceKind.REPORT: "delete the report",
    PlaceKind.TEMPORARY: "end the process that owns the folder, and delete it",
}


@dataclass(frozen=True, order=True)
class Finding:
    """A part of a file that holds one of the values, or a file that cannot be read.

    Attributes:
        location: of the file; parts of it that hold a value are ``***``.
        kind: what holds the value, such as ``tag name``, ``manifest bound`` or ``rows, column email``.
        place: what the file is for.
        state: what it is to readers.
        values: what was found, such as ``email in plain``.
        sha256: of the file's bytes, by which it can be told where its name cannot; empty where they were not read.
        version: S3's id of the object's version.
    """

    location: str
    kind: str
    place: PlaceKind
    state: State = State.CURRENT
    values: tuple[str, ...] = ()
    sha256: str = ""
    version: str | None = None

    @property
    def next(self) -> str:
        """What to do."""
        return _NEXT_BY_STATE.get(self.state) or _NEXT.get(self.kind) or _NEXT_BY_PLACE[self.place]

    def __str__(self) -> str:
        """One line for people."""
        state = "" if self.state is State.CURRENT else f", {self.state}"
        held = f" holds {', '.join(self.values)}" if self.values else ""
        return f"{self.place}{state}: {self.location}: {self.kind}{held}; {self.next}"
