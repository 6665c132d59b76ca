"""Files that a run could not read, or not as it found them: none of them keeps the others from being landed."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.drop.delivery import UNREADABLE, RefusedFile, printable
from catalog.drop.listing import is_as_listed
from catalog.errors import RetryableError
from catalog.machine.aws_errors import classify_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from catalog.drop.delivery import DeliveredFile

_OF_THE_FILE = (errno.EIO, errno.ENXIO)


@dataclass(frozen=True)
class UnreadFile:
    """A file that was listed, and could not be read.

    Attributes:
        file: the file.
        detail: why, in words; None: it was written or taken away meanwhile, and is left for the next run.
    """

    file: DeliveredFile
    detail: str | None

    @property
    def refused(self) -> RefusedFile | None:
        """What the quarantine says of it; None where it is left for the next run."""
        if self.detail is None:
            return None
        file = self.file
        return RefusedFile(file.source, file.name, UNREADABLE, self.detail, file.size, file.modified_micros)

    @property
    def warning(self) -> str:
        """The file, and what becomes of it."""
        if (refused := self.refused) is not None:
            return refused.warning
        return f"{printable(self.file.name)} was written or taken away meanwhile: it is left for the next run"


class UnreadFilesError(Exception):
    """Files could not be read any more while others were being landed: what was written holds some of their records.

    Attributes:
        unread: the files.
    """

    def __init__(self, unread: Sequence[UnreadFile]) -> None:
        super().__init__(f"{len(unread):,} files could not be read")
        self.unread = tuple(unread)


@contextmanager
def note_unread(file: DeliveredFile, unread: list[UnreadFile]) -> Iterator[None]:
    """Note the file where the block, which reads it, fails, or where it is not as it was listed when the block ends.

    Raises:
        RetryableError: not the file but the machine or a service is to blame.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - a file that the reader stumbles over must not stop all others
        unread.append(UnreadFile(file, _detail(file, error)))
    else:
        if not is_as_listed(file):
            unread.append(UnreadFile(file, None))


def _detail(file: DeliveredFile, error: Exception) -> str | None:
    if not is_as_listed(file):
        return None
    number = error.errno if isinstance(error, OSError) else None
    known = classify_error(error)
    if isinstance(known, RetryableError) and number not in _OF_THE_FILE:
        raise RetryableError(f"{printable(file.name)} cannot be read now: {known}") from error
    # Messages can hold what was read; the system's own words for a number of an error cannot.
    words = os.strerror(number) if number else type(error).__name__ if known is None else str(known)
    return f"it cannot be read ({words})"
