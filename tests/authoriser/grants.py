"""Lake Formation's side of a decision: grants on databases, tables, columns and places, beside what IAM allows.

A grant is asked for as an action ``grant:ALTER`` on ``database/DB``, ``table/DB/NAME``, ``table/DB/NAME/COLUMN`` or the
ARN of a place. Where documentation leaves two readings, this takes the stricter one: permissions on a table give none
on its database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.authoriser.policy import Question
from tests.authoriser.request import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.authoriser.policy import Principal

EVERYBODY = "IAM_ALLOWED_PRINCIPALS"
_NEEDED = {
    "GetDatabase": "DESCRIBE",
    "UpdateDatabase": "ALTER",
    "DeleteDatabase": "DROP",
    "GetTables": "DESCRIBE",
    "GetTable": "DESCRIBE",
    "CreateTable": "CREATE_TABLE",
    "UpdateTable": "ALTER",
    "DeleteTable": "DROP",
}
_OF_TABLES = {"GetTable", "UpdateTable", "DeleteTable"}
_ADMINISTRATORS_ONLY = {
    "GrantPermissions", "RevokePermissions", "BatchGrantPermissions", "BatchRevokePermissions",
    "CreateDataCellsFilter", "UpdateDataCellsFilter", "DeleteDataCellsFilter", "GetDataCellsFilter",
}  # fmt: skip


@dataclass
class LakeFormation:
    """Lake Formation in the account that the emulator holds.

    Attributes:
        filters: data cells filters, as they were put, and the grants on them, as they were asked for.
        made: who made what (all is theirs), and what the defaults of that time gave to everybody.
    """

    filters: Callable[[], tuple[list[dict[str, Any]], list[dict[str, Any]]]]
    made: set[tuple[str, str]] = field(default_factory=set)

    def questions(self, service: str, operation: str, asked: dict[str, Any]) -> Iterator[Question]:
        """What a request asks of Lake Formation."""
        if service == "lakeformation" and operation in _ADMINISTRATORS_ONLY:
            yield Question("grant:ADMINISTER", "catalog")
        if service != "glue" or operation not in {*_NEEDED, "CreateDatabase"}:
            return
        if operation == "CreateDatabase":
            yield Question("grant:CREATE_DATABASE", "catalog")
            yield from _place(asked["DatabaseInput"].get("LocationUri"))
            return
        name = asked.get("TableInput", {}).get("Name") or asked.get("Name", "")
        database = asked.get("DatabaseName") or name
        resource = f"table/{database}/{name}" if operation in _OF_TABLES else f"database/{database}"
        yield Question(f"grant:{_NEEDED[operation]}", resource)
        if operation == "GetTables":  # AWS leaves out what may not be seen; a lineage that misses a table is refused
            yield from (Question("grant:DESCRIBE", f"table/{database}/{each}") for each in self._tables(database))
        yield from _place(asked.get("TableInput", {}).get("StorageDescriptor", {}).get("Location"))

    def allows(self, question: Question, principal: Principal) -> bool:
        """Whether a grant, a default or an office gives it."""
        permission, resource = question.action.partition(":")[2], question.resource
        if permission == "DATA_LOCATION_ACCESS" and not self._registered(resource):
            return True
        if principal.arn in self._administrators() and permission in {
            "ADMINISTER", "CREATE_DATABASE", "DATA_LOCATION_ACCESS", "DESCRIBE",
        }:  # fmt: skip
            return True
        if resource.count("/") == 3:  # a column: with the table, or through a filter
            table, _, column = resource.rpartition("/")
            whole = self.allows(Question(question.action, table), principal)
            return whole or any(column not in left_out for left_out in self._left_out(principal, table))
        if {(principal.arn, resource), (EVERYBODY, resource)} & self.made:
            return True
        if permission == "DESCRIBE" and resource.startswith("table/") and self._selects(principal, resource):
            return True  # who may select from a table sees that it is there
        return any(
            grant.principal["DataLakePrincipalIdentifier"] in {principal.arn, EVERYBODY}
            and {permission, "ALL"} & self.permissions(grant)
            and _covers(grant.resource, resource)
            for grant in self.grants()
        )

    def _selects(self, principal: Principal, table: str) -> bool:
        return bool(self._left_out(principal, table)) or self.allows(Question("grant:SELECT", table), principal)

    def _left_out(self, principal: Principal, resource: str) -> list[set[str]]:
        """For each filter through which somebody may select from the table: the columns that it leaves out."""
        kept, grants = self.filters()
        given = {
            (each["DatabaseName"], each["TableName"], each["Name"])
            for grant in grants
            for each in [grant["Resource"]["DataCellsFilter"]]
            if grant["Principal"]["DataLakePrincipalIdentifier"] == principal.arn and "SELECT" in grant["Permissions"]
        }
        return [
            set(each["ColumnWildcard"]["ExcludedColumnNames"])
            for each in kept
            if f"table/{each['DatabaseName']}/{each['TableName']}" == resource
            and (each["DatabaseName"], each["TableName"], each["Name"]) in given
        ]

    def note_made(self, operation: str, asked: dict[str, Any], principal: Principal) -> None:
        """Something is made: all is its maker's, and everybody's if the defaults are still those of old accounts."""
        if operation == "CreateDatabase":
            name = asked["DatabaseInput"]["Name"]
            resource, defaults = f"database/{name}", self._settings().get("CreateDatabaseDefaultPermissions")
        elif operation == "CreateTable":
            name = asked["DatabaseName"]
            resource, defaults = f"table/{name}/{asked['TableInput']['Name']}", self._table_defaults(name)
        else:
            return
        if resource in self._there():
            return
        self.made.add((principal.arn, resource))
        if defaults:
            self.made.add((EVERYBODY, resource))

    def _table_defaults(self, database: str) -> Any:
        """The database's own; those of the account where it was made without any."""
        found = _glue().databases.get(database)
        own = found.as_dict().get("CreateTableDefaultPermissions") if found is not None else None
        return self._settings().get("CreateTableDefaultPermissions") if own is None else own

    def _tables(self, database: str) -> list[str]:
        found = _glue().databases.get(database)
        return sorted(found.tables) if found is not None else []

    def _there(self) -> set[str]:
        """What is there already, and is not made again."""
        databases = _glue().databases
        tables = {f"table/{database}/{name}" for database in databases for name in self._tables(database)}
        return tables | {f"database/{name}" for name in databases}

    def _settings(self) -> dict[str, Any]:
        return dict(_backend().settings[ACCOUNT])

    def _administrators(self) -> set[str]:
        return {each["DataLakePrincipalIdentifier"] for each in self._settings()["DataLakeAdmins"]}

    def _registered(self, place: str) -> bool:
        return any(_within(place, each) for each in _backend().resources)

    def permissions(self, grant: Any) -> set[str]:
        """What a grant gives."""
        return set(grant.permissions)

    def grants(self) -> list[Any]:
        """Grants on the catalog and on places."""
        catalog = _backend().grants.get(ACCOUNT)
        return list(catalog.permissions) if catalog is not None else []


