"""Tables of the catalog: made from their specs, read at a fixed snapshot, asked for their state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.databases import qualified_database, qualified_table
from catalog.spec import DAY_MS
from catalog.specs import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame, SparkSession

    from catalog.spec import Column, TableSpec


def qualified(spec: TableSpec) -> str:
    """The table's name in Spark SQL: ``stedi.zone.table``."""
    return qualified_table(spec)


def create_tables(spark: SparkSession) -> list[str]:
    """Create the zones and every table that is not there yet; the identifiers of those created."""
    created = []
    for zone in dict.fromkeys(spec.zone for spec in TABLES.values()):
        spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {qualified_database(zone)}")
        present = {row.tableName for row in spark.sql(f"SHOW TABLES IN {qualified_database(zone)}").collect()}
        for spec in TABLES.values():
            if spec.zone == zone and spec.name not in present:
                spark.sql(create_statement(spec))
                created.append(spec.identifier)
    return created


def create_statement(spec: TableSpec) -> str:
    """Spark SQL that creates the table, with its columns' docs, partitioning and properties."""
    columns = ",\n  ".join(_column_clause(column) for column in spec.columns)
    partitioning = f"\nPARTITIONED BY ({', '.join(spec.partitioning)})" if spec.partitioning else ""
    properties = ",\n  ".join(f"'{key}' = '{value}'" for key, value in table_properties(spec).items())
    return (
        f"CREATE TABLE {qualified(spec)} (\n  {columns}\n) USING iceberg{partitioning}\n"
        f"COMMENT {_literal(spec.doc)}\nTBLPROPERTIES (\n  {properties}\n)"
    )


def table_properties(spec: TableSpec) -> dict[str, str]:
    """Iceberg properties: Athena reads format version 2; personal columns keep no bounds in manifests."""
    metrics = {f"write.metadata.metrics.column.{name}": "counts" for name in spec.personal_columns}
    return {
        "format-version": "2",
        "write.parquet.compression-codec": "zstd",
        # A person who leaves takes few rows out of many files: positions are written, and files stay until compacted.
        "write.delete.mode": "merge-on-read",
        # Rows are not sorted for a write; sessions of ours bring them together by day (``catalog.session.SETTINGS``).
        "write.distribution-mode": "none",
        "write.spark.fanout.enabled": "true",
        "history.expire.max-snapshot-age-ms": str(spec.retention_days * DAY_MS),
        **metrics,
    }


def _column_clause(column: Column) -> str:
    required = " NOT NULL" if column.required else ""
    return f"`{column.name}` {column.sql_type}{required} COMMENT {_literal(column.doc)}"


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def iceberg_table(spark: SparkSession, spec: TableSpec) -> Any:
    """Iceberg's own Java table, freshly loaded: several reference changes can go into one of its commits.

    Spark SQL has a statement for each single change only.
    """
    jvm: Any = spark._jvm  # noqa: SLF001 - pyspark has no public way to Iceberg's API
    return jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, qualified(spec))  # noqa: SLF001


def data_folder(table: Any) -> str:
    """Where Iceberg's own Java table keeps its files, with a slash at its end."""
    return str(table.locationProvider().newDataLocation("x")).removesuffix("x")


@dataclass(frozen=True)
class Snapshot:
    """The snapshot that ``main`` points at.

    Attributes:
        snapshot_id: Iceberg's id.
        committed_at: when it was committed, epoch ms UTC.
        summary: Iceberg's summary with our ``stedi.*`` properties.
    """

    snapshot_id: int
    committed_at: int
    summary: Mapping[str, str]


def current_snapshot(spark: SparkSession, spec: TableSpec) -> Snapshot | None:
    """The published snapshot of the table; None before its first."""
    snapshot = iceberg_table(spark, spec).currentSnapshot()
    if snapshot is None:
        return None
    return Snapshot(snapshot.snapshotId(), snapshot.timestampMillis(), dict(snapshot.summary()))


def relation(spec: TableSpec, snapshot_id: int | None) -> str:
    """SQL text that reads the table at that snapshot; the table itself where it has none (it is empty)."""
    return qualified(spec) if snapshot_id is None else f"{qualified(spec)} VERSION AS OF {snapshot_id}"


def read(spark: SparkSession, spec: TableSpec, snapshot_id: int | None) -> DataFrame:
    """The table's rows at that snapshot; no rows where it has none."""
    return spark.sql(f"SELECT * FROM {relation(spec, snapshot_id)}")


def count_rows(spark: SparkSession, spec: TableSpec, snapshot_id: int) -> int:
    """Rows that readers of the snapshot get; its summary also takes off deletes that apply to nothing any more.

    Where no delete file is live the list of manifests says it; else Spark counts.
    """
    table = iceberg_table(spark, spec)
    snapshot, io = table.snapshot(snapshot_id), table.io()
    deletes = [each for each in snapshot.deleteManifests(io) if each.hasAddedFiles() or each.hasExistingFiles()]
    if deletes:
        return read(spark, spec, snapshot_id).count()
    return sum(int(each.addedRowsCount()) + int(each.existingRowsCount()) for each in snapshot.dataManifests(io))
