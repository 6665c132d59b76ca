"""Candidates of data files that are written already: one commit adds them to a table's audit branch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.publish import Candidate, audit_branch, open_branch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import SparkSession

    from catalog.arrow_files import WrittenFile
    from catalog.publish import Deletion
    from catalog.spec import TableSpec


def add_files(
    spark: SparkSession,
    spec: TableSpec,
    files: Sequence[WrittenFile],
    run_id: str,
    properties: Mapping[str, str],
    delete: Deletion | None = None,
) -> Candidate:
    """Add written files to the run's audit branch of the table; Iceberg reads their footers for its metrics.

    Args:
        spark: the session.
        spec: the table.
        files: the files.
        run_id: the run.
        properties: kept in the snapshot's summary under ``stedi.``.
        delete: rows to take away before the others are added.
    """
    branch = audit_branch(run_id)
    table, summary = open_branch(spark, spec, run_id, properties, delete)
    jvm: Any = spark._jvm  # noqa: SLF001 - pyspark has no public way to Iceberg's API
    iceberg = jvm.org.apache.iceberg
    append = table.newFastAppend().toBranch(branch)
    # Looked up once: each name of the JVM's takes a round trip, and a table by day can have hundreds of files.
    io, partitioning, data_files = table.io(), table.spec(), iceberg.DataFiles
    metrics, metrics_of = iceberg.MetricsConfig.forTable(table), iceberg.parquet.ParquetUtil.fileMetrics
    for written in files:
        file = io.newInputFile(written.location)
        builder = data_files.builder(partitioning).withInputFile(file).withFormat("parquet")
        if written.partition:
            builder = builder.withPartitionPath(written.partition)
        append.appendFile(builder.withMetrics(metrics_of(file, metrics)).build())
    for key, value in summary.items():
        append.set(key, value)
    append.commit()
    table.refresh()
    return Candidate(spec, branch, table.snapshot(branch).snapshotId())
