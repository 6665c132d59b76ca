"""Erasures that are newer than a backup: until they are replayed, or shown not to exist, a restored lake is marked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from catalog.backup.relocate import name_within
from catalog.errors import UsageError
from catalog.profiles.glue import GlueProfile
from catalog.profiles.profile import RESTORED
from catalog.storage.files import LocalStorage, S3Storage, canonical, storage_of

if TYPE_CHECKING:
    from catalog.profiles.profile import Profile
    from catalog.storage.files import Storage

NO_ERASURES = "none"
REPLAY = "replay"
"""The folder, among a lake's records of erasures, of the newer records that are to be replayed."""


def clear_restored_mark(profile: Profile) -> None:
    """Let a restored lake answer: nothing is left to be replayed."""
    storage = storage_of(profile)
    storage.delete(list(storage.files(f"{profile.privacy}/{REPLAY}/")))
    profile.mark_restored(None)


def take_erasures(profile: Profile, named: str) -> list[str]:
    """Say which records of erasures are newer than a restored lake's own; where none is, it answers from now on.

    Newer ones are put beside the lake's own, in a folder ``replay``, and are for ``stedi privacy replay``.

    Args:
        profile: the restored lake.
        named: the folder of the records that the original lake has by now, or a copy of it; or ``none``: somebody
            says that nobody was erased since the backup.

    Returns:
        Names of records that are newer.

    Raises:
        UsageError: the lake was not restored, there are no records, or they are older than the lake's own.
    """
    if profile.restored_mark() is None:
        raise UsageError(f"{profile.place} waits for no erasures: it was not restored, or they are replayed already")
    if named == NO_ERASURES:
        clear_restored_mark(profile)
        return []
    given = read_records(profile, named)
    storage = storage_of(profile)
    own = _records(storage, profile.privacy)
    if lost := sorted(own.keys() - given.keys()):
        raise UsageError(f"{named} lacks {lost[0]}, which the backup holds: name newer records with --erasures")
    newer = sorted(name for name, data in given.items() if own.get(name) != data)
    for name in newer:
        storage.write(f"{profile.privacy}/{REPLAY}/{name}", given[name])
    if not newer:
        clear_restored_mark(profile)
    return newer


def read_records(profile: Profile, named: str) -> dict[str, bytes]:
    """The records in the folder that is named, by path.

    Raises:
        UsageError: there are none, so nothing is shown.
    """
    if named.startswith("s3://"):
        if not isinstance(profile, GlueProfile):
            raise UsageError("a local lake has no access to S3: copy the records to a folder, and name it")
        found = _records(S3Storage(profile.client("s3")), named)
    else:
        found = _records(LocalStorage(), f"file://{Path(named).expanduser().resolve()}")
    if not found:
        raise UsageError(
            f"{named} holds no records of erasures; name the folder privacy of the original lake, or, where nobody was "
            f"erased since the backup: --erasures {NO_ERASURES}"
        )
    return found


def _records(storage: Storage, root: str) -> dict[str, bytes]:
    at = canonical(root)
    found = {name_within(file.location, at): file for file in storage.files(f"{at}/") if file.current}
    own = {name: file for name, file in found.items() if name != RESTORED and not name.startswith(f"{REPLAY}/")}
    return {name: storage.read(file) for name, file in own.items()}
