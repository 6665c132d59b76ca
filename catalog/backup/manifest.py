"""What a backup holds: every file with its SHA-256, and which of them are tables' metadata."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from catalog.errors import DamagedLakeError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalog.backup.store import BackupStore

MANIFEST = "backup.json"
CHECKSUM = "backup.json.sha256"
"""In the form of ``sha256sum``; it is written last."""
_FORMAT = 1


@dataclass(frozen=True)
class BackedUpFile:
    """One file of a backup.

    Attributes:
        size: in bytes.
        sha256: of its bytes, in hexadecimal.
    """

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """A backup.

    Attributes:
        made_at: when tables were looked at, epoch ms UTC.
        made_by: the version of the package.
        lake: the id of the lake; None: it has none.
        place: where the lake was.
        tables: the path of each table's metadata file relative to the table, by ``zone.table``.
        files: every other file of the backup, by name.
    """

    made_at: int
    made_by: str
    lake: str | None
    place: str
    tables: Mapping[str, str]
    files: Mapping[str, BackedUpFile]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files.values())

    def under(self, folder: str) -> list[str]:
        """Paths, relative to a folder of the backup, of the files in it."""
        return [name.removeprefix(f"{folder}/") for name in self.files if name.startswith(f"{folder}/")]

    def to_json(self) -> bytes:
        """As it is kept."""
        return json.dumps({"format": _FORMAT, **asdict(self)}, indent=1).encode()


def table_folder(identifier: str) -> str:
    """The folder of a backup that holds a table's files, under their paths relative to the table."""
    return f"tables/{identifier}"


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def described(data: bytes) -> BackedUpFile:
    """What the manifest says of a file."""
    return BackedUpFile(len(data), digest(data))


@dataclass(frozen=True)
class Backup:
    """A backup that is read; every file is checked before it is given out.

    Attributes:
        store: where it is.
        named: how people named that place.
        manifest: what it holds.
    """

    store: BackupStore
    named: str
    manifest: Manifest

    def read(self, name: str) -> bytes:
        """A file's bytes.

        Raises:
            DamagedLakeError: it is missing, or not what was backed up.
        """
        try:
            data = self.store.get(name)
        except FileNotFoundError as error:
            raise DamagedLakeError(f"the backup {self.named} is damaged: {name} is missing; take another") from error
        if described(data) != self.manifest.files.get(name):
            raise DamagedLakeError(
                f"the backup {self.named} is damaged: {name} is not what was backed up; take another"
            )
        return data

    def verify(self) -> None:
        """Read every file.

        Raises:
            DamagedLakeError: one is missing, or not what was backed up.
        """
        for name in self.manifest.files:
            self.read(name)


def open_backup(store: BackupStore, named: str) -> Backup:
    """The backup that is there.

    Raises:
        UsageError: there is none, or one that was not finished.
        DamagedLakeError: its manifest is not what was written.
    """
    try:
        data, checksum = store.get(MANIFEST), store.get(CHECKSUM)
    except OSError as error:
        why = error.strerror or "missing"
        raise UsageError(
            f"{named} is no whole backup: {MANIFEST} or {CHECKSUM} cannot be read ({why}); name another with --from"
        ) from error
    if checksum.decode("ascii", "replace").split() != [digest(data), MANIFEST]:
        raise DamagedLakeError(f"the backup {named} is damaged: {MANIFEST} and {CHECKSUM} do not agree; take another")
    return Backup(store, named, _parsed(json.loads(data), named))


def _parsed(found: dict[str, Any], named: str) -> Manifest:
    if found.pop("format") != _FORMAT:
        raise UsageError(f"a later version of stedi made {named}: restore it with that version")
    files = {name: BackedUpFile(**file) for name, file in found.pop("files").items()}
    for name in (*files, *found["tables"], *found["tables"].values()):
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise DamagedLakeError(f"the backup {named} names a file outside of itself: {name}")
    return Manifest(files=files, **found)
