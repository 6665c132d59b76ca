"""The drop folder: where devices and the app deliver, as ``DIR/<source>/landing/``; a folder, or an address on S3."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import quote

from catalog.errors import UsageError
from catalog.specs.landing import SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator

_ON_S3 = "s3://"
_BUFFER_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class DeliveredFile:
    """A file in the drop folder.

    Attributes:
        source: customer, accelerometer or step_trainer.
        name: its path relative to the drop folder.
        uri: where it is read.
        size: in bytes.
        modified_micros: when it was last written, microseconds since 1970, UTC.
    """

    source: str
    name: str
    uri: str
    size: int
    modified_micros: int


def delivered_files(drop: Path | str) -> list[DeliveredFile]:
    """Every file under ``drop/<source>/landing``, by name; files that begin with ``.`` or ``_`` are not deliveries.

    Args:
        drop: a folder, or an address ``s3://bucket/prefix?region=…``: whoever opens a file needs no more than that.

    Raises:
        UsageError: the folder is not there, or nothing is in it.
    """
    listed = _on_s3(drop) if str(drop).startswith(_ON_S3) else _in_folder(Path(drop))
    files = [file for file in listed if not file.name.rpartition("/")[2].startswith((".", "_"))]
    if not files:
        place, expected = shown(drop), f"{{{','.join(SOURCES)}}}/landing"
        raise UsageError(
            f"nothing is delivered in {place}: expected files under {place}/{expected}; "
            f"make some to try with: stedi simulate --to {'DIR' if place.startswith(_ON_S3) else place}"
        )
    return files


def shown(drop: Path | str) -> str:
    """The drop folder for people: without what says how it is reached."""
    if not str(drop).startswith(_ON_S3):
        return str(drop)
    address = str(drop).partition("?")[0]
    return _ON_S3 + address.removeprefix(_ON_S3).rpartition("@")[2]


def _in_folder(drop: Path) -> Iterator[DeliveredFile]:
    if not drop.is_dir():
        raise UsageError(f"the drop folder {drop} is not there; make one to try with: stedi simulate --to {drop}")
    for source in SOURCES:
        for path in sorted((drop / source / "landing").rglob("*")):
            if path.is_file():
                state, name = path.stat(), path.relative_to(drop).as_posix()
                yield DeliveredFile(source, name, str(path.resolve()), state.st_size, state.st_mtime_ns // 1000)


def _on_s3(drop: str | Path) -> Iterator[DeliveredFile]:
    from pyarrow.fs import FileSelector, FileSystem, FileType

    address, _, reached = str(drop).partition("?")
    filesystem, root = FileSystem.from_uri(str(drop))
    for source in SOURCES:
        folder = FileSelector(f"{root.rstrip('/')}/{source}/landing", allow_not_found=True, recursive=True)
        found = filesystem.get_file_info(folder)
        for info in sorted(found, key=lambda info: info.path):
            if info.type is FileType.File:
                name = info.path.removeprefix(root.rstrip("/")).lstrip("/")
                uri = f"{address.rstrip('/')}/{quote(name)}?{reached}"
                yield DeliveredFile(source, name, uri, info.size, (info.mtime_ns or 0) // 1000)


def open_delivered(uri: str) -> BinaryIO:
    """The bytes of a delivered file; also called on executors."""
    if not uri.startswith(_ON_S3):
        return Path(uri).open("rb")
    from pyarrow.fs import FileSystem

    filesystem, path = FileSystem.from_uri(uri)
    return io.BufferedReader(cast("io.RawIOBase", filesystem.open_input_file(path)), _BUFFER_BYTES)
