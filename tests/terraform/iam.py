"""What a job asked of S3, Glue and Secrets Manager, in the words of IAM, and whether a policy allows it."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable

Asked = tuple[str, str, str]
"""An action, the ARN of what it is done to, and the prefix where it lists a bucket."""

_OBJECTS = {
    "GET": "s3:GetObject",
    "HEAD": "s3:GetObject",
    "PUT": "s3:PutObject",
    "POST": "s3:PutObject",
    "DELETE": "s3:DeleteObject",
}
_GLUE = "arn:aws:glue:us-east-1:123456789012"


def asked(environ: dict[str, Any]) -> list[Asked]:
    """The actions of a request; none where it is of another service."""
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target.startswith("AWSGlue."):
        return _of_glue(target.removeprefix("AWSGlue."), json.loads(_body(environ) or b"{}"))
    if target.startswith("secretsmanager."):
        document = json.loads(_body(environ) or b"{}")
        return [(f"secretsmanager:{target.removeprefix('secretsmanager.')}", document.get("SecretId", "*"), "")]
    return [] if target else _of_s3(environ)


def _of_glue(operation: str, document: dict[str, Any]) -> list[Asked]:
    database = document.get("DatabaseName") or document.get("Name", "")
    table = document.get("TableInput", {}).get("Name") or (document.get("Name") if "DatabaseName" in document else None)
    entries = ["catalog"]
    if database:
        entries.append(f"database/{database}")
    if table:
        entries.append(f"table/{database}/{table}")
    return [("glue:" + operation, f"{_GLUE}:{entry}", "") for entry in entries]


def _of_s3(environ: dict[str, Any]) -> list[Asked]:
    bucket, _, key = unquote(environ["PATH_INFO"]).lstrip("/").partition("/")
    query = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
    if "delete" in query:
        keys = re.findall(r"<Key>(.*?)</Key>", _body(environ).decode())
        return [("s3:DeleteObject", f"arn:aws:s3:::{bucket}/{each}", "") for each in keys]
    if not key:
        return [("s3:ListBucket", f"arn:aws:s3:::{bucket}", query.get("prefix", [""])[0])]
    if environ["REQUEST_METHOD"] == "DELETE" and "uploadId" in query:
        return [("s3:AbortMultipartUpload", f"arn:aws:s3:::{bucket}/{key}", "")]
    return [(_OBJECTS[environ["REQUEST_METHOD"]], f"arn:aws:s3:::{bucket}/{key}", "")]


def _body(environ: dict[str, Any]) -> bytes:
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = BytesIO(body)
    return body


def allows(policy: dict[str, Any], request: Asked) -> bool:
    """Whether the policy, of statements that allow, allows the request; of conditions that on prefixes is asked."""
    action, resource, prefix = request
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Allow"
        prefixes = statement.get("Condition", {}).get("StringLike", {}).get("s3:prefix", "*")
        if (
            action in _listed(statement["Action"])
            and _matches(resource, statement["Resource"])
            and _matches(prefix, prefixes)
        ):
            return True
    return False


def _matches(value: str, patterns: str | Iterable[str]) -> bool:
    return any(fnmatchcase(value, pattern) for pattern in _listed(patterns))


def _listed(value: str | Iterable[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
