"""Flipped bits at places of a lake that are the same each time, and what readers then get."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyiceberg.manifest import clear_manifest_cache

from catalog.lake import open_lake
from catalog.machine.aws_errors import classify_error
from catalog.read.snapshot_reader import SnapshotReader
from catalog.specs import TABLES
from catalog.storage.files import local_path
from catalog.storage.reachable import FileKind, reachable_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from catalog.profiles.profile import LocalProfile

_GOLDEN = 0.6180339887
CATALOG = "catalog"


@dataclass(frozen=True)
class Place:
    """One bit of a file.

    Attributes:
        table: whose file it is; ``catalog`` for the lake's catalog.
        kind: what the file is.
        file: the file.
        byte: the byte.
        bit: the bit in it.
    """

    table: str
    kind: str
    file: Path
    byte: int
    bit: int


def files_of(profile: LocalProfile) -> list[tuple[str, str, Path]]:
    """Files of the lake by table and kind, in an order that names, which are random, have no part in."""
    lake = open_lake(profile)
    found = [
        (name, str(kind), local_path(location))
        for name, spec in TABLES.items()
        for location, kind in reachable_files(lake.table(spec)).items()
        if kind is not FileKind.METADATA_LOG
    ]
    return [*found, (CATALOG, CATALOG, profile.catalog_file)]


def places(profile: LocalProfile, count: int) -> Iterator[Place]:
    """So many places: all kinds of files in turn, spread over each file."""
    by_kind: dict[str, list[tuple[str, str, Path]]] = {}
    for file in files_of(profile):
        by_kind.setdefault(file[1], []).append(file)
    kinds = sorted(by_kind)
    for number in range(count):
        some = by_kind[kinds[number % len(kinds)]]
        table, kind, path = some[number // len(kinds) % len(some)]
        byte = int(number * _GOLDEN % 1 * path.stat().st_size)
        yield Place(table, kind, path, byte, number % 8)


@contextmanager
def flipped(place: Place) -> Iterator[None]:
    """The bit is another one in this block."""
    data = place.file.read_bytes()
    harmed = bytearray(data)
    harmed[place.byte] ^= 1 << place.bit
    with replaced(place.file, bytes(harmed)):
        yield


@contextmanager
def replaced(file: Path, data: bytes | None) -> Iterator[None]:
    """The file holds something else in this block, or (None) is not there."""
    before = file.read_bytes()
    file.unlink() if data is None else file.write_bytes(data)
    try:
        yield
    finally:
        file.write_bytes(before)


def answers(profile: LocalProfile, name: str) -> list[Any]:
    """All that readers get of a table's snapshots: by both ways to read, and counted; of the catalog, its tables."""
    clear_manifest_cache()
    lake = open_lake(profile)
    if name == CATALOG:
        return [lake.table(spec).metadata_location for spec in TABLES.values()]
    spec = TABLES[name]
    table = lake.table(spec)
    found: list[Any] = [sorted((ref, each.snapshot_id) for ref, each in table.metadata.refs.items())]
    with SnapshotReader(profile) as reader:
        for snapshot in table.metadata.snapshots:
            number = snapshot.snapshot_id
            rows = reader.fetch(f"SELECT * FROM {reader.relation(spec, number)}")
            scanned = table.scan(snapshot_id=number).to_arrow().to_pylist()
            found.append((number, _sorted(rows), _sorted(scanned), reader.rows(spec, number)))
    return found


def _sorted(rows: list[Any]) -> list[str]:
    return sorted(map(str, rows))


def outcome(read: Callable[[], Any], right: Any) -> str:
    """``equal`` where the answer is the right one, ``wrong`` where it is not; else the exit code and the message."""
    try:
        return "equal" if read() == right else "wrong"
    except Exception as error:  # noqa: BLE001 - whatever it is, it must be told as damage
        known = classify_error(error)
        return f"{known.exit_code}: {known}" if known is not None else f"unexpected {type(error).__name__}: {error}"
