"""Files of tables made again from a backup that holds the very bytes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from catalog.backup.manifest import table_folder
from catalog.backup.relocate import name_within
from catalog.errors import DamagedLakeError
from catalog.profiles.profile import LocalProfile
from catalog.storage.checksums import checksum_in
from catalog.storage.files import LocalStorage, canonical
from catalog.storage.sealed import check_contents, is_sealed

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.backup.manifest import Backup
    from catalog.profiles.profile import Profile


def mending(profile: Profile, identifier: str, location: str, backup: Backup | None) -> Callable[[], str] | None:
    """What puts a table's file back from a backup; None where none has it.

    S3 keeps versions, and its files no checksums of ours: there, nothing tells that a file is the right one.
    """
    if backup is None or not isinstance(profile, LocalProfile):
        return None
    root = canonical(f"file://{profile.warehouse}/{identifier.replace('.', '/')}")
    try:
        name = f"{table_folder(identifier)}/{name_within(location, root)}"
    except DamagedLakeError:
        return None
    return partial(_put_back, backup, name, location) if name in backup.manifest.files else None


def _put_back(backup: Backup, name: str, location: str) -> str:
    """Write the file in place of the damaged one: its checksum says that it is what was written.

    Raises:
        DamagedLakeError: what the backup holds carries no checksum that says that it is this file, or a wrong one.
    """
    data = backup.read(name)
    check_contents(data, location)
    if not is_sealed(data) and checksum_in(location) is None:
        raise DamagedLakeError(f"nothing tells whether {name} of the backup is the same file")
    LocalStorage().write(location, data)
    return f"put back from {backup.named}"
