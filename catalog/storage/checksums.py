"""Whether data and delete files are as they were written: on this machine their names end with their SHA-256.

The name is the one place that whatever becomes of a table keeps: manifests name files, and so do backups, rewritten
history, and other writers' manifests. Whoever changes what a file holds writes another file. Files of others have no
such name; their pages have checksums, if a Spark wrote them. S3 keeps and verifies checksums of objects by itself.
"""

from __future__ import annotations

import hashlib
import os
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING

from catalog.errors import DamagedFileError, MissingFileError
from catalog.storage.files import local_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ON_THIS_MACHINE = ("file:", "/")
"""How locations begin of files whose bytes nobody else verifies."""
NOT_NAMED = "is damaged: its SHA-256 is not the one in its name"
_NAMED = re.compile(r"-([0-9a-f]{64})\.parquet$")
_PAGES_OF = "parquet-mr"
_MOST_CHECKED = 1_000_000
# Files never change, so each is read once; one that did change since has another state on the disk.
_checked: set[tuple[str, int, int, int]] = set()
_LOCK = Lock()


def checksum_in(location: str) -> str | None:
    """The SHA-256 that a file's name says; None where it says none."""
    found = _NAMED.search(location)
    return found[1] if found else None


def named_by(name: str, checksum: str) -> str:
    """The name of a Parquet file, with the SHA-256 of what it holds in place of an earlier one or none."""
    plain = _NAMED.sub(".parquet", name)
    return f"{plain.removesuffix('.parquet')}-{checksum}.parquet"


def rename_by_checksum(path: Path) -> Path:
    """Let the name of a Parquet file that was written end with its SHA-256; where it is then."""
    return path.rename(path.with_name(named_by(path.name, sha256(path))))


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_files(locations: Iterable[str]) -> None:
    """See that data and delete files of this machine are what was written, each once in a process's life.

    Raises:
        MissingFileError: one is not there.
        DamagedFileError: one is not what was written.
    """
    here = [location for location in locations if location.startswith(ON_THIS_MACHINE)]
    with ThreadPoolExecutor(os.cpu_count()) as threads:  # hashing leaves Python's lock alone
        for _ in threads.map(check_file, here):
            pass


def check_file(location: str) -> None:
    """See that one is; as ``check_files``."""
    path = local_path(location)
    try:
        state = path.stat()
        key = (str(path), state.st_ino, state.st_size, state.st_mtime_ns)
        if key in _checked:
            return
        _check(path, location)
    except FileNotFoundError as error:
        raise MissingFileError.of(location, "is missing") from error
    with _LOCK:
        if len(_checked) >= _MOST_CHECKED:
            _checked.clear()
        _checked.add(key)


def _check(path: Path, location: str) -> None:
    wanted = checksum_in(location)
    if wanted is None:
        _check_pages(path, location)
    elif sha256(path) != wanted:
        raise DamagedFileError.of(location, NOT_NAMED)


def _check_pages(path: Path, location: str) -> None:
    """Of a file without a checksum of its own: its footer, and what checksums its pages have."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        # As a file of Python's, or Arrow says of a missing one what it says of a damaged one.
        with path.open("rb") as opened, parquet.ParquetFile(opened, page_checksum_verification=True) as file:
            if file.metadata.created_by.startswith(_PAGES_OF):
                for _ in file.iter_batches():
                    pass
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise DamagedFileError.of(location, "is damaged: Parquet's own checks fail") from error
