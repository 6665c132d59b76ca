"""Which exports were made of a lake, so that erasures and proofs find them where they are still."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from catalog.privacy.records import read_record, write_record
from catalog.storage.files import storage_of

if TYPE_CHECKING:
    from catalog.profiles.profile import Profile


def note_export(profile: Profile, folder: Path) -> None:
    """Note that an export was written to a folder of this machine, where the lake is one of it, too.

    Of a lake on S3 whoever erases is elsewhere, and who exports may not write to its records.
    """
    if profile.lock_folder is not None:
        known = sorted({*map(str, known_exports(profile)), str(folder.resolve())})
        write_record(storage_of(profile), _location(profile), {"folders": known})


def known_exports(profile: Profile) -> list[Path]:
    """The folders of the exports that were made of the lake; some may be gone.

    Raises:
        DamagedLakeError: their list cannot be read.
    """
    if profile.lock_folder is None:
        return []
    found = read_record(storage_of(profile), _location(profile), "where exports are is not known")
    folders = found["folders"] if isinstance(found, dict) else found or []  # a list in lakes of earlier versions
    return list(map(Path, folders))


def _location(profile: Profile) -> str:
    return f"{profile.privacy}/exports.json"
