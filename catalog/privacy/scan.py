"""Every file of some places, read, decoded and searched."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import RetryableError
from catalog.privacy.finding import UNREADABLE, Finding, Place, State
from catalog.privacy.parts import parts
from catalog.privacy.unescape import views
from catalog.storage.files import LocalStorage, local_path

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from catalog.privacy.needles import Needles
    from catalog.privacy.part import Part
    from catalog.storage.files import Storage, StoredFile

_LISTINGS = 4
"""How often the places are listed until nothing has changed since the last time."""
_WORKERS = min(8, os.cpu_count() or 1)


@dataclass(frozen=True)
class ScannedFile:
    """A file that was searched.

    Attributes:
        sha256: of its bytes; empty of a delete marker, which has none.
        size: in bytes.
        findings: what it holds.
    """

    sha256: str
    size: int
    findings: tuple[Finding, ...]


@dataclass
class Scan:
    """What was searched, and found.

    Attributes:
        files: those that were searched, every version, by location and version.
        findings: in files and in names.
        empty: places that hold no file.
    """

    files: dict[tuple[str, str | None], ScannedFile] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    empty: list[Place] = field(default_factory=list)


def scan(storage: Storage, places: Sequence[Place], needles: Needles, reached: Container[str] | None = None) -> Scan:
    """Search every file and name of the places, until a listing has nothing that was not searched.

    Args:
        storage: where what begins with ``s3://`` is; all else is on this machine.
        places: where to look; a file in two of them belongs to the one that names it more closely.
        needles: what to look for.
        reached: locations that tables reach: other files of tables are told to be orphans. None: nobody knows.

    Raises:
        RetryableError: files went on changing meanwhile.
        OSError: a place cannot be listed; botocore's errors likewise.
    """
    found = Scan()
    seen: dict[tuple[str, str | None], StoredFile] = {}
    for _ in range(_LISTINGS):
        listed = {(file.location, file.version): (file, place) for place, file in _listed(storage, places)}
        new = [each for key, each in listed.items() if seen.get(key) != each[0]]
        found.empty = [place for place in places if not any(each is place for _, each in listed.values())]
        if not new and seen:
            break
        seen = {key: file for key, (file, _) in listed.items()}
        with ThreadPoolExecutor(_WORKERS) as pool:
            work = pool.map(lambda each: _search(storage, each[0], each[1], needles, reached), new)
            for (file, _), scanned in zip(new, work, strict=True):
                if scanned is not None:
                    found.files[file.location, file.version] = scanned
        if not seen:
            break
    else:
        raise RetryableError("files of the lake go on changing, so that nothing can be proved; end what writes to it")
    found.findings = sorted(
        {each for file in found.files.values() for each in file.findings}
        | {each for place in places for each in _other_names(storage, place, places, needles)}
    )
    return found


def _listed(storage: Storage, places: Sequence[Place]) -> Iterator[tuple[Place, StoredFile]]:
    """Files of all places, those of the closest place last."""
    for place in sorted(places, key=lambda each: len(each.prefix)):
        for file in _storage_of(storage, place).files(place.location):
            yield place, file


def _storage_of(storage: Storage, place: Place) -> Storage:
    return storage if place.location.startswith("s3://") else LocalStorage()


def _search(
    storage: Storage, file: StoredFile, place: Place, needles: Needles, reached: Container[str] | None
) -> ScannedFile | None:
    """Search a file and its name; None where it is gone meanwhile."""
    state = _state(file, reached)
    by_kind: dict[str, set[str]] = {}
    data = b""
    try:
        data = b"" if file.marker else _storage_of(storage, place).read(file)
        _search_parts(data, needles, by_kind)
    except FileNotFoundError:
        return None
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever a decoder raises of a file, the file cannot be read
        by_kind[UNREADABLE] = set()
    sha256 = "" if file.marker else hashlib.sha256(data).hexdigest()
    by_kind |= _in_name("file name", file.location.removeprefix(place.prefix), needles)
    location = _masked(file.location, place, needles)
    findings = (
        Finding(location, kind, place.kind, state, tuple(sorted(values)), sha256, file.version)
        for kind, values in by_kind.items()
    )
    return ScannedFile(sha256, len(data), tuple(findings))


def _search_parts(data: bytes, needles: Needles, by_kind: dict[str, set[str]]) -> None:
    for part in parts(data, frozenset(needles.numbers)):
        if (by_kind and part.last) or not (values := _values(part, needles)):
            continue
        kind = part.kind if not needles.search(part.kind.encode()) else part.kind.partition(",")[0]
        by_kind.setdefault(kind, set()).update(values)


def _values(part: Part, needles: Needles) -> set[str]:
    return {f"{kind} {form}" for view in views(part.data) for kind, form in needles.search(view, part.layout)}


def _in_name(kind: str, name: str, needles: Needles) -> dict[str, set[str]]:
    """What a name holds; letters beside a value make another word there, too."""
    found = {f"{value} {form}" for view in views(os.fsencode(name)) for value, form in needles.search(view)}
    return {kind: found} if found else {}


def _masked(location: str, place: Place, needles: Needles) -> str:
    """The location without any name that holds a value; its last ending stays where it holds none."""
    names = location.removeprefix(place.prefix).split("/")
    masked = ["***" + Path(name).suffix if _in_name("", name, needles) else name for name in names]
    for number, name in enumerate(masked):
        if _in_name("", name, needles):
            masked[number] = "***"
    shown = "/".join(masked)
    return place.prefix + ("***" if _in_name("", shown, needles) else shown)


def _state(file: StoredFile, reached: Container[str] | None) -> State:
    if file.marker:
        return State.MARKER
    if not file.current:
        return State.EARLIER
    of_table = "/warehouse/" in file.location and ("/data/" in file.location or "/metadata/" in file.location)
    return State.ORPHAN if reached is not None and of_table and file.location not in reached else State.CURRENT


def _other_names(storage: Storage, place: Place, places: Sequence[Place], needles: Needles) -> Iterator[Finding]:
    """Names that are no file's: folders, links, which are not followed, and uploads that were never finished."""
    if place.location.startswith("s3://"):
        for location in storage.unfinished(place.location):
            yield Finding(_masked(location, place, needles), UNREADABLE, place.kind, State.UPLOAD)
        return
    within = [local_path(each.location).resolve() for each in places]
    for folder, folders, names in os.walk(local_path(place.location)):
        for name in (*folders, *names):
            path = Path(folder, name)
            kind = "link" if path.is_symlink() else "folder name" if path.is_dir() else ""
            found = _in_name(kind, str(path).removeprefix(str(local_path(place.location))), needles) if kind else {}
            leads_out = path.is_symlink() and not any(path.resolve().is_relative_to(each) for each in within)
            if found or leads_out:
                location = _masked(f"file://{path}", place, needles)
                yield Finding(location, kind, place.kind, values=tuple(sorted(found.get(kind, ()))))
