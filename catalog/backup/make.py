"""A backup of a lake: what its tables reach, reports, and records of erasures, as of one moment."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from catalog.backup.manifest import (
    CHECKSUM,
    MANIFEST,
    BackedUpFile,
    Manifest,
    described,
    digest,
    table_folder,
)
from catalog.backup.relocate import name_within
from catalog.errors import DamagedLakeError, MissingFileError, RetryableError
from catalog.profiles.identity import read_identity, version
from catalog.profiles.profile import LocalProfile
from catalog.storage.files import StoredFile, canonical, storage_of
from catalog.storage.reachable import FileKind, reachable_files
from catalog.storage.sealed import check_contents

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.backup.store import BackupStore
    from catalog.profiles.profile import Profile
    from catalog.storage.files import Storage

_READINGS = 5


def make_backup(profile: Profile, store: BackupStore) -> Manifest:
    """Back up a lake. Call it under the writer's lock.

    Raises:
        UsageError: there is no lake, or the place is in use.
        DamagedLakeError: the lake misses a file, or has one outside of its tables' folders.
        RetryableError: tables were written to all the time, or a file went meanwhile.
    """
    profile.must_exist()
    storage, made_at = storage_of(profile), time.time_ns() // 1_000_000
    files: dict[str, BackedUpFile] = {}
    pointers = _pointers_of_one_moment(profile)
    tables: dict[str, str] = {}
    with store.writing() as put:
        for identifier, pointer in pointers.items():
            location, locations = _files_of_table(profile, pointer)
            tables[identifier] = name_within(pointer, location)
            for each in locations:
                name = f"{table_folder(identifier)}/{name_within(each, location)}"
                files[name] = _copied(profile, storage, each, name, put)
        for folder, root in _folders(profile).items():
            for found in list(storage.files(f"{root}/")):
                if found.current:
                    name = f"{folder}/{name_within(found.location, canonical(root))}"
                    files[name] = _copied(profile, storage, found.location, name, put)
        identity = read_identity(profile.lake) if isinstance(profile, LocalProfile) else None
        made = Manifest(made_at, version(), identity.id if identity else None, profile.place, tables, files)
        put(MANIFEST, made.to_json())
        put(CHECKSUM, f"{digest(made.to_json())}  {MANIFEST}\n".encode())
    return made


def _pointers_of_one_moment(profile: Profile) -> dict[str, str]:
    """A local catalog answers from one state; Glue's is read until two readings agree: between them, all was so."""
    pointers = profile.metadata_locations()
    if isinstance(profile, LocalProfile):
        return pointers
    for _ in range(_READINGS):
        before, pointers = pointers, profile.metadata_locations()
        if before == pointers:
            return pointers
    raise RetryableError(
        "tables are written to all the time; nothing was backed up. Run again when no run is under way"
    )


def _files_of_table(profile: Profile, pointer: str) -> tuple[str, list[str]]:
    """A table's location, and every file that it reaches but its earlier metadata."""
    from pyiceberg.table import StaticTable

    try:
        table = StaticTable.from_metadata(pointer, dict(profile.pyiceberg_properties()))
        reached = reachable_files(table)
    except MissingFileError as error:
        raise _lost(profile, error.location) from error
    return canonical(table.location()), [each for each, kind in reached.items() if kind is not FileKind.METADATA_LOG]


def _copied(
    profile: Profile, storage: Storage, location: str, name: str, put: Callable[[str, bytes], None]
) -> BackedUpFile:
    from botocore.exceptions import ClientError

    try:
        data = storage.read(StoredFile(location, 0, 0))
    except FileNotFoundError as error:
        raise _lost(profile, location) from error
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "NoSuchKey":
            raise _lost(profile, location) from error
        raise
    check_contents(data, location)
    put(name, data)
    return described(data)


def _lost(profile: Profile, location: str) -> DamagedLakeError | RetryableError:
    """Without a lock, maintenance may have deleted it since tables were looked at."""
    if isinstance(profile, LocalProfile):
        return DamagedLakeError(f"{location} is missing, which a table needs; nothing was backed up")
    return RetryableError(f"{location} is missing, which a table needed; nothing was backed up. Run again")


def _folders(profile: Profile) -> dict[str, str]:
    """What is kept beside tables, by the folder of the backup."""
    reports = getattr(profile, "reports", None)
    folders = {"privacy": profile.privacy}
    return folders | ({"reports": canonical(str(reports))} if reports is not None else {})
