"""What Terraform asks of AWS and moto does not answer, or not as AWS does; README.md beside this file lists it.

Things are kept as they were sent and given back so: Terraform sees what it made, and that nothing changed.
"""

from __future__ import annotations

import json
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from catalog.profiles.emulator import failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

ACCOUNT = "123456789012"
REGION = "us-east-1"
Answer = dict[str, Any]
_NOT_FOUND = "EntityNotFoundException"
_NOTHING = {
    "policy": (404, b"<Error><Code>NoSuchBucketPolicy</Code></Error>"),
    "logging": (200, b"<BucketLoggingStatus/>"),
}


class Answers:
    """Asked before moto; see ``catalog.profiles.emulator.Emulator.interrupt``."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, ...], Answer] = {}
        self._revoked: set[str] = set()
        self._queued: dict[str, bool] = {}
        self._encryption: Answer = {}
        self._tags: list[Answer] = []
        self._subscribers: list[Answer] = []
        self._documents: dict[tuple[str, str], bytes] = {}
        self._operations: dict[str, Callable[[Answer], Any]] = {
            "AWSGlue.CreateJob": self._queue,
            "AWSGlue.GetJob": self._job,
            "AWSGlue.CreateTableOptimizer": self._keep_optimizer,
            "AWSGlue.GetTableOptimizer": self._optimizer,
            "AWSGlue.DeleteTableOptimizer": self._forget_optimizer,
            "AWSGlue.PutDataCatalogEncryptionSettings": self._keep_encryption,
            "AWSGlue.GetDataCatalogEncryptionSettings": self._kept_encryption,
            "AWSStepFunctions.ValidateStateMachineDefinition": _validate,
            "AWSStepFunctions.ListStateMachineVersions": _no_versions,
            "AmazonAthena.DeleteNamedQuery": _delete_named_query,
            "/CreateDataCellsFilter": self._keep_filter,
            "/GetDataCellsFilter": self._filter,
            "/DeleteDataCellsFilter": self._forget_filter,
            "/GrantPermissions": self._grant,
            "/ListPermissions": self._grants,
            "/RevokePermissions": self._revoke,
            "AWSBudgetServiceGateway.CreateBudget": self._keep_budget,
            "AWSBudgetServiceGateway.ListTagsForResource": self._budget_tags,
            "AWSBudgetServiceGateway.CreateNotification": self._subscribe,
            "AWSBudgetServiceGateway.DescribeSubscribersForNotification": self._subscribed,
        }

    def __call__(self, environ: dict[str, Any], _do: Callable[[], None]) -> Response | None:
        """The answer to a request; None leaves it to moto."""
        from werkzeug.wrappers import Response

        for part in _NOTHING.keys() & parse_qs(environ["QUERY_STRING"], keep_blank_values=True):
            return self._document(environ, (environ["PATH_INFO"], part))
        operation = self._operations.get(environ.get("HTTP_X_AMZ_TARGET") or environ["PATH_INFO"])
        if operation is None:
            return None
        answer = operation(json.loads(_body(environ) or b"{}"))
        if answer is NotImplemented:
            return None
        if isinstance(answer, Response):
            return answer
        if answer is None:
            return failure(_NOT_FOUND, "There is none.")
        return Response(json.dumps(answer, default=datetime.timestamp), content_type="application/x-amz-json-1.1")

    def _document(self, environ: dict[str, Any], key: tuple[str, str]) -> Response:
        """A bucket's policy or logging: moto holds "TLS only" against loopback, and knows no logs by policy."""
        from werkzeug.wrappers import Response

        if environ["REQUEST_METHOD"] == "PUT":
            self._documents[key] = _body(environ)
        elif environ["REQUEST_METHOD"] == "DELETE":
            self._documents.pop(key, None)
            return Response(status=204)
        status, document = (200, self._documents[key]) if key in self._documents else _NOTHING[key[1]]
        return Response(document, status, content_type="application/xml")

    def _queue(self, asked: Answer) -> Any:
        self._queued[asked["Name"]] = asked.get("JobRunQueuingEnabled", False)
        return NotImplemented

    def _job(self, asked: Answer) -> Answer | None:
        from moto.core.exceptions import JsonRESTError
        from moto.glue.models import glue_backends

        name = asked["JobName"]
        try:
            job = glue_backends[ACCOUNT][REGION].get_job(name)
        except JsonRESTError:
            return None
        return {"Job": job.as_dict() | {"JobRunQueuingEnabled": self._queued.get(name, False)}}

    def _keep_optimizer(self, asked: Answer) -> Answer:
        self._kept[_optimizer_key(asked)] = asked
        return {}

    def _optimizer(self, asked: Answer) -> Answer | None:
        found = self._kept.get(_optimizer_key(asked))
        if found is None:
            return None
        names = {name: found[name] for name in ("CatalogId", "DatabaseName", "TableName")}
        return names | {
            "TableOptimizer": {"type": found["Type"], "configuration": found["TableOptimizerConfiguration"]}
        }

    def _forget_optimizer(self, asked: Answer) -> Answer | None:
        return None if self._kept.pop(_optimizer_key(asked), None) is None else {}

    def _keep_encryption(self, asked: Answer) -> Answer:
        self._encryption = asked["DataCatalogEncryptionSettings"]
        return {}

    def _kept_encryption(self, _asked: Answer) -> Answer:
        return {"DataCatalogEncryptionSettings": self._encryption}

    def _keep_filter(self, asked: Answer) -> Answer:
        kept = asked["TableData"]
        self._kept[_filter_key(kept)] = kept | {"VersionId": "1"}
        return {}

    def _filter(self, asked: Answer) -> Answer | None:
        found = self._kept.get(_filter_key(asked))
        return None if found is None else {"DataCellsFilter": found}

    def _forget_filter(self, asked: Answer) -> Answer | None:
        return None if self._kept.pop(_filter_key(asked), None) is None else {}

    def _grant(self, asked: Answer) -> Any:
        if "DataCellsFilter" not in asked["Resource"]:
            return NotImplemented
        self._kept[_grant_key(asked)] = asked
        return {}

    def _grants(self, asked: Answer) -> Any:
        resource = asked.get("Resource", {})
        if named := resource.get("TableWithColumns") or (resource.get("Table", {}).get("Name") and resource["Table"]):
            return {"PrincipalResourcePermissions": _on_table(named, asked.get("Principal"))}
        if "DataCellsFilter" not in resource:
            return NotImplemented
        found = self._kept.get(_grant_key(asked))
        return {"PrincipalResourcePermissions": [found] if found else []}

    def _revoke(self, asked: Answer) -> Any:
        # Terraform revokes until it is told that there is nothing left to revoke.
        request = json.dumps(asked, sort_keys=True)
        if request not in self._revoked:
            self._revoked.add(request)
            if "DataCellsFilter" not in asked["Resource"]:
                return _revoke(asked)
            self._kept.pop(_grant_key(asked), None)
            return {}
        return failure(
            "InvalidInputException", "No permissions revoked. Grantee has no permissions: does not have any."
        )

    def _keep_budget(self, asked: Answer) -> Any:
        self._tags = asked.get("ResourceTags", [])
        return NotImplemented

    def _budget_tags(self, _asked: Answer) -> Answer:
        return {"ResourceTags": self._tags}

    def _subscribe(self, asked: Answer) -> Any:
        self._subscribers.append(asked)
        return NotImplemented

    def _subscribed(self, asked: Answer) -> Answer:
        alike = [each for each in self._subscribers if each["Notification"] == asked["Notification"]]
        return {"Subscribers": alike[-1]["Subscribers"] if alike else []}

    def bucket_policy(self, bucket: str) -> str:
        """As it was put; empty where there is none."""
        return self._documents.get((f"/{bucket}", "policy"), b"").decode()

    def catalog_encryption(self) -> Answer:
        """As it was put."""
        return self._encryption

    def filters(self) -> tuple[list[Answer], list[Answer]]:
        """Data cells filters, and grants on them."""
        kept = self._kept.values()
        return [each for each in kept if "ColumnWildcard" in each], [each for each in kept if "Principal" in each]

    @property
    def left(self) -> list[tuple[str, ...]]:
        """What was made and not taken away again."""
        return list(self._kept)


