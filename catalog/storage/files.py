"""Files as they are stored: listed with every version that is kept, read, and deleted for good."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from catalog.errors import RetryableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from catalog.profiles.profile import Profile

_DELETED_AT_ONCE = 1000
"""S3 takes no more keys in one request."""
_MEANINGS: dict[str, type[OSError]] = {
    "NoSuchKey": FileNotFoundError,
    "NoSuchVersion": FileNotFoundError,
    "AccessDenied": PermissionError,
    "InvalidObjectState": PermissionError,
    "InvalidRequest": PermissionError,
}
"""Of S3's refusals to read; the last is of objects with a key of somebody else's."""


@dataclass(frozen=True, order=True)
class StoredFile:
    """A file, or on S3 one version of an object.

    Attributes:
        location: as tables name it: ``file:///…`` or ``s3://bucket/key``.
        size: in bytes.
        modified_ms: when it was last written, epoch ms UTC.
        version: S3's id of this version; None on this machine.
        current: whether readers of the location get it; an earlier version and a delete marker are not.
        marker: whether it is a delete marker, which holds nothing.
    """

    location: str
    size: int
    modified_ms: int
    version: str | None = None
    current: bool = True
    marker: bool = False


class Storage(Protocol):
    """Where files are stored."""

    def files(self, under: str) -> Iterator[StoredFile]:
        """Every file whose location begins so, with all versions that are kept, by location.

        Raises:
            OSError: the listing is not whole; botocore's errors likewise.
        """

    def read(self, file: StoredFile) -> bytes:
        """The bytes of this very version.

        Raises:
            FileNotFoundError: it is gone.
            PermissionError: it is there, and must not be read, or is archived.
        """

    def write(self, location: str, data: bytes) -> None:
        """Write a file that survives the loss of power from when this returns; one that is there is replaced."""

    def create(self, location: str, data: bytes) -> None:
        """Write a file that is not there yet, as ``write`` does.

        Raises:
            FileExistsError: it is there.
        """

    def delete(self, files: Iterable[StoredFile]) -> None:
        """Delete these versions for good; what is gone already is no error.

        Raises:
            RetryableError: some are still there.
        """

    def unfinished(self, under: str, before_ms: int | None = None) -> Iterator[str]:
        """Locations of uploads that were never finished, whose parts nobody can read; only those begun before then."""

    def drop_unfinished(self, under: str, before_ms: int) -> int:
        """Drop parts of uploads that began before then and were never finished; how many uploads."""


@dataclass(frozen=True)
class LocalStorage(Storage):
    """Files of this machine.

    Attributes:
        synced: whether a file that is written survives the loss of power at once; else who writes sees to it.
    """

    synced: bool = True

    def files(self, under: str) -> Iterator[StoredFile]:
        """Every file under a folder, or the one file; links are not followed."""
        root = local_path(under)
        if root.is_file():
            yield _stored(root)
            return
        for folder, folders, names in os.walk(root, onerror=_raise):
            folders.sort()
            for name in sorted(names):
                path = Path(folder, name)
                if path.is_symlink() or not path.is_file():
                    continue  # a writer's temporary file that went meanwhile, or a socket
                try:
                    stored = _stored(path)
                except FileNotFoundError:
                    continue
                yield stored

    def read(self, file: StoredFile) -> bytes:
        """The file's bytes."""
        return local_path(file.location).read_bytes()

    def write(self, location: str, data: bytes) -> None:
        """Under another name first, so that there is never half a file; then renamed, and the folder synced."""
        path = local_path(location)
        self._write_beside(path, data).replace(path)
        if self.synced:
            sync_folder(path.parent)

    def create(self, location: str, data: bytes) -> None:
        """As ``write``; a link cannot take the place of a file."""
        path = local_path(location)
        unfinished = self._write_beside(path, data)
        try:
            path.hardlink_to(unfinished)
        finally:
            unfinished.unlink()
        sync_folder(path.parent)

    def _write_beside(self, path: Path, data: bytes) -> Path:
        """Write a file, whole, under another name in the same folder."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(data)
            if self.synced:
                file.flush()
                os.fsync(file.fileno())
        return unfinished

    def delete(self, files: Iterable[StoredFile]) -> None:
        """Unlink files, and the folders that are empty then."""
        folders = set()
        for file in files:
            path = local_path(file.location)
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise RetryableError(f"{path} cannot be deleted: {error.strerror}") from error
            folders.add(path.parent)
        for folder in folders:
            sync_folder(folder)
            _remove_empty(folder)

    def unfinished(self, under: str, before_ms: int | None = None) -> Iterator[str]:
        """None: a folder knows of no uploads."""
        return iter(())

    def drop_unfinished(self, under: str, before_ms: int) -> int:
        """Nothing, likewise."""
        return 0


@dataclass(frozen=True)
class S3Storage(Storage):
    """Objects of S3 buckets, with every version that a bucket keeps.

    Attributes:
        client: boto3's client of S3.
    """

    client: Any

    def files(self, under: str) -> Iterator[StoredFile]:
        """Every version of every object, and delete markers."""
        bucket, prefix = bucket_and_key(under)
        pages = self.client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            for entry in sorted((*page.get("Versions", ()), *page.get("DeleteMarkers", ())), key=lambda e: e["Key"]):
                yield StoredFile(
                    f"s3://{bucket}/{entry['Key']}",
                    entry.get("Size", 0),
                    int(entry["LastModified"].timestamp() * 1000),
                    entry["VersionId"],
                    current=entry["IsLatest"] and "Size" in entry,
                    marker="Size" not in entry,
                )

    def read(self, file: StoredFile) -> bytes:
        """The version's bytes."""
        from botocore.exceptions import ClientError

        bucket, key = bucket_and_key(file.location)
        version = {"VersionId": file.version} if file.version is not None else {}
        try:
            data: bytes = self.client.get_object(Bucket=bucket, Key=key, **version)["Body"].read()
        except ClientError as error:
            kind = _MEANINGS.get(error.response["Error"]["Code"])
            if kind is None:
                raise
            raise kind(f"{error.response['Error']['Code']}: {bucket}") from error
        return data

    def write(self, location: str, data: bytes) -> None:
        """S3 answers when the object is durable."""
        bucket, key = bucket_and_key(location)
        self.client.put_object(Bucket=bucket, Key=key, Body=data)

    def create(self, location: str, data: bytes) -> None:
        """S3 refuses what is there, also where two ask at once."""
        from botocore.exceptions import ClientError

        bucket, key = bucket_and_key(location)
        try:
            self.client.put_object(Bucket=bucket, Key=key, Body=data, IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] in {"PreconditionFailed", "ConditionalRequestConflict"}:
                raise FileExistsError(f"the bucket {bucket} has the object already") from error
            raise

    def delete(self, files: Iterable[StoredFile]) -> None:
        """S3 reports what it did not delete key by key, in an answer that is otherwise a success."""
        by_bucket: dict[str, list[dict[str, str]]] = {}
        for file in files:
            bucket, key = bucket_and_key(file.location)
            version = {"VersionId": file.version} if file.version is not None else {}
            by_bucket.setdefault(bucket, []).append({"Key": key, **version})
        for bucket, keys in by_bucket.items():
            waiting = iter(keys)
            while some := list(islice(waiting, _DELETED_AT_ONCE)):
                answer = self.client.delete_objects(Bucket=bucket, Delete={"Objects": some, "Quiet": True})
                if errors := answer.get("Errors"):
                    codes = ", ".join(sorted({error.get("Code", "unknown") for error in errors}))
                    raise RetryableError(f"S3 did not delete {len(errors):,} objects of the bucket {bucket} ({codes})")

    def unfinished(self, under: str, before_ms: int | None = None) -> Iterator[str]:
        """Uploads in parts."""
        bucket, _ = bucket_and_key(under)
        return (f"s3://{bucket}/{upload['Key']}" for upload in self._uploads(under, before_ms))

    def drop_unfinished(self, under: str, before_ms: int) -> int:
        """Abort uploads in parts."""
        bucket, _ = bucket_and_key(under)
        uploads = list(self._uploads(under, before_ms))
        for upload in uploads:
            self.client.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
        return len(uploads)

    def _uploads(self, under: str, before_ms: int | None) -> Iterator[dict[str, Any]]:
        bucket, prefix = bucket_and_key(under)
        for page in self.client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix):
            for upload in page.get("Uploads", ()):
                if before_ms is None or upload["Initiated"].timestamp() * 1000 < before_ms:
                    yield upload


