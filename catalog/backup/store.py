"""Where a backup is kept: in a folder, in one tar archive, or under a prefix on S3."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import DamagedLakeError, UsageError
from catalog.machine.private import close_to_others
from catalog.profiles.glue import GlueProfile
from catalog.storage.files import LocalStorage, S3Storage, StoredFile, sync_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from catalog.profiles.profile import Profile

_ARCHIVE = ".tar"


class BackupStore(ABC):
    """A backup's files, by names with slashes."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[Callable[[str, bytes], None]]:
        """What takes the files of a new backup, which is there when the block ends without an error.

        Raises:
            UsageError: something is there already, or it cannot be written to.
        """

    @abstractmethod
    def get(self, name: str) -> bytes:
        """A file's bytes.

        Raises:
            FileNotFoundError: there is none of that name.
            DamagedLakeError: the backup cannot be read at all.
        """


@dataclass(frozen=True)
class _Folder(BackupStore):
    path: Path

    @contextmanager
    def writing(self) -> Iterator[Callable[[str, bytes], None]]:
        """Into a folder beside it, which takes its name in the end."""
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise UsageError(f"{self.path} is already in use and nothing was written; choose a new folder with --to")
        partial, storage = self.path.with_name(f".{self.path.name}.partial"), LocalStorage(synced=False)
        with _told(self.path):
            shutil.rmtree(partial, ignore_errors=True)  # of a backup that died
            try:
                partial.mkdir(mode=0o700, parents=True)
                yield lambda name, data: storage.write(f"{partial}/{name}", data)
                close_to_others([partial])
                os.sync()  # all of it at once: to wait for each of many small files takes minutes
                partial.rename(self.path)
                sync_folder(self.path.parent)
            finally:
                shutil.rmtree(partial, ignore_errors=True)

    def get(self, name: str) -> bytes:
        return (self.path / name).read_bytes()


@dataclass(frozen=True)
class _Archive(BackupStore):
    path: Path

    @contextmanager
    def writing(self) -> Iterator[Callable[[str, bytes], None]]:
        """Into a file beside it, which takes its name in the end. It is not compressed: tables' files are."""
        if self.path.exists():
            raise UsageError(f"{self.path} is already there and nothing was written; choose a new file with --to")
        partial = self.path.with_name(f".{self.path.name}.partial")
        with _told(self.path):
            try:
                partial.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                partial.unlink(missing_ok=True)  # of a backup that died
                with os.fdopen(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                    with tarfile.open(fileobj=file, mode="w") as archive:
                        yield lambda name, data: _add(archive, name, data)
                    file.flush()
                    os.fsync(file.fileno())
                partial.rename(self.path)
                sync_folder(self.path.parent)
            finally:
                partial.unlink(missing_ok=True)

    def get(self, name: str) -> bytes:
        try:
            with tarfile.open(self.path, "r:") as archive:
                member = archive.extractfile(name)
                if member is None:
                    raise FileNotFoundError(name)
                return member.read()
        except KeyError as error:
            raise FileNotFoundError(name) from error
        except tarfile.TarError as error:
            raise DamagedLakeError(f"the backup {self.path} is damaged, or no tar archive: {error}") from error


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o600
    archive.addfile(entry, io.BytesIO(data))


@dataclass(frozen=True)
class _Prefix(BackupStore):
    storage: S3Storage
    location: str

    @contextmanager
    def writing(self) -> Iterator[Callable[[str, bytes], None]]:
        """The manifest comes last: without it, it is no backup."""
        if next(self.storage.files(f"{self.location}/"), None) is not None:
            raise UsageError(
                f"{self.location} is already in use and nothing was written; choose a new prefix with --to"
            )
        yield lambda name, data: self.storage.write(f"{self.location}/{name}", data)

    def get(self, name: str) -> bytes:
        from botocore.exceptions import ClientError

        try:
            return self.storage.read(StoredFile(f"{self.location}/{name}", 0, 0))
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in {"NoSuchKey", "404"}:
                raise FileNotFoundError(name) from error
            raise


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.filename is None or not str(error.filename).startswith(str(path.parent)):
            raise
        raise UsageError(f"cannot write to {path}: {error.strerror}; choose another place with --to") from error


def backup_store(profile: Profile, named: str) -> BackupStore:
    """The place that is named: a folder, a file ``….tar``, or ``s3://bucket/prefix``.

    Raises:
        UsageError: it is on S3, and the lake is on this machine.
    """
    if named.startswith("s3://"):
        if not isinstance(profile, GlueProfile):
            raise UsageError("a local lake has no access to S3: name a folder, or a file that ends in .tar")
        return _Prefix(S3Storage(profile.client("s3")), named.rstrip("/"))
    path = Path(named).expanduser().resolve()
    return _Archive(path) if path.suffix == _ARCHIVE else _Folder(path)
