"""Candidates of data files that are written already: one commit adds them to a table's audit branch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.arrow_files import describer
from catalog.publish import open_branch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import SparkSession

    from catalog.arrow_files import WrittenFile
    from catalog.publish import Candidate, Deletion
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
    draft = open_branch(spark, spec, run_id, properties, delete)
    jvm: Any = spark._jvm  # noqa: SLF001 - pyspark has no public way to Iceberg's API
    iceberg = jvm.org.apache.iceberg
    describe = describer(spark, draft.table, iceberg.MetricsConfig.forTable(draft.table))
    partitioning, builder_of = draft.table.spec(), iceberg.DataFiles.builder
    append = draft.table.newFastAppend().toBranch(draft.branch)
    for written in files:
        append.appendFile(describe(builder_of(partitioning), written))
    for key, value in draft.summary.items():
        append.set(key, value)
    append.commit()
    return draft.candidate()
