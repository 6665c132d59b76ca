"""What a lake keeps beside its tables: records, permissions, and what killed processes left."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.doctor.faults import Fault
from catalog.errors import StediError
from catalog.machine.private import close_to_others
from catalog.machine.workplace import abandoned_folders, remove_abandoned, temporary_folder
from catalog.plural import counted
from catalog.profiles.profile import LocalProfile
from catalog.storage.files import storage_of
from catalog.storage.sealed import unseal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.profiles.profile import Profile

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def beside_faults(profile: Profile) -> Iterator[Fault]:
    """Everything that is not as it should be."""
    yield from _records(profile)
    if isinstance(profile, LocalProfile):
        yield from _permissions(profile)
        yield from _left_by_processes()


def _records(profile: Profile) -> Iterator[Fault]:
    """Records of erasures: who must stay away, which erasures were begun, where exports are."""
    storage = storage_of(profile)
    for file in storage.files(f"{profile.privacy}/"):
        if file.current and file.location.endswith(".json"):
            try:
                json.loads(unseal(storage.read(file), file.location))
            except (ValueError, StediError) as error:
                why = str(error) if isinstance(error, StediError) else f"{file.location} cannot be read"
                yield Fault("records of erasures", "damaged", why, "restore it from a backup before the next run")


def _permissions(profile: LocalProfile) -> Iterator[Fault]:
    """What others may read, and what this user may not."""
    open_to_others, closed_to_us = [], []
    for folder, folders, names in os.walk(profile.lake):
        for path in (Path(folder), *(Path(folder, name) for name in names)):
            if path.is_symlink() or not path.exists():
                continue
            if path.stat().st_mode & _OTHERS:
                open_to_others.append(path)
            if not os.access(path, os.R_OK | (os.X_OK | os.W_OK if path.is_dir() else 0)):
                closed_to_us.append(path)
        folders.sort()
    if open_to_others:
        yield Fault(
            "permissions",
            "left over",
            f"others have rights on {counted(len(open_to_others), 'file or folder', 'files or folders')}, "
            f"such as {open_to_others[0]}",
            f"chmod -R go= {profile.lake}",
            lambda: _closed(profile),
        )
    for path in closed_to_us[:1]:
        what = f"{counted(len(closed_to_us), 'file or folder', 'files or folders')} cannot be used, such as {path}"
        yield Fault("permissions", "damaged", what, "have them given to you, or their mode changed")


def _closed(profile: LocalProfile) -> str:
    close_to_others([profile.lake])
    return "taken away"


def _left_by_processes() -> Iterator[Fault]:
    if found := abandoned_folders():
        yield Fault(
            "temporary folders",
            "left over",
            f"{counted(len(found), 'folder')} of processes that were killed, in {temporary_folder()}",
            "leave them: the next run removes them",
            lambda: f"{counted(len(remove_abandoned()), 'folder')} removed",
        )
