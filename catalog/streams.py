"""Rows of a snapshot, file by file, and an embedded SQL engine beside them: memory stays bounded, and no JVM starts."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from catalog.workplace import workplace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa
    from duckdb import DuckDBPyConnection
    from pyiceberg.table import DataScan, FileScanTask, Table


def arrow_schema(scan: DataScan) -> pa.Schema:
    """The columns that the scan reads, as Arrow has them."""
    from pyiceberg.io.pyarrow import schema_to_pyarrow

    return schema_to_pyarrow(scan.projection(), include_field_ids=False)


def rows_of(table: Table, snapshot_id: int) -> pa.RecordBatchReader:
    """All rows of the snapshot, with the columns that it had."""
    scan = table.scan(snapshot_id=snapshot_id)
    return rows_of_files(scan, files(scan))


def files(scan: DataScan) -> list[FileScanTask]:
    """The data files that the scan reads, each with the delete files that apply to it."""
    return list(scan.plan_files())


def rows_of_files(scan: DataScan, tasks: Iterable[FileScanTask]) -> pa.RecordBatchReader:
    """The rows of those data files that their delete files leave."""
    import pyarrow as pa

    schema = arrow_schema(scan)
    return pa.RecordBatchReader.from_batches(schema, _batches(scan, tasks, schema))


def _batches(scan: DataScan, tasks: Iterable[FileScanTask], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    from pyiceberg.io.pyarrow import ArrowScan, _read_all_delete_files

    reading = ArrowScan(scan.table_metadata, scan.io, scan.projection(), scan.row_filter)
    for task in tasks:
        deletes = _read_all_delete_files(scan.io, [task])
        # What pyiceberg offers to everybody holds whole files, and all of them at once where the reader is slow.
        for batch in reading._record_batches_from_scan_tasks_and_deletes([task], deletes):  # noqa: SLF001
            yield batch.cast(schema)


@contextmanager
def sql_engine() -> Iterator[DuckDBPyConnection]:
    """An empty DuckDB that spills to a folder of its own, which nobody else can read and which is gone afterwards."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="sql_", dir=workplace()) as folder:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": folder,
            "memory_limit": os.environ.get("STEDI_SQL_MEMORY", "512MB"),
            "preserve_insertion_order": False,
        }
        connection = duckdb.connect(":memory:", config=settings)
        try:
            connection.execute("SET TimeZone = 'UTC'")
            # Nothing but what is registered can be read, whatever stands in a name.
            connection.execute("SET enable_external_access = false")
            yield connection
        finally:
            connection.close()


def quoted(names: Iterable[str]) -> str:
    """Column names as a list in SQL."""
    return ", ".join('"' + name.replace('"', '""') + '"' for name in names)
