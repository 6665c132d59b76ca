"""Commits that the catalog did not take, tried again: others committed at the same moment, or held the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_ATTEMPTS = 5


def commit_retried(commit: Callable[[], T]) -> T:
    """What a commit gives, tried a few times where the catalog says that it was not taken.

    Args:
        commit: loads the table anew and commits; it is called again, so it looks at what is there.

    Raises:
        MovedError: others commit to the table all the time.
        RetryableError: the catalog cannot be reached, or did not say whether the commit was taken.
    """
    from pyiceberg.exceptions import CommitFailedException
    from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

    from catalog.errors import StediError
    from catalog.machine.aws_errors import classify_error

    retrying = Retrying(
        retry=retry_if_exception_type(CommitFailedException),
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.1, max=2),
        reraise=True,
    )
    try:
        return retrying(commit)
    except StediError:
        raise
    except Exception as error:
        if (known := classify_error(error)) is not None:
            raise known from error
        raise
