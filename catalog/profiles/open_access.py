"""What Lake Formation leaves to IAM alone: there its filters do nothing, and who may query reads every column.

AWS gives the group IAM_ALLOWED_PRINCIPALS all rights to what is made in an account that was never told otherwise.
Terraform's provider can neither take these away nor make a database that gives none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.schema.table_spec import Zone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.profiles.glue import GlueProfile

_EVERYBODY = {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}
_KEPT = ("Name", "Description", "LocationUri", "Parameters")


@dataclass(frozen=True)
class Opening:
    """A right that everybody has whom IAM lets in.

    Attributes:
        what: database or table, for people.
        resource: as Lake Formation names it; None: what a database gives of each new table.
        permissions: the rights.
        database: as Glue describes it.
    """

    what: str
    resource: dict[str, Any] | None
    permissions: tuple[str, ...]
    database: dict[str, Any]


def find_openings(profile: GlueProfile) -> list[Opening]:
    """Every such right to the lake's databases and tables; botocore's errors where the caller may not ask."""
    glue, formation, found = profile.client("glue"), profile.client("lakeformation"), []
    for zone in Zone:
        database = glue.get_database(Name=profile.database(zone))["Database"]
        name = database["Name"]
        defaults = [each for each in database.get("CreateTableDefaultPermissions") or () if _is_everybody(each)]
        if defaults:
            given = tuple(right for each in defaults for right in each["Permissions"])
            found.append(Opening(f"new tables of {name}", None, given, database))
        tables = [
            table["Name"]
            for page in glue.get_paginator("get_tables").paginate(DatabaseName=name)
            for table in page["TableList"]
        ]
        named = [(name, {"Database": {"Name": name}})]
        named += [(f"{name}.{table}", {"Table": {"DatabaseName": name, "Name": table}}) for table in tables]
        for what, resource in named:
            found += [
                Opening(what, grant["Resource"], tuple(grant["Permissions"]), database)
                for grant in _grants(formation, resource)
                if _is_everybody(grant)
            ]
    return found


def close_openings(profile: GlueProfile) -> list[str]:
    """Take all these rights away; to what. The caller administers Lake Formation."""
    glue, formation, openings = profile.client("glue"), profile.client("lakeformation"), find_openings(profile)
    for each in openings:
        if each.resource is None:
            kept = {key: each.database[key] for key in _KEPT if each.database.get(key) is not None}
            glue.update_database(Name=kept["Name"], DatabaseInput=kept | {"CreateTableDefaultPermissions": []})
        else:
            formation.revoke_permissions(
                Principal=_EVERYBODY, Resource=each.resource, Permissions=list(each.permissions)
            )
    return [each.what for each in openings]


def _grants(formation: Any, resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    request: dict[str, Any] = {"Resource": resource}
    while True:
        answer = formation.list_permissions(**request)
        yield from answer["PrincipalResourcePermissions"]
        if not answer.get("NextToken"):
            return
        request["NextToken"] = answer["NextToken"]


def _is_everybody(given: dict[str, Any]) -> bool:
    return bool(given.get("Principal") == _EVERYBODY)
