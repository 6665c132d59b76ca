"""Reproducible zip archives: their bytes depend only on their content, not on time, machine or file order."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16
_UNIX = 3


def write_zip(path: Path, contents: Mapping[str, bytes], *, compress: bool = True) -> None:
    """Write an archive.

    Args:
        path: the archive.
        contents: bytes of each file, by name within the archive.
        compress: deflate the files; no use for files that are archives themselves.
    """
    with ZipFile(path, "w") as archive:
        for name in sorted(contents):
            entry = ZipInfo(name, _EPOCH)
            entry.create_system = _UNIX
            entry.external_attr = _READABLE
            entry.compress_type = ZIP_DEFLATED if compress else ZIP_STORED
            archive.writestr(entry, contents[name])


def sha256(path: Path) -> str:
    """The file's SHA-256, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
