"""What a request to AWS asks for, in the words of IAM: an action, the ARN of what it is done to, and condition keys."""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import unescape

from tests.authoriser.policy import Question

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT, REGION = "123456789012", "us-east-1"
SERVICES = {
    "AWSGlue": "glue",
    "AWSEvents": "events",
    "AWSBudgetServiceGateway": "budgets",
    "AWSStepFunctions": "states",
    "AmazonAthena": "athena",
    "Logs_20140328": "logs",
    "TrentService": "kms",
    "secretsmanager": "secretsmanager",
}
_SCOPE = re.compile(r"Credential=([^/]+)/\d+/[a-z0-9-]+/([a-z0-9-]+)/")
_S3_NAMES = {
    "encryption": "EncryptionConfiguration",
    "lifecycle": "LifecycleConfiguration",
    "location": "BucketLocation",
    "object-lock": "BucketObjectLockConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "replication": "ReplicationConfiguration",
    "accelerate": "AccelerateConfiguration",
    "requestPayment": "BucketRequestPayment",
    "cors": "BucketCORS",
    "acl": "BucketAcl",
    "logging": "BucketLogging",
    "policy": "BucketPolicy",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}
_LISTINGS = {"versions": "s3:ListBucketVersions", "uploads": "s3:ListBucketMultipartUploads"}
_S3_HEADERS = (
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
)
# What a request of these services names its resource by, and how the resource's ARN is made of it.
_NAMED = {
    "SecretId": "{}",
    "stateMachineArn": "{}",
    "executionArn": "{}",
    "WorkGroup": f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/{{}}",
    "JobName": f"arn:aws:glue:{REGION}:{ACCOUNT}:job/{{}}",
    "logGroupName": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{}}:*",
}


def signer(environ: dict[str, Any]) -> tuple[str, str]:
    """The access key that the request is signed with, and the service that it is signed for; empty if it is not."""
    signed = environ.get("HTTP_AUTHORIZATION", "")
    if "X-Amz-Credential" in environ["QUERY_STRING"]:
        signed = "Credential=" + parse_qs(environ["QUERY_STRING"])["X-Amz-Credential"][0]
    found = _SCOPE.search(signed)
    return (found[1], found[2]) if found else ("", "")


def body(environ: dict[str, Any]) -> bytes:
    """The request's body; it can be read again."""
    text: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = BytesIO(text)
    return text


def document(environ: dict[str, Any]) -> dict[str, Any]:
    """The body of a request that is written in JSON; empty for others."""
    text = body(environ) if "json" in environ.get("CONTENT_TYPE", "") or "HTTP_X_AMZ_TARGET" in environ else b""
    return dict(json.loads(text)) if text.strip().startswith(b"{") else {}


def questions(environ: dict[str, Any], service: str) -> list[Question]:
    """All that must be allowed for the request to be."""
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        prefix, _, operation = target.rpartition(".")
        named = SERVICES.get(prefix.rpartition(".")[2], service)
        asked = document(environ)
        return glue_entries(operation, asked) if named == "glue" else [_of_json(named, operation, asked)]
    if service == "s3":
        return list(_of_s3(environ))
    form = parse_qs(body(environ).decode()) if "form" in environ.get("CONTENT_TYPE", "") else {}
    if "Action" in form:
        return [Question(f"{service}:{form['Action'][0]}", form.get("RoleArn", ["*"])[0])]
    if service == "lakeformation":
        return [Question(f"lakeformation:{environ['PATH_INFO'].strip('/')}", "*")]
    kind = {"GET": "Get", "PUT": "Update", "POST": "Create", "DELETE": "Delete"}[environ["REQUEST_METHOD"]]
    return [Question(f"{service}:{kind}{environ['PATH_INFO'].split('/')[1].rstrip('s').title()}", "*")]


def _of_json(service: str, operation: str, asked: dict[str, Any]) -> Question:
    if service == "kms" and not str(asked.get("KeyId", "alias/")).startswith("alias/"):
        key = asked["KeyId"].rpartition("/")[2]
        return Question(f"kms:{operation}", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}")
    arns = [made.format(asked[name]) for name, made in _NAMED.items() if name in asked]
    return Question(f"{service}:{operation}", arns[0] if arns else "*")


