"""Candidates of data files that are written already: one commit adds them to a table's audit branch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.publish import Candidate, audit_branch, open_branch, run_summary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import SparkSession

    from catalog.spec import TableSpec


def add_files(
    spark: SparkSession, spec: TableSpec, locations: Sequence[str], run_id: str, properties: Mapping[str, str]
) -> Candidate:
    """Add written files to the run's audit branch of the table; Iceberg reads their footers for its metrics.

    Args:
        spark: the session.
        spec: the table.
        locations: of the files.
        run_id: the run.
        properties: kept in the snapshot's summary under ``stedi.``.
    """
    table, branch = open_branch(spark, spec, run_id), audit_branch(run_id)
    jvm: Any = spark._jvm  # noqa: SLF001 - pyspark has no public way to Iceberg's API
    iceberg = jvm.org.apache.iceberg
    metrics = iceberg.MetricsConfig.forTable(table)
    append = table.newFastAppend().toBranch(branch)
    for location in locations:
        file = table.io().newInputFile(location)
        builder = iceberg.DataFiles.builder(table.spec()).withInputFile(file).withFormat("parquet")
        append.appendFile(builder.withMetrics(iceberg.parquet.ParquetUtil.fileMetrics(file, metrics)).build())
    for key, value in run_summary(run_id, properties).items():
        append.set(key, value)
    append.commit()
    table.refresh()
    return Candidate(spec, branch, table.snapshot(branch).snapshotId())
