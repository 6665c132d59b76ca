"""Others' errors in the lakehouse's two families: run again, or something must be changed.

Those of AWS, and of what talks to it, reach us by four ways: boto3's own, pyarrow's (which reads and writes files for
pyiceberg and for ingest), those of Spark's JVM, and those of its Python workers as text within a Java error. Those of
this machine are in ``catalog.machine.errors``. Messages are not repeated: they can hold the rows of a table, and keys.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from catalog.errors import MovedError, RetryableError, StediError, UsageError
from catalog.machine.errors import meaning_of, meaning_of_path, meaning_of_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.exceptions import ClientError

# S3 says nothing but 400 where it is only asked whether something is there.
_EXPIRED = re.compile(
    r"ExpiredToken\w*|TokenRetrievalError|SSOTokenLoadError|UnauthorizedSSOTokenError"
    r"|Expired ?token|RequestExpired|The (?:provided|security) token .{0,40}expired"
    r"|HTTP status 400\) during Head\w+|Service: S3, Status Code: 400",
    re.I,
)
_DENIED = re.compile(r"AccessDenied\w*|ACCESS_DENIED|Not ?Authorized|InvalidAccessKeyId|UnrecognizedClient\w*", re.I)
_NOBODY = re.compile(
    r"NoCredentials\w*|PartialCredentialsError|ProfileNotFound|ConfigParseError|ConfigNotFound|NoAuthTokenError"
    r"|Unknown(?:Region|Endpoint|Service)Error|Invalid(?:Region|Config)Error"
    r"|Unable to l(?:oad|ocate) (?:\w+ )?(?:credentials|region)\w*|NoRegionError",
    re.I,
)
_BUSY = re.compile(
    r"SlowDown|SLOW_DOWN|Throttl\w*|TooManyRequests|RequestLimitExceeded|ServiceUnavailable\w*|Service Unavailable"
    r"|InternalError|INTERNAL_FAILURE|InternalFailure|InternalService\w*|Reduce your request rate|Status Code: 5\d\d"
    r"|HTTP status (?:code )?5\d\d|SERVICE_UNAVAILABLE|NETWORK_CONNECTION|REQUEST_TIMEOUT|RequestTimeout\w*"
    r"|Unable to execute HTTP request|EndpointConnectionError|Could not connect to the endpoint"
    r"|(?:Read|Connect)TimeoutError|ResponseStreamingError|IncompleteReadError"
    r"|(?:ConnectionClosed|ProxyConnection|HTTPClient)Error"
    r"|(?:Metadata|Credential)RetrievalError|CapacityNotAvailableError"
    r"|Read timed out|connect timed out|Connection (?:refused|reset)|SocketTimeout\w*|ApiCallTimeout\w*|curlCode",
    re.I,
)
_MOVED = re.compile(r"CommitFailedException|ConcurrentModification\w*|is not an ancestor of")
_UNKNOWN = re.compile(r"CommitStateUnknown\w*")
_MOST_CAUSES = 20
_SUGGESTED = "see what is missing with: stedi doctor"
_MEANINGS: tuple[tuple[re.Pattern[str], type[StediError], str], ...] = (
    (
        _UNKNOWN,
        RetryableError,
        "the catalog did not say whether a commit was taken; run again: what was is not repeated",
    ),
    (_MOVED, MovedError, "another writer published meanwhile; nothing of its work is lost. Run again"),
    (_EXPIRED, RetryableError, "AWS says that the credentials have expired ({}); renew them and run again"),
    (_DENIED, UsageError, f"AWS refuses access ({{}}); {_SUGGESTED}"),
    (_NOBODY, UsageError, f"AWS is not set up on this machine: no credentials or no region; {_SUGGESTED}"),
    (_BUSY, RetryableError, "AWS is busy or cannot be reached ({}); run again"),
)
"""What a text means by the first pattern that it holds."""


def refused(error: ClientError, what: str) -> StediError:
    """What AWS said of a call, as one of ours."""
    code = str(error.response.get("Error", {}).get("Code", "unknown"))
    return _meaning(code) or UsageError(f"AWS does not give {what}: {code}; {_SUGGESTED}")


def classify_error(error: BaseException) -> StediError | None:
    """An error of AWS, of a commit or of this machine, as one of ours; None where it is of none of them."""
    chain = list(_chain(error))
    for each in chain:
        if isinstance(each, StediError):
            return each
    text = "\n".join(map(_text, chain))
    return meaning_of_path(chain) or meaning_of_text(text) or _meaning(text) or meaning_of(chain)


def _meaning(text: str) -> StediError | None:
    for pattern, family, message in _MEANINGS:
        if found := pattern.search(text):
            return family(message.format(found[0]))
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, with those that a group holds, and all their causes."""
    seen: set[int] = set()
    following: list[BaseException | None] = [error]
    while following:
        each = following.pop(0)
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        following.append(each.__cause__ or each.__context__)
        following += each.exceptions if isinstance(each, BaseExceptionGroup) else ()


def _text(error: BaseException) -> str:
    """The kind and message of an error; of a Java error with all its causes."""
    java = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    if java is None:
        try:
            return f"{type(error).__name__}: {error}"
        except Exception:  # noqa: BLE001 - some errors cannot say what they are
            return type(error).__name__
    lines = []
    for _ in range(_MOST_CAUSES):
        if java is None:
            break
        name = java.getClass().getName()
        # Not the stack: the names of the methods in it would be taken for errors.
        lines.append(f"{name}: {java.getMessage()} {_code(java) if 'awssdk' in name else ''}")
        java = java.getCause()
    return "\n".join(lines)


def _code(java: Any) -> str:
    """The code of a service's error, which its message does not repeat; nothing of all other errors."""
    from py4j.protocol import Py4JError

    try:
        details = java.awsErrorDetails()
        return str(details.errorCode()) if details is not None else ""
    except Py4JError:
        return ""
