"""Tables made in the catalog from their specs."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from catalog.schema.table_spec import DAY_MS
from catalog.specs import TABLES

if TYPE_CHECKING:
    from pyiceberg.partitioning import PartitionSpec
    from pyiceberg.schema import Schema
    from pyiceberg.types import PrimitiveType

    from catalog.lake import Lake
    from catalog.schema.table_spec import IcebergType, TableSpec

_METADATA_FILES = "5"
"""Earlier metadata files that stay: more than a run makes commits to a table while a reader opens what it was told."""


def create_tables(lake: Lake) -> list[str]:
    """Create the zones and every table that is not there yet; the identifiers of those created."""
    from pyiceberg.exceptions import NamespaceAlreadyExistsError, TableAlreadyExistsError

    created = []
    for zone in dict.fromkeys(spec.zone for spec in TABLES.values()):
        database = lake.profile.database(zone)
        if not lake.catalog.namespace_exists(database):
            with suppress(NamespaceAlreadyExistsError):  # another run was first
                lake.catalog.create_namespace(database)
        present = {name for _, name in lake.catalog.list_tables(database)}
        for spec in TABLES.values():
            if spec.zone == zone and spec.name not in present:
                try:
                    _create(lake, spec)
                except TableAlreadyExistsError:
                    continue
                created.append(spec.identifier)
    return created


def _create(lake: Lake, spec: TableSpec) -> None:
    schema = iceberg_schema(spec)
    lake.catalog.create_table(
        (lake.profile.database(spec.zone), spec.name),
        schema,
        partition_spec=_partition_spec(spec, schema),
        properties=table_properties(spec) | {"comment": spec.doc},
    )


def iceberg_schema(spec: TableSpec) -> Schema:
    """The table's columns with their docs, numbered from 1 in storage order."""
    from pyiceberg.schema import Schema
    from pyiceberg.types import NestedField

    return Schema(
        *(
            NestedField(number, column.name, _type(column.type), required=column.required, doc=column.doc)
            for number, column in enumerate(spec.columns, 1)
        )
    )


def _type(name: IcebergType) -> PrimitiveType:
    from pyiceberg import types

    known: dict[IcebergType, PrimitiveType] = {
        "string": types.StringType(),
        "long": types.LongType(),
        "int": types.IntegerType(),
        "double": types.DoubleType(),
        "boolean": types.BooleanType(),
        "timestamptz": types.TimestamptzType(),
    }
    return known[name]


def _partition_spec(spec: TableSpec, schema: Schema) -> PartitionSpec:
    """By days, under the name that Spark gives such a partition."""
    from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC, PartitionField, PartitionSpec
    from pyiceberg.transforms import DayTransform

    if (time := spec.partitioned_by_days_of) is None:
        return UNPARTITIONED_PARTITION_SPEC
    source = schema.find_field(time).field_id
    return PartitionSpec(PartitionField(source, 1000, DayTransform(), f"{time}_day"))


def table_properties(spec: TableSpec) -> dict[str, str]:
    """Iceberg properties: Athena reads format version 2; columns that lead to people keep no bounds in manifests."""
    metrics = {f"write.metadata.metrics.column.{name}": "counts" for name in spec.unbounded_columns}
    return {
        "format-version": "2",
        "write.parquet.compression-codec": "zstd",
        # Of writers other than ours: a person who leaves takes few rows out of many files, so positions are written.
        "write.delete.mode": "merge-on-read",
        "history.expire.max-snapshot-age-ms": str(spec.retention_days * DAY_MS),
        "history.expire.min-snapshots-to-keep": str(spec.maintenance.snapshots),
        # Each metadata file names every snapshot: kept for ever, they grow with the square of the commits.
        "write.metadata.delete-after-commit.enabled": "true",
        "write.metadata.previous-versions-max": _METADATA_FILES,
        **metrics,
    }
