"""The tables of ``information_schema``, with the columns and types that Athena gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.query.refusal import unsupported
from catalog.query.scan import TableColumn
from catalog.query.types import BIGINT, VARCHAR, Type
from catalog.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

INFORMATION_SCHEMA = "information_schema"
CATALOG_NAME = "awsdatacatalog"
"""What the catalog is called on Athena."""

_COLUMNS: dict[str, dict[str, Type]] = {
    "columns": {
        "table_catalog": VARCHAR,
        "table_schema": VARCHAR,
        "table_name": VARCHAR,
        "column_name": VARCHAR,
        "ordinal_position": BIGINT,
        "column_default": VARCHAR,
        "is_nullable": VARCHAR,
        "data_type": VARCHAR,
    },
    "tables": {"table_catalog": VARCHAR, "table_schema": VARCHAR, "table_name": VARCHAR, "table_type": VARCHAR},
    "views": {"table_catalog": VARCHAR, "table_schema": VARCHAR, "table_name": VARCHAR, "view_definition": VARCHAR},
    "schemata": {"catalog_name": VARCHAR, "schema_name": VARCHAR},
    "table_privileges": dict.fromkeys(
        (
            *("grantor", "grantor_type", "grantee", "grantee_type", "table_catalog", "table_schema", "table_name"),
            *("privilege_type", "is_grantable", "with_hierarchy"),
        ),
        VARCHAR,
    ),
    "roles": {"role_name": VARCHAR},
    "applicable_roles": dict.fromkeys(("grantee", "grantee_type", "role_name", "is_grantable"), VARCHAR),
    "enabled_roles": {"role_name": VARCHAR},
}
_ANSWERED = ("columns", "schemata", "tables", "views")


def schema_columns(name: str) -> tuple[TableColumn, ...]:
    """The columns of one of its tables.

    Raises:
        RefusedQueryError: there is no such table, or it is about people's rights, which a lake does not know.
    """
    if name not in _ANSWERED:
        raise unsupported(
            f"information_schema.{name}",
            f"supported are: {', '.join(_ANSWERED)}{did_you_mean(name, _ANSWERED)}",
        )
    return tuple(TableColumn(column, type_, column) for column, type_ in _COLUMNS[name].items())


def schema_rows(
    name: str, identifiers: Sequence[str], columns_of: Callable[[str], Sequence[tuple[TableColumn, bool]]]
) -> list[dict[str, Any]]:
    """The rows of one of its tables.

    Args:
        name: the table.
        identifiers: ``zone.table`` of the lake's own tables.
        columns_of: the columns of one of those, and whether each may be NULL.
    """
    tables = [tuple(identifier.split(".", 1)) for identifier in identifiers]
    if name == "schemata":
        zones = sorted({INFORMATION_SCHEMA, *(zone for zone, _ in tables)})
        return [{"catalog_name": CATALOG_NAME, "schema_name": zone} for zone in zones]
    if name == "tables":
        own = [(INFORMATION_SCHEMA, each) for each in _COLUMNS]
        return [_place(zone, table) | {"table_type": "BASE TABLE"} for zone, table in [*tables, *own]]
    if name == "columns":
        rows = [_column_rows(zone, table, columns_of(f"{zone}.{table}")) for zone, table in tables]
        rows += [
            _column_rows(INFORMATION_SCHEMA, table, [(TableColumn(*column, ""), True) for column in columns.items()])
            for table, columns in _COLUMNS.items()
        ]
        return [row for each in rows for row in each]
    return []


def _place(zone: str, table: str) -> dict[str, Any]:
    return {"table_catalog": CATALOG_NAME, "table_schema": zone, "table_name": table}


def _column_rows(zone: str, table: str, columns: Sequence[tuple[TableColumn, bool]]) -> list[dict[str, Any]]:
    return [
        _place(zone, table)
        | {
            "column_name": column.name,
            "ordinal_position": position,
            "column_default": None,
            "is_nullable": "YES" if nullable else "NO",
            "data_type": str(column.type),
        }
        for position, (column, nullable) in enumerate(columns, 1)
    ]