def _covers(granted: dict[str, Any], resource: str) -> bool:
    kind, _, rest = resource.partition("/")
    if "DataLocation" in granted:
        return resource.startswith("arn:") and _within(resource, granted["DataLocation"]["ResourceArn"])
    if "Database" in granted:
        return (kind, rest) == ("database", granted["Database"]["Name"])
    table = granted.get("Table") or granted.get("TableWithColumns")
    if table is None or kind != "table":
        return "Catalog" in granted and resource == "catalog"
    if "TableWithColumns" in granted:  # some of its columns are a filter's business here
        assert table["ColumnWildcard"] == {}, f"a grant on some columns is not evaluated: {granted}"
    return table["DatabaseName"] == rest.partition("/")[0] and (
        "TableWildcard" in table or table.get("Name") == rest.partition("/")[2]
    )


def _within(place: str, registered: str) -> bool:
    return place == registered or place.startswith(registered.rstrip("/") + "/")


def _place(location: str | None) -> Iterator[Question]:
    if location:
        yield Question("grant:DATA_LOCATION_ACCESS", f"arn:aws:s3:::{location.removeprefix('s3://').rstrip('/')}")


def _backend() -> Any:
    from moto.lakeformation.models import lakeformation_backends

    return lakeformation_backends[ACCOUNT][REGION]


def _glue() -> Any:
    from moto.glue.models import glue_backends

    return glue_backends[ACCOUNT][REGION]
