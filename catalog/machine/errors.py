"""Errors of this machine, of its processes and of embedded engines, in the lakehouse's families.

Memory, disk, open files and the network are of the moment: the same command is safe to run again. Permissions and paths
are somebody's to change. Messages are never repeated: they can hold the rows of a table.
"""

from __future__ import annotations

import errno
import os
import re
from typing import TYPE_CHECKING

from catalog.drop.delivery import printable
from catalog.errors import DamagedLakeError, RetryableError, StediError, StoppedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NO_MEMORY = "memory did not suffice; nothing is wrong with the data. Close other programs, or see STEDI_DRIVER_MEMORY"
_NO_ROOM = "no room is left on the disk; nothing is wrong with the data. Make room and run again"
_NO_SPILL = (
    "no room is left on the disk for what does not fit in memory; nothing is wrong with the data. Make room in the "
    "temporary folder, or choose another with TMPDIR, and run again"
)
_NO_FILES = "too many files are open; nothing is wrong with the data. Raise the limit (ulimit -n) and run again"
_NO_ANSWER = "no answer from the network or another process; run again"
_NO_WRITING = "the file system or catalog can only be read; choose another lake, or have it made writable"
_NO_ACCESS = "permission denied; change the permissions"
_NO_SUCH_PATH = "the path cannot be used; choose another"
_BUSY = "another program is at the lake's catalog; run again"
NO_SPARK = "Spark's processes have ended, perhaps for lack of memory; run again"
"""What is said where Java is gone."""
_NO_JAVA = "Java does not start; see what is missing with: stedi doctor"
_DAMAGED = "the lake's catalog is damaged, or names what is not there"
_DAMAGED_FILE = "a file of the lake is damaged or missing; which one, and what depends on it: stedi doctor --deep"
_STOPPED = "stopped before the end; what was not published by then is dropped"

_Meaning = tuple[type[StediError], str]
_MEMORY: _Meaning = (RetryableError, _NO_MEMORY)
_ROOM: _Meaning = (RetryableError, _NO_ROOM)
_NETWORK: _Meaning = (RetryableError, _NO_ANSWER)

