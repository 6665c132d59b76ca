"""What a job asked of S3, Glue and Secrets Manager, in the words of IAM, and whether a policy allows it."""

from __future__ import annotations

import html
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
_LISTINGS = {"versions": "s3:ListBucketVersions", "uploads": "s3:ListBucketMultipartUploads"}
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
    if "JobName" in document:
        return [(f"glue:{operation}", f"{_GLUE}:job/{document['JobName']}", "")]
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
    query, method = parse_qs(environ["QUERY_STRING"], keep_blank_values=True), environ["REQUEST_METHOD"]
    if "delete" in query:
        objects = re.findall(r"<Object>(.*?)</Object>", _body(environ).decode(), re.DOTALL)
        return [
            (
                f"s3:DeleteObject{'Version' if '<VersionId>' in each else ''}",
                f"arn:aws:s3:::{bucket}/{html.unescape(re.findall('<Key>(.*?)</Key>', each)[0])}",
                "",
            )
            for each in objects
        ]
    if not key:
        listed = next((action for what, action in _LISTINGS.items() if what in query), "s3:ListBucket")
        return [(listed, f"arn:aws:s3:::{bucket}", query.get("prefix", [""])[0])]
    if method == "DELETE" and "uploadId" in query:
        return [("s3:AbortMultipartUpload", f"arn:aws:s3:::{bucket}/{key}", "")]
    version = "Version" if "versionId" in query and method in {"GET", "HEAD", "DELETE"} else ""
    return [(_OBJECTS[method] + version, f"arn:aws:s3:::{bucket}/{key}", "")]


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
