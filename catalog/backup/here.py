"""A lake that was copied or moved as files, made one of its own: its metadata's paths are rewritten where it is.

Which of the two it was cannot be told where the original is gone, and people may have been erased from the original
since it was copied: the lake is marked, as one that comes from a backup.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.backup.pointers import write_pointers
from catalog.backup.relocate import Relocation
from catalog.errors import DamagedLakeError, UsageError
from catalog.profiles.identity import new_identity, read_identity, write_identity
from catalog.specs import TABLES
from catalog.storage.files import LocalStorage, canonical

if TYPE_CHECKING:
    from catalog.profiles.profile import LocalProfile
    from catalog.storage.files import Storage


def register_here(profile: LocalProfile) -> str:
    """Rewrite the paths of a lake that was made elsewhere; where that was. Call it under the writer's lock.

    Metadata files keep their names, and a file that is rewritten already is so again to the same end: where a process
    dies, the lake stays refused, and the same command goes on.

    Raises:
        UsageError: the lake is here already, or there is none.
        DamagedLakeError: a file is missing, or paths lead elsewhere than the catalog.
    """
    if not profile.catalog_file.exists():
        raise UsageError(f"there is no lake in {profile.lake}: it has no catalog")
    identity, pointers = read_identity(profile.lake), profile.metadata_locations()
    storage, moved, updated_ms = LocalStorage(), {}, 0
    was = identity.location if identity else ""
    for identifier, pointer in pointers.items():
        new = f"file://{profile.warehouse}/{identifier.replace('.', '/')}"
        if identifier not in TABLES or canonical(pointer).startswith(f"{new}/"):
            continue
        old, _, name = canonical(pointer).rpartition("/metadata/")
        was = was or old.removeprefix("file://").partition("/warehouse/")[0]
        relocation = Relocation(new, partial(_read, new), partial(_write, storage, new))
        moved[identifier] = relocation.move(f"metadata/{name}")
        updated_ms = max(updated_ms, relocation.updated_ms)
    if not moved and (identity is None or identity.location == str(profile.lake)):
        raise UsageError(f"the lake {profile.lake} is where it was made: nothing is to be rewritten")
    profile.mark_restored({"backupMadeAt": updated_ms, "restoredAt": time.time_ns() // 1_000_000})
    write_pointers(profile, moved)
    own = new_identity(profile.lake)
    # A lake that was moved is the same lake; a copy is not.
    write_identity(
        profile.lake, replace(own, id=identity.id) if identity and not Path(was).exists() else own, replace=True
    )
    return was


def _write(storage: Storage, table: str, file: str, data: bytes) -> None:
    storage.write(f"{table}/{file}", data)


def _read(location: str, name: str) -> bytes:
    try:
        return Path(f"{location.removeprefix('file://')}/{name}").read_bytes()
    except FileNotFoundError as error:
        raise DamagedLakeError(f"{error.filename} is missing, which a table needs; restore a backup") from error
