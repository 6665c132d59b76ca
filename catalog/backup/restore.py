"""A lake made of a backup, at any place: it is there when all of it is, and answers when erasures are replayed."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from catalog.backup.manifest import table_folder
from catalog.backup.pointers import write_pointers
from catalog.backup.relocate import Relocation
from catalog.errors import LakeBusyError, UsageError
from catalog.lake import connect_catalog
from catalog.machine.private import close_to_others
from catalog.profiles.glue import GlueProfile
from catalog.profiles.identity import new_identity, write_identity
from catalog.profiles.profile import LocalProfile
from catalog.schema.table_spec import Zone
from catalog.storage.files import LocalStorage, storage_of, sync_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pyiceberg.catalog import MetastoreCatalog

    from catalog.backup.manifest import Backup
    from catalog.profiles.profile import Profile
    from catalog.storage.files import Storage


def restore(backup: Backup, profile: Profile) -> None:
    """Make the profile's lake of a backup, marked: it answers nothing until the mark is taken away.

    Raises:
        UsageError: something is there already.
        DamagedLakeError: the backup is damaged; nothing was made.
        LakeBusyError: another process restores to the same place.
    """
    if isinstance(profile, LocalProfile):
        _restore_local(backup, profile)
    elif isinstance(profile, GlueProfile):
        _restore_glue(backup, profile)


def _mark(backup: Backup) -> dict[str, int]:
    return {"backupMadeAt": backup.manifest.made_at, "restoredAt": time.time_ns() // 1_000_000}


def _restore_local(backup: Backup, profile: LocalProfile) -> None:
    """In a folder beside it, which takes the lake's name in the end."""
    lake = profile.lake
    _refuse_used(lake)
    with _staging(lake) as folder:
        staged, storage = LocalProfile(folder), LocalStorage(synced=False)
        pointers = {
            identifier: _restore_table(
                backup,
                identifier,
                new=f"file://{profile.warehouse}/{identifier.replace('.', '/')}",
                put=partial(_put, storage, f"{staged.warehouse}/{identifier.replace('.', '/')}"),
            )
            for identifier in backup.manifest.tables
        }
        _restore_beside(backup, storage, {"privacy": staged.privacy, "reports": str(staged.reports)})
        write_pointers(staged, pointers)
        staged.mark_restored(_mark(backup))
        write_identity(folder, new_identity(lake))
        close_to_others([folder])
        os.sync()  # all of it at once: to wait for each of many small files takes minutes
        try:
            folder.rename(lake)  # which fails where something else is there meanwhile
        except OSError as error:
            raise UsageError(f"{lake} cannot be made: {error.strerror}; choose another folder with --lake") from error
        sync_folder(lake.parent)


def _refuse_used(lake: Path) -> None:
    if lake.exists() and (not lake.is_dir() or any(lake.iterdir())):
        raise UsageError(f"{lake} is already in use and nothing was restored; choose a new folder with --lake")


@contextmanager
def _staging(lake: Path) -> Iterator[Path]:
    """An empty folder of this process's own; what a process that died left in it goes first."""
    folder = lake.with_name(f".{lake.name}.restoring")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{lake} cannot be made: {error.strerror}; choose another folder with --lake") from error
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        yield folder
    except BlockingIOError as error:
        raise LakeBusyError(f"another process restores a backup to {lake}; nothing was made. Run again") from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        os.close(held)


def _put(storage: Storage, root: str, name: str, data: bytes) -> None:
    storage.write(f"{root}/{name}", data)


def _restore_table(backup: Backup, identifier: str, *, new: str, put: Callable[[str, bytes], None]) -> str:
    """Write a table's files, its metadata with the paths that hold from now on; where that is."""
    folder = table_folder(identifier)
    relocation = Relocation(new, lambda name: backup.read(f"{folder}/{name}"), put)
    location = relocation.move(backup.manifest.tables[identifier])
    for name in backup.manifest.under(folder):
        if name not in relocation.written:
            put(name, backup.read(f"{folder}/{name}"))
    return location


def _restore_beside(backup: Backup, storage: Storage, folders: dict[str, str]) -> None:
    for folder, root in folders.items():
        for name in backup.manifest.under(folder):
            storage.write(f"{root}/{name}", backup.read(f"{folder}/{name}"))


def _restore_glue(backup: Backup, profile: GlueProfile) -> None:
    """Objects first; tables are registered last, in databases that are marked before the first of them.

    Where a process dies, the same command goes on: it writes the same objects again.
    """
    profile.for_replay().prepare()
    storage, begun = storage_of(profile), f"{profile.privacy}/restoring.json"
    catalog: Any = connect_catalog(profile)
    if not any(storage.read(file) == backup.manifest.to_json() for file in storage.files(begun) if file.current):
        _refuse_used_glue(profile, catalog)
        backup.verify()  # S3 takes nothing back: a damaged backup is refused before the first object is written
        storage.write(begun, backup.manifest.to_json())
    for zone in Zone:
        catalog.create_namespace_if_not_exists(profile.database(zone))
    profile.mark_restored(_mark(backup))
    pointers = {}
    for identifier in backup.manifest.tables:
        zone_name, _, name = identifier.partition(".")
        database = profile.database(zone_name)
        new = catalog._resolve_table_location(None, database, name)  # noqa: SLF001 - where a new table would be put
        pointers[database, name] = _restore_table(backup, identifier, new=new, put=partial(_put, storage, new))
    _restore_beside(backup, storage, {"privacy": profile.privacy, "reports": profile.reports})
    for table, location in pointers.items():
        if not catalog.table_exists(table):
            catalog.register_table(table, location)
    storage.delete(storage.files(begun))


def _refuse_used_glue(profile: GlueProfile, catalog: MetastoreCatalog) -> None:
    databases = [profile.database(zone) for zone in Zone]
    if profile.has_files() or any(catalog.list_tables(each) for each in databases if catalog.namespace_exists(each)):
        raise UsageError(
            f"{profile.warehouse} or the databases {', '.join(databases)} are in use, and nothing was restored; choose "
            "another prefix with STEDI_DATABASE_PREFIX"
        )
