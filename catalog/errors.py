"""Every error that the lakehouse raises on purpose, and the exit code each one means.

Messages are one line for people: what is wrong, where, and the next command to type. They never hold personal data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence


class StediError(Exception):
    """Base of all errors that end a command with a message instead of a traceback.

    Attributes:
        exit_code: of the command.
        warnings: what else somebody should look at, known by then.
    """

    exit_code = 4
    warnings: Sequence[str] = ()


class TerminalError(StediError):
    """Running the same command again gives the same error: something must be changed first."""


class RetryableError(StediError):
    """Nothing was published; the same command is safe to run again."""

    exit_code = 3


class DataRefusedError(TerminalError):
    """A suite refused the data of a run; the published tables are as they were (exit 1)."""

    exit_code = 1


class UsageError(TerminalError):
    """The command line, a setting or the machine is not as needed (exit 2)."""

    exit_code = 2


class DamagedLakeError(TerminalError):
    """The lake holds what no run can have written, or misses what one did (exit 4)."""


class DamagedFileError(DamagedLakeError):
    """A file of the lake is cut, or does not hold what was written (exit 4).

    Attributes:
        location: of the file.
    """

    location = ""

    @classmethod
    def of(cls, location: str, why: str) -> Self:
        """The error of a file, which it names."""
        error = cls(f"{location} {why}")
        error.location = location
        return error


class MissingFileError(DamagedFileError, FileNotFoundError):
    """A file of the lake is not there, and should be (exit 4)."""


class MovedError(RetryableError):
    """Another writer published to the table first (exit 3)."""


class CompactedError(RetryableError):
    """A table's files were rewritten, with the same rows, while a candidate of it was made (exit 3)."""


class LakeBusyError(RetryableError):
    """Another process writes to this lake (exit 3)."""


class StoppedError(StediError):
    """Somebody stopped the command, as with Ctrl-C (exit 130)."""

    exit_code = 130
