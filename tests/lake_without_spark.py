"""A lake that pyiceberg alone makes, for what needs no Spark: tables as their specs say, without partitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyiceberg.catalog import load_catalog as load
from pyiceberg.schema import Schema
from pyiceberg.types import (
    BooleanType,
    DoubleType,
    IcebergType,
    IntegerType,
    LongType,
    NestedField,
    StringType,
    TimestamptzType,
)

from catalog.profiles.profile import CATALOG, LocalProfile, local_profile
from catalog.specs import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyiceberg.table import Table

    from catalog.schema.table_spec import TableSpec

_TYPES: dict[str, IcebergType] = {
    "string": StringType(),
    "long": LongType(),
    "int": IntegerType(),
    "double": DoubleType(),
    "boolean": BooleanType(),
    "timestamptz": TimestamptzType(),
}


def make_lake(folder: Path) -> LocalProfile:
    """A lake with every table, all of them empty."""
    profile = local_profile(folder)
    profile.prepare()
    catalog = load(CATALOG, **profile.pyiceberg_properties())
    for identifier, spec in TABLES.items():
        catalog.create_namespace_if_not_exists(spec.zone)
        catalog.create_table(identifier, _schema(spec))
    return profile


def table(profile: LocalProfile, identifier: str) -> Table:
    return load(CATALOG, **profile.pyiceberg_properties()).load_table(identifier)


def overwrite(profile: LocalProfile, identifier: str, rows: Sequence[dict[str, Any]]) -> int:
    """Publish these rows and no others; the snapshot's id."""
    target = table(profile, identifier)
    if target.scan().count():
        target.overwrite(_arrow(target, rows))
    else:
        target.append(_arrow(target, rows))  # to overwrite nothing is a warning
    return _current(target)


def append(profile: LocalProfile, identifier: str, rows: Sequence[dict[str, Any]], run: str | None = None) -> int:
    """Publish these rows besides, as a run does; the snapshot's id."""
    target = table(profile, identifier)
    target.append(_arrow(target, rows), snapshot_properties={"stedi.run-id": run} if run else {})
    return _current(target)


def customer(email: str, **values: Any) -> dict[str, Any]:
    """A row of customer_trusted."""
    row = {
        "customerName": "N",
        "email": email,
        "phone": "1",
        "birthDay": "1990-01-01",
        "serialNumber": f"device of {email}",
        "registrationDate": 1,
        "lastUpdateDate": 1,
        "shareWithResearchAsOfDate": 1,
        "shareWithPublicAsOfDate": None,
        "shareWithFriendsAsOfDate": None,
        "person": email.lower(),
        "device": f"deviceof{email}",
    }
    return row | values


def _schema(spec: TableSpec) -> Schema:
    return Schema(
        *(
            NestedField(number, column.name, _TYPES[column.type], required=column.required)
            for number, column in enumerate(spec.columns, 1)
        )
    )


def _arrow(target: Table, rows: Sequence[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=target.schema().as_arrow())


def _current(target: Table) -> int:
    snapshot = target.current_snapshot()
    assert snapshot is not None
    return snapshot.snapshot_id