def _body(environ: dict[str, Any]) -> bytes:
    """The request's body; moto can read it again."""
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = BytesIO(body)
    return body


def _grant_key(asked: Answer) -> tuple[str, ...]:
    kept = asked["Resource"]["DataCellsFilter"]
    return ("grant", asked["Principal"]["DataLakePrincipalIdentifier"], kept["DatabaseName"], kept["TableName"])


def _optimizer_key(asked: Answer) -> tuple[str, ...]:
    return ("optimizer", asked["DatabaseName"], asked["TableName"], asked["Type"])


def _filter_key(asked: Answer) -> tuple[str, ...]:
    return ("filter", asked["DatabaseName"], asked["TableName"], asked["Name"])


def _validate(asked: Answer) -> Answer:
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser, ASLParserException

    try:
        AmazonStateLanguageParser.parse(asked["definition"])
    except ASLParserException as error:
        return {"result": "FAIL", "diagnostics": [{"severity": "ERROR", "code": "SCHEMA", "message": str(error)}]}
    return {"result": "OK", "diagnostics": []}


def _no_versions(_asked: Answer) -> Answer:
    return {"stateMachineVersions": []}


def _delete_named_query(asked: Answer) -> Answer:
    from moto.athena.models import athena_backends

    for backend in athena_backends[ACCOUNT].values():
        backend.named_queries.pop(asked["NamedQueryId"], None)
    return {}


def _on_table(named: Answer, principal: Answer | None) -> list[Answer]:
    """Grants on a table, and on its columns: AWS tells of both who asks for the table, and moto of the first only."""
    from moto.lakeformation.models import lakeformation_backends

    catalog = lakeformation_backends[ACCOUNT][REGION].grants.get(ACCOUNT)
    wanted = (named["DatabaseName"], named["Name"])
    found = []
    for grant in catalog.permissions if catalog is not None else ():
        on = grant.resource.get("Table") or grant.resource.get("TableWithColumns") or {}
        if (on.get("DatabaseName"), on.get("Name")) == wanted and principal in (None, grant.principal):
            found.append(grant.to_external_form())
    return found


def _revoke(asked: Answer) -> Answer:
    from moto.lakeformation.models import lakeformation_backends

    backend = lakeformation_backends[ACCOUNT][REGION]
    options = asked.get("PermissionsWithGrantOption", [])
    backend.revoke_permissions(
        asked.get("CatalogId", ACCOUNT), asked["Principal"], asked["Resource"], asked["Permissions"], options
    )
    return {}
