"""A local catalog that is lost, made again of tables' metadata files; where these leave a doubt, it is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.backup.pointers import write_pointers
from catalog.errors import DamagedLakeError, MissingFileError, UsageError
from catalog.profiles.identity import new_identity, read_identity, refuse_elsewhere, write_identity
from catalog.specs import TABLES
from catalog.storage.files import canonical, local_path
from catalog.storage.reachable import FileKind, reachable_files
from catalog.storage.sealed import unseal

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.profiles.profile import LocalProfile


@dataclass(frozen=True)
class _Version:
    """One metadata file of a table.

    Attributes:
        path: of the file.
        location: of the table.
        order: by which versions follow each other: the last sequence number, when it was written (epoch ms UTC), and
            the file's name, which begins with a number.
        earlier: names of the metadata files that it says came before it, the newest last.
    """

    path: Path
    location: str
    order: tuple[int, int, str]
    earlier: list[str]


def rebuild_catalog(profile: LocalProfile) -> dict[str, str]:
    """Find the tables that the catalog of a lake lacks; where the metadata of each is. Call it under the writer's lock.

    Raises:
        UsageError: no table is lacking.
        DamagedLakeError: two versions of a table may each be the published one, a file of a table is missing, or the
            tables are another place's.
    """
    has_catalog = profile.catalog_file.exists() and profile.catalog_file.stat().st_size > 0
    known = profile.metadata_locations() if has_catalog else {}
    found: dict[str, str] = {}
    for identifier in TABLES:
        folder = profile.warehouse.joinpath(*identifier.split("."))
        files = sorted((folder / "metadata").glob("*.metadata.json"))
        if identifier not in known and files:
            found[identifier] = f"file://{_newest(identifier, [_read(file) for file in files])}"
    if not found:
        raise UsageError(f"the catalog of {profile.lake} lacks no table that has files; see: stedi status")
    refuse_elsewhere(profile.lake, profile.warehouse, found.values())
    for identifier, pointer in found.items():
        _refuse_missing(profile, identifier, pointer)
    write_pointers(profile, found)
    if read_identity(profile.lake) is None:
        write_identity(profile.lake, new_identity(profile.lake))
    return found


def _read(path: Path) -> _Version:
    try:
        found: dict[str, Any] = json.loads(unseal(path.read_bytes(), str(path)))
        earlier = [local_path(entry["metadata-file"]).name for entry in found.get("metadata-log", [])]
        order = found["last-sequence-number"], found["last-updated-ms"], path.name
        return _Version(path, canonical(found["location"]), order, earlier)
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedLakeError(f"{path} is damaged, so which metadata is the newest cannot be told") from error


def _newest(identifier: str, versions: list[_Version]) -> Path:
    """The one that every other leads to.

    What a commit was built on was published. What none was built on may be the newest, or of a commit that failed: the
    latter where another one, on the same base, was built on; or it holds no rows.
    """
    newest = max(versions, key=lambda version: version.order)
    before = {newest.path.name, *_ancestors(newest, {version.path.name: version for version in versions})}
    built_on = {name for version in versions for name in version.earlier[-1:]}
    won = {name for each in versions if each.path.name in before & built_on for name in each.earlier[-1:]}
    for other in versions:
        failed = other.path.name not in built_on and (not other.order[0] or won.intersection(other.earlier[-1:]))
        if other.path.name not in before and not failed:
            raise DamagedLakeError(
                f"which metadata of {identifier} is published cannot be told: {newest.path.name} or {other.path.name}, "
                f"in {newest.path.parent}; move the one that is not elsewhere and run this again, or restore a backup"
            )
    return newest.path


def _ancestors(version: _Version, by_name: dict[str, _Version]) -> set[str]:
    """Names of all that came before it; each version's own log reaches only some way back."""
    found: set[str] = set()
    waiting = [version]
    while waiting:
        for name in waiting.pop().earlier:
            if name not in found:
                found.add(name)
                waiting += [by_name[name]] if name in by_name else []
    return found


def _refuse_missing(profile: LocalProfile, identifier: str, pointer: str) -> None:
    from pyiceberg.table import StaticTable

    table = StaticTable.from_metadata(pointer, dict(profile.pyiceberg_properties()))
    expected = f"file://{profile.warehouse}/{identifier.replace('.', '/')}"
    if canonical(table.location()) != expected:
        raise DamagedLakeError(
            f"{pointer} is metadata of a table in {table.location()}; make a lake of its backup, or of the lake there"
        )
    try:
        reached = reachable_files(table)
    except MissingFileError as error:
        raise DamagedLakeError(
            f"{identifier} misses {error.location}; no catalog was made: restore a backup"
        ) from error
    for location, kind in reached.items():
        if kind is not FileKind.METADATA_LOG and not local_path(location).is_file():
            raise DamagedLakeError(f"{identifier} misses {location}; no catalog was made: restore a backup")
