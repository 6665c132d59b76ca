"""The drop folder: where devices and the app deliver, as ``DIR/<source>/landing/``; a folder, or an address on S3."""

from __future__ import annotations

import errno
import io
import os
import stat
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import quote

from catalog.drop.delivery import DeliveredFile, Listing, beside, is_hidden, sources_without_folder, unknown_folder
from catalog.drop.folder import list_folder, modified_micros
from catalog.errors import UsageError
from catalog.specs.landing import SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyarrow.fs import FileInfo, FileSystem

_ON_S3 = "s3://"
_BUFFER_BYTES = 4 * 1024 * 1024
_MICROS = 1_000_000
_READ_ONLY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def list_drop(drop: Path | str) -> Listing:
    """What is under ``drop/<source>/landing``, by name.

    Files and folders whose names begin with ``.`` or ``_`` are not deliveries.

    Args:
        drop: a folder, or an address ``s3://bucket/prefix?region=…``: whoever opens a file needs no more than that.

    Raises:
        UsageError: the folder is not there, or nothing is in it.
    """
    listing = _on_s3(str(drop)) if str(drop).startswith(_ON_S3) else list_folder(Path(drop))
    if not listing.files and not listing.refused:
        place, expected = shown(drop), f"{{{','.join(SOURCES)}}}/landing"
        found = "".join(f"; {warning}" for warning in listing.warnings)
        raise UsageError(
            f"nothing is delivered in {place}; expected files under {place}/{expected}{found}; "
            f"to create invented data: stedi simulate --to {'DIR' if place.startswith(_ON_S3) else place}"
        )
    return listing


def shown(drop: Path | str) -> str:
    """The drop folder for people: without what says how it is reached."""
    if not str(drop).startswith(_ON_S3):
        return str(drop)
    address = str(drop).partition("?")[0]
    return _ON_S3 + address.removeprefix(_ON_S3).rpartition("@")[2]


def _on_s3(drop: str) -> Listing:
    from pyarrow.fs import FileSystem, FileType

    address, _, reached = drop.partition("?")
    filesystem, path = FileSystem.from_uri(drop)
    root = path.rstrip("/")
    files, warnings = [], []
    top = list(_listed(filesystem, root))
    unknown = [info for info in top if info.base_name not in SOURCES]
    warnings += [unknown_folder(info.base_name) for info in unknown if info.type is FileType.Directory]
    warnings += beside("the sources' folders", [info.base_name for info in unknown if info.type is FileType.File])
    warnings += sources_without_folder([info.base_name for info in top])
    for source in SOURCES:
        others = [info.base_name for info in _listed(filesystem, f"{root}/{source}") if info.base_name != "landing"]
        warnings += beside(f"{source}/landing", [f"{source}/{name}" for name in others])
        for info in _listed(filesystem, f"{root}/{source}/landing", recursive=True):
            if info.type is FileType.File:
                name = info.path.removeprefix(root).lstrip("/")
                uri = f"{address.rstrip('/')}/{quote(name)}?{reached}"
                files.append(DeliveredFile(source, name, uri, info.size, (info.mtime_ns or 0) // 1000))
    return Listing(tuple(files), (), tuple(warnings))


def _listed(filesystem: FileSystem, folder: str, *, recursive: bool = False) -> Iterator[FileInfo]:
    """What is in a folder, by path, without what is hidden at any depth."""
    from pyarrow.fs import FileSelector

    found = filesystem.get_file_info(FileSelector(folder, allow_not_found=True, recursive=recursive))
    for info in sorted(found, key=lambda info: info.path):
        if not any(map(is_hidden, info.path.removeprefix(folder).strip("/").split("/"))):
            yield info


def open_delivered(uri: str) -> BinaryIO:
    """The bytes of a delivered file; also called on executors.

    Raises:
        OSError: it cannot be opened, or is not the file any more that was listed under that path.
    """
    if not uri.startswith(_ON_S3):
        return _open_file(uri)
    from pyarrow.fs import FileSystem

    filesystem, path = FileSystem.from_uri(uri)
    return io.BufferedReader(cast("io.RawIOBase", filesystem.open_input_file(path)), _BUFFER_BYTES)


def _open_file(path: str) -> BinaryIO:
    """Open a file whose path had no link in it when it was listed; one that was put there since is not followed."""
    with ExitStack() as closing:
        # Not to wait for a writer where a pipe stands now.
        file = closing.enter_context(os.fdopen(os.open(path, _READ_ONLY), "rb"))
        if not _is_at(file.fileno(), path):
            raise OSError(errno.ELOOP, "another file stands there since", path)
        closing.pop_all()
        return file


def _is_at(descriptor: int, path: str) -> bool:
    """Whether an open file is the regular file of that path, without a link on the way."""
    opened = os.fstat(descriptor)
    return (
        stat.S_ISREG(opened.st_mode) and os.path.realpath(path) == path and os.path.samestat(opened, Path(path).stat())
    )


def is_as_listed(file: DeliveredFile) -> bool:
    """Whether the file is there, and was not written since it was listed."""
    if not file.uri.startswith(_ON_S3):
        try:
            state = Path(file.uri).stat()
        except OSError as error:
            # A folder that nobody may enter any more says nothing of the file.
            return error.errno in (errno.EACCES, errno.EPERM, errno.EIO)
        return (state.st_size, modified_micros(state)) == (file.size, file.modified_micros)
    from pyarrow.fs import FileSystem, FileType

    filesystem, path = FileSystem.from_uri(file.uri)
    info = filesystem.get_file_info(path)
    # Asked for one object, S3 tells whole seconds.
    written = (info.mtime_ns or 0) // 1000 // _MICROS
    return info.type is FileType.File and (info.size, written) == (file.size, file.modified_micros // _MICROS)
