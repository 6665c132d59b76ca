"""Tables' columns in Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from catalog.schema.table_spec import IcebergType, TableSpec

ARROW_TYPES: dict[IcebergType, pa.DataType] = {
    "string": pa.string(),
    "long": pa.int64(),
    "int": pa.int32(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamptz": pa.timestamp("us", "UTC"),
}
"""Arrow's type of each type that columns have."""


def arrow_schema(spec: TableSpec) -> pa.Schema:
    """The schema that a table's spec declares."""
    return pa.schema(
        [pa.field(column.name, ARROW_TYPES[column.type], nullable=not column.required) for column in spec.columns]
    )
