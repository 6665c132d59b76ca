"""Errors of AWS, and of what talks to it, in the lakehouse's two families: run again, or something must be changed.

They reach us by four ways: boto3's own, pyarrow's (which reads and writes files for pyiceberg and for ingest), those of
Spark's JVM, and those of its Python workers as text within a Java error. Their messages are not repeated: they can hold
the rows of a table, and keys.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from catalog.errors import RetryableError, StediError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.exceptions import ClientError

_EXPIRED = re.compile(
    r"ExpiredToken\w*|Expired ?token|RequestExpired|The (?:provided|security) token .{0,40}expired", re.I
)
_DENIED = re.compile(r"AccessDenied\w*|ACCESS_DENIED|Not ?Authorized|InvalidAccessKeyId|UnrecognizedClient\w*", re.I)
_BUSY = re.compile(
    r"SlowDown|SLOW_DOWN|Throttl\w*|TooManyRequests|RequestLimitExceeded|ServiceUnavailable\w*|Service Unavailable"
    r"|InternalError|INTERNAL_FAILURE|InternalFailure|InternalService\w*|Reduce your request rate|Status Code: 5\d\d"
    r"|HTTP status (?:code )?5\d\d|SERVICE_UNAVAILABLE|NETWORK_CONNECTION|REQUEST_TIMEOUT|RequestTimeout\w*"
    r"|Read timed out|connect timed out|Connection (?:refused|reset)|SocketTimeout\w*|ApiCallTimeout\w*|curlCode",
    re.I,
)
_MOVED = re.compile(r"CommitFailedException|ConcurrentModification\w*")
_UNKNOWN = re.compile(r"CommitStateUnknown\w*")
_SUGGESTED = "see what is missing with: stedi doctor"


def refused(error: ClientError, what: str) -> StediError:
    """What AWS said of a call, as one of ours."""
    code = str(error.response.get("Error", {}).get("Code", "unknown"))
    return _told(code) or UsageError(f"AWS does not give {what}: {code}; {_SUGGESTED}")


def told(error: BaseException) -> StediError | None:
    """An error of AWS or of a commit, as one of ours; None where it is of neither."""
    for each in _chain(error):
        if isinstance(each, StediError):
            return each
    return _told("\n".join(map(_text, _chain(error))))


def _told(text: str) -> StediError | None:
    if _UNKNOWN.search(text):
        return RetryableError("the catalog did not say whether a commit was taken; run again: what was is not repeated")
    if _MOVED.search(text):
        return RetryableError("another writer published meanwhile; nothing of its work is lost. Run again")
    if found := _EXPIRED.search(text):
        return RetryableError(f"AWS says that the credentials have expired ({found[0]}); renew them and run again")
    if found := _DENIED.search(text):
        return UsageError(f"AWS refuses access ({found[0]}); {_SUGGESTED}")
    if found := _BUSY.search(text):
        return RetryableError(f"AWS is busy or cannot be reached ({found[0]}); run again")
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__


def _text(error: BaseException) -> str:
    """The kind and message of an error; of a Java error with all its causes."""
    java = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    text = f"{type(error).__name__}: {error}"
    if java is None or not hasattr(java, "getCause"):
        return text
    lines, cause = [text], java
    for _ in range(20):
        if cause is None:
            break
        lines.append(f"{cause.getClass().getName()}: {cause.getMessage()}")
        cause = cause.getCause()
    return "\n".join(lines)