_NUMBERS: dict[_Meaning, tuple[int, ...]] = {
    _ROOM: (errno.ENOSPC, errno.EDQUOT, errno.EFBIG),
    _MEMORY: (errno.ENOMEM,),
    (RetryableError, _NO_FILES): (errno.EMFILE, errno.ENFILE),
    (RetryableError, "the disk or device does not answer as it should; run again"): (errno.EIO, errno.ENXIO),
    _NETWORK: (
        *(errno.EAGAIN, errno.EINTR, errno.EBUSY, errno.ESTALE, errno.ETIMEDOUT, errno.EPIPE, errno.EADDRINUSE),
        *(errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED, errno.ENETDOWN, errno.ENETUNREACH),
        *(errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENOTCONN, errno.EADDRNOTAVAIL),
    ),
    (UsageError, _NO_WRITING): (errno.EROFS,),
    (UsageError, _NO_ACCESS): (errno.EACCES, errno.EPERM),
    (UsageError, _NO_SUCH_PATH): (
        *(errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EEXIST, errno.ENOTEMPTY),
    ),
}
_BY_NUMBER = {number: meaning for meaning, numbers in _NUMBERS.items() for number in numbers}
_BY_CLASS: tuple[tuple[type[BaseException], _Meaning], ...] = (
    (KeyboardInterrupt, (StoppedError, _STOPPED)),
    (MemoryError, _MEMORY),
    (PermissionError, (UsageError, _NO_ACCESS)),
    (TimeoutError, _NETWORK),
    (ConnectionError, _NETWORK),
    (InterruptedError, _NETWORK),
    (BlockingIOError, _NETWORK),
    (NotADirectoryError, (UsageError, _NO_SUCH_PATH)),
    (IsADirectoryError, (UsageError, _NO_SUCH_PATH)),
    (FileExistsError, (UsageError, _NO_SUCH_PATH)),
)
# Others' classes by their names: to import their modules takes longer than many a command.
_BY_NAME: dict[str, _Meaning] = {
    "_duckdb.OutOfMemoryException": _MEMORY,
    "_duckdb.InterruptException": (StoppedError, _STOPPED),
    "_duckdb.HTTPException": _NETWORK,
    "pyarrow.lib.ArrowCancelled": (StoppedError, _STOPPED),
    "py4j.protocol.Py4JNetworkError": (RetryableError, NO_SPARK),
    "pyiceberg.exceptions.ServiceUnavailableError": _NETWORK,
    "pyiceberg.exceptions.ServerError": _NETWORK,
    "pyiceberg.exceptions.TooManyRequestsError": _NETWORK,
    "pyiceberg.exceptions.WaitingForLockException": _NETWORK,
    "pyiceberg.exceptions.AuthorizationExpiredError": (RetryableError, "the credentials have expired; renew them"),
    "pyiceberg.exceptions.UnauthorizedError": (UsageError, _NO_ACCESS),
    "pyiceberg.exceptions.ForbiddenError": (UsageError, _NO_ACCESS),
    "pyiceberg.exceptions.NoSuchTableError": (DamagedLakeError, _DAMAGED),
    "pyiceberg.exceptions.NoSuchNamespaceError": (DamagedLakeError, _DAMAGED),
    "socket.gaierror": _NETWORK,
    "ssl.SSLError": _NETWORK,
    "http.client.HTTPException": _NETWORK,
    "subprocess.TimeoutExpired": _NETWORK,
    "typer.exceptions.Abort": (StoppedError, _STOPPED),
    "urllib.error.URLError": _NETWORK,
    "urllib3.exceptions.HTTPError": _NETWORK,
}
# What Java and SQLite say; a Java error comes with the names of its classes.
_BY_TEXT: tuple[tuple[re.Pattern[str], _Meaning], ...] = (
    # DuckDB's kind of it is want of memory, but it is the disk that is full.
    (re.compile(r"failed to offload data block|max_temp_directory_size"), (RetryableError, _NO_SPILL)),
    (re.compile(r"No space left on device|Disk quota exceeded|database or disk is full|SQLITE_FULL"), _ROOM),
    (
        re.compile(
            r"java\.lang\.OutOfMemoryError|\bMemoryError\b|SparkOutOfMemoryError|Java heap space"
            r"|GC overhead limit exceeded|Cannot allocate memory|bad_alloc|failed to allocate data of size"
            r"|UNABLE_TO_ACQUIRE_MEMORY|Unable to acquire \d+ bytes of memory|Not enough memory to build"
            r"|bigger than spark\.driver\.maxResultSize"
        ),
        _MEMORY,
    ),
    (re.compile(r"Too many open files"), (RetryableError, _NO_FILES)),
    (
        re.compile(r"Read-only file system|attempt to write a readonly database|SQLITE_READONLY"),
        (UsageError, _NO_WRITING),
    ),
    (re.compile(r"java\.nio\.file\.AccessDeniedException|Permission denied"), (UsageError, _NO_ACCESS)),
    (re.compile(r"database (?:table )?is locked|SQLITE_BUSY|SQLITE_LOCKED"), (RetryableError, _BUSY)),
    (
        re.compile(r"database disk image is malformed|file is not a database|SQLITE_CORRUPT|SQLITE_NOTADB"),
        (DamagedLakeError, _DAMAGED),
    ),
    (re.compile(r"disk I/O error|SQLITE_IOERR"), _BY_NUMBER[errno.EIO]),
    (
        # The JVM is gone: Py4J's own error, without anything of Java's behind it, or what its sockets say.
        re.compile(
            r"Answer from Java side is empty|Python worker (?:exited|failed)|ExecutorLostFailure|Py4JNetworkError"
            r"|trying to connect to the Java server|^Py4JError: An error occurred while calling \S+$",
            re.MULTILINE,
        ),
        (RetryableError, NO_SPARK),
    ),
    (
        # Checksums, by Arrow, Spark and Hadoop; then files that are cut, and what Iceberg looks for.
        re.compile(
            r"could not verify page integrity|[Mm]agic bytes not found|No magic bytes found|is not a Parquet file"
            r"|Couldn't deserialize thrift|ZSTD Decompression failure|ZSTD decompression failed"
            r"|org\.apache\.hadoop\.fs\.ChecksumException|org\.apache\.iceberg\.exceptions\.NotFoundException"
            r"|SparkFileNotFoundException"
        ),
        (DamagedLakeError, _DAMAGED_FILE),
    ),
    # Of a worker, whose error comes as text.
    (re.compile(r"catalog\.errors\.RetryableError"), (RetryableError, "an executor could not go on; run again")),
    (re.compile(r"JAVA_GATEWAY_EXITED|Java gateway process exited"), (UsageError, _NO_JAVA)),
)


def meaning_of_path(errors: Sequence[BaseException]) -> StediError | None:
    """What an error says of a path of this machine, which it names; None where none does."""
    for error in errors:
        if isinstance(error, OSError) and error.filename and (family := _BY_NUMBER.get(error.errno or 0)):
            return family[0](f"{_named(error)}: {family[1]}")
    first = errors[0]
    if isinstance(first, FileNotFoundError) and first.filename:
        # Only where that is the error itself: many look for files that need not be there.
        return DamagedLakeError(f"{_named(first)} is not there, and should be")
    return None


def meaning_of(errors: Iterable[BaseException]) -> StediError | None:
    """What an error and its causes say of this machine by their kinds; None where they say nothing of it."""
    for error in errors:
        if isinstance(error, OSError) and (found := _BY_NUMBER.get(error.errno or 0)):
            return found[0](found[1])
        for kind, (family, message) in _BY_CLASS:
            if isinstance(error, kind):
                return family(message)
        for base in type(error).__mro__:
            if found := _BY_NAME.get(f"{base.__module__}.{base.__qualname__}"):
                return found[0](found[1])
    return None


def meaning_of_text(text: str) -> StediError | None:
    """What errors' kinds and messages, Java's among them, say of this machine; None where they say nothing of it."""
    for pattern, (family, message) in _BY_TEXT:
        if pattern.search(text):
            return family(message)
    return None


def _named(error: OSError) -> str:
    name = error.filename
    return printable(os.fsdecode(name)) if isinstance(name, str | bytes | os.PathLike) else f"descriptor {name}"
