"""Which exports were made of a lake, so that erasures and proofs find them where they are still."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.storage.files import storage_of

if TYPE_CHECKING:
    from catalog.profiles.profile import Profile


def note_export(profile: Profile, folder: Path) -> None:
    """Note that an export was written to a folder of this machine."""
    storage = storage_of(profile)
    known = sorted({*map(str, known_exports(profile)), str(folder.resolve())})
    storage.write(_location(profile), json.dumps(known, indent=1).encode())


def known_exports(profile: Profile) -> list[Path]:
    """The folders of the exports that were made of the lake; some may be gone, or on another machine."""
    storage = storage_of(profile)
    found = next((file for file in storage.files(_location(profile)) if file.current), None)
    return [] if found is None else [Path(folder) for folder in json.loads(storage.read(found))]


def _location(profile: Profile) -> str:
    return f"{profile.privacy}/exports.json"