def storage_of(profile: Profile) -> Storage:
    """Where the lake's files are stored."""
    from catalog.profiles.glue import GlueProfile  # which worker processes that write files have no need of

    return S3Storage(profile.client("s3")) if isinstance(profile, GlueProfile) else LocalStorage()


def local_path(location: str) -> Path:
    """The path of a location of this machine; tables write it as an address, of which nothing is quoted, or a path."""
    return Path("/" + location.removeprefix("file:").lstrip("/")) if location.startswith("file:") else Path(location)


def canonical(location: str) -> str:
    """A location in the one way of several that writers spell it: ``file:///…`` or ``s3://…``, no slash at its end."""
    scheme, _, rest = location.partition(":")
    if scheme in {"s3a", "s3n"}:
        location = f"s3:{rest}"
    elif scheme == "file" or location.startswith("/"):
        location = f"file:///{location.removeprefix('file:').lstrip('/')}"
    return location.rstrip("/")


def bucket_and_key(location: str) -> tuple[str, str]:
    """Bucket and key of a location on S3."""
    bucket, _, key = location.partition("://")[2].partition("/")
    return bucket, key


def _stored(path: Path) -> StoredFile:
    state = path.stat()
    return StoredFile(f"file://{path}", state.st_size, state.st_mtime_ns // 1_000_000)


def _raise(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def sync_folder(folder: Path) -> None:
    """Let the folder's entries survive the loss of power."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_empty(folder: Path) -> None:
    """Remove folders that hold nothing any more, upwards; tables make theirs anew."""
    while folder.parent != folder and folder.name not in {"data", "metadata", "warehouse"}:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent
