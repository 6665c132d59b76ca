"""Rows of a table deleted by their positions: the embedded engine finds them, and one commit of Iceberg's takes them.

As a statement of Spark's, to delete a hundred people's rows scanned the table as a job of many tasks.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from catalog.arrow_files import ArrowFiles, describer
from catalog.tables import data_folder, iceberg_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from pyspark.sql import SparkSession

    from catalog.profile import Profile
    from catalog.snapshot_reader import RowsOfFile
    from catalog.spec import TableSpec

# Iceberg's reserved ids of the columns of position delete files (its specification, "Reserved Field IDs").
_FIELD_IDS = {"file_path": 2147483546, "pos": 2147483545}


def delete_positions(
    spark: SparkSession, profile: Profile, spec: TableSpec, branch: str, rows: Sequence[RowsOfFile]
) -> int:
    """Delete rows on a branch of the table; the snapshot that it makes.

    Args:
        spark: the session.
        profile: the lake.
        spec: the table.
        branch: the branch, whose head has these files.
        rows: what to delete, not empty.
    """
    table = iceberg_table(spark, spec)
    jvm: Any = spark._jvm  # noqa: SLF001 - pyspark has no public way to Iceberg's API
    iceberg = jvm.org.apache.iceberg
    describe = describer(spark, table, iceberg.MetricsConfig.forPositionDelete(table))
    specs, builder_of = table.specs(), iceberg.FileMetadata.deleteFileBuilder
    arrow = ArrowFiles(data_folder(table), _schema(), profile.pyiceberg_properties())
    delta = table.newRowDelta().toBranch(branch)
    for (spec_id, partition), files in _by_partition(rows).items():
        for written in replace(arrow, partition=partition).write(iter([_batch(files)])):
            delta.addDeletes(describe(builder_of(specs.get(spec_id)).ofPositionDeletes(), written))
    delta.commit()
    table.refresh()
    return int(table.snapshot(branch).snapshotId())


def _by_partition(rows: Sequence[RowsOfFile]) -> dict[tuple[int, str], list[RowsOfFile]]:
    found = defaultdict(list)
    for each in rows:
        found[each.spec_id, each.partition].append(each)
    return found


def _batch(files: Sequence[RowsOfFile]) -> pa.RecordBatch:
    """The rows of a delete file, ordered by file and position, as Iceberg wants them."""
    import pyarrow as pa

    ordered = sorted(files, key=lambda each: each.location)
    paths = [each.location for each in ordered for _ in each.positions]
    positions = [position for each in ordered for position in each.positions]
    return pa.RecordBatch.from_arrays([pa.array(paths, pa.string()), pa.array(positions, pa.int64())], schema=_schema())


def _schema() -> pa.Schema:
    import pyarrow as pa

    types = {"file_path": pa.string(), "pos": pa.int64()}
    return pa.schema(
        [
            pa.field(name, types[name], nullable=False, metadata={"PARQUET:field_id": str(id_)})
            for name, id_ in _FIELD_IDS.items()
        ]
    )