def glue_entries(operation: str, asked: dict[str, Any]) -> list[Question]:
    """An entry of the catalog, and all above it: each has to be allowed."""
    root = f"arn:aws:glue:{REGION}:{ACCOUNT}"
    kind = next((each for each in ("Table", "Database") if each in operation), None)
    if kind is None or "Optimizer" in operation or operation.startswith("BatchGetTableO"):
        return [_of_json("glue", operation, asked if "JobName" in asked else {"JobName": asked.get("Name", "*")})]
    database = asked.get("DatabaseName") or asked.get("Name") or asked.get("DatabaseInput", {}).get("Name", "")
    table = asked.get("TableInput", {}).get("Name") or (asked.get("Name") if "DatabaseName" in asked else None)
    entries = ["catalog", *([f"database/{database}"] if database else [])]
    entries += [f"table/{database}/{table}"] if table else []
    return [Question(f"glue:{operation}", f"{root}:{entry}") for entry in entries]


def _of_s3(environ: dict[str, Any]) -> Iterator[Question]:
    bucket, _, key = unquote(environ["PATH_INFO"]).lstrip("/").partition("/")
    query = {name: found[0] for name, found in parse_qs(environ["QUERY_STRING"], keep_blank_values=True).items()}
    arn = f"arn:aws:s3:::{bucket}"
    if not bucket:
        yield Question("s3:ListAllMyBuckets", "*")
    elif key:
        yield from _of_object(environ, query, f"{arn}/{key}")
    elif "delete" in query:
        for named in re.findall(r"<Object>(.*?)</Object>", body(environ).decode(), re.DOTALL):
            version = "Version" if "<VersionId>" in named else ""
            key = unescape(re.findall(r"<Key>(.*?)</Key>", named)[0])
            yield Question(f"s3:DeleteObject{version}", f"{arn}/{key}")
    else:
        yield _of_bucket(environ["REQUEST_METHOD"], query, arn)


def _of_bucket(method: str, query: dict[str, str], arn: str) -> Question:
    for part in query.keys() & _S3_NAMES.keys():
        verb = "Get" if method == "GET" else "Delete" if (method, part) == ("DELETE", "policy") else "Put"
        return Question(f"s3:{verb}{_S3_NAMES[part]}", arn)
    if method in {"PUT", "DELETE"}:
        return Question({"PUT": "s3:CreateBucket", "DELETE": "s3:DeleteBucket"}[method], arn)
    action = next((_LISTINGS[part] for part in query.keys() & _LISTINGS.keys()), "s3:ListBucket")
    # A HEAD of the bucket, and a listing of all of it, send no prefix: no condition on one holds.
    return Question(action, arn, {f"s3:{name}": query[name] for name in ("prefix", "delimiter") if name in query})


def _of_object(environ: dict[str, Any], query: dict[str, str], arn: str) -> Iterator[Question]:
    method, version = environ["REQUEST_METHOD"], "Version" if "versionId" in query else ""
    tagging = "Tagging" if "tagging" in query else ""
    if "uploadId" in query and method in {"GET", "DELETE"}:
        yield Question("s3:AbortMultipartUpload" if method == "DELETE" else "s3:ListMultipartUploadParts", arn)
    elif method in {"GET", "HEAD"}:
        yield Question(f"s3:GetObject{version}{tagging}", arn)
    elif method == "DELETE":
        yield Question(f"s3:DeleteObject{version}{tagging}", arn)
    else:
        sent = {f"s3:{name}": environ.get("HTTP_" + name.upper().replace("-", "_")) for name in _S3_HEADERS}
        yield Question(f"s3:PutObject{tagging}", arn, {name: value for name, value in sent.items() if value})
        if "HTTP_X_AMZ_TAGGING" in environ:
            yield Question("s3:PutObjectTagging", arn)
        if copied := environ.get("HTTP_X_AMZ_COPY_SOURCE"):
            yield Question("s3:GetObject", f"arn:aws:s3:::{unquote(copied).lstrip('/').partition('?')[0]}")
