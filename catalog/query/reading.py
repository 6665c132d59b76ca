"""One pyiceberg scan for each table reference: its snapshot, its columns, its files; a bounded share at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.errors import DamagedFileError
from catalog.query.metadata_tables import metadata_rows
from catalog.query.refusal import unsupported

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa
    from pyiceberg.expressions import BooleanExpression
    from pyiceberg.table import FileScanTask, Table

    from catalog.query.scan import Scan

# Files are read in groups of at most this many bytes (one at least): what is decoded at a time stays bounded.
_GROUP_BYTES = 32 * 1024 * 1024


def read(scan: Scan, table: Table | None, damage: list[DamagedFileError]) -> pa.RecordBatchReader:
    """The rows that the query needs; columns are named c and their position in the table.

    Args:
        scan: the reference.
        table: its table; None where the reference has its rows.
        damage: takes the error of a file that is damaged, of which whoever reads the rows is told another one.
    """
    import pyarrow as pa

    names = list(scan.used) or [_smallest(scan)]
    positions = {column.stored: index for index, column in enumerate(scan.columns)}
    types = {name: scan.columns[positions[name]].type.arrow for name in names}
    schema = pa.schema([pa.field(f"c{positions[name]}", types[name]) for name in names])
    if scan.kind is not None or scan.rows is not None or table is None:
        rows = scan.rows or (metadata_rows(scan.kind, table) if scan.kind and table else [])
        arrays = [pa.array([row.get(name) for row in rows], types[name]) for name in names]
        return pa.RecordBatchReader.from_batches(schema, [pa.record_batch(arrays, schema=schema)])
    batches = (
        pa.record_batch([_checked(batch.column(name), types[name]) for name in names], schema=schema)
        for batch in _noted(_batches(scan, table, names), damage)
    )
    return pa.RecordBatchReader.from_batches(schema, batches)


def _noted(batches: Iterator[pa.RecordBatch], damage: list[DamagedFileError]) -> Iterator[pa.RecordBatch]:
    try:
        yield from batches
    except DamagedFileError as error:
        damage.append(error)
        raise


def _checked(values: pa.Array[Any], type_: pa.DataType) -> pa.Array[Any]:
    """The values in DuckDB's type; NaN is refused, because the engines disagree on how it compares."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_float64(type_) and pc.any(pc.is_nan(values)).as_py():
        raise unsupported("columns that hold NaN")
    return values.cast(type_)


def _smallest(scan: Scan) -> str:
    """The column to count rows by: fixed-width where there is one."""
    narrow = [column.stored for column in scan.columns if column.type.name in {"integer", "bigint", "boolean"}]
    return narrow[0] if narrow else scan.columns[0].stored


def _batches(scan: Scan, table: Table, names: list[str]) -> Iterator[pa.RecordBatch]:
    from pyiceberg.io.pyarrow import ArrowScan

    if scan.snapshot_id is None:
        return
    planned = planned_scan(scan, table, names)
    for group in _groups(planned.plan_files()):
        reader = ArrowScan(table.metadata, table.io, planned.projection(), planned.row_filter)
        yield from reader.to_record_batches(group)


def planned_scan(scan: Scan, table: Table, names: list[str]) -> Any:
    """Pyiceberg's scan of the snapshot, with projection and filters."""
    return table.scan(row_filter=_row_filter(scan, table), selected_fields=tuple(names), snapshot_id=scan.snapshot_id)


def _groups(tasks: Iterable[FileScanTask]) -> Iterator[list[FileScanTask]]:
    group: list[FileScanTask] = []
    size = 0
    for task in tasks:
        if group and size + task.file.file_size_in_bytes > _GROUP_BYTES:
            yield group
            group, size = [], 0
        group.append(task)
        size += task.file.file_size_in_bytes
    if group:
        yield group


def _row_filter(scan: Scan, table: Table) -> BooleanExpression:
    """All conditions on columns that the table still has: pyiceberg binds filters to today's schema."""
    from pyiceberg.expressions import AlwaysTrue, And

    known = set(table.schema().column_names)
    return And(AlwaysTrue(), AlwaysTrue(), *(one for one in scan.conditions if _columns(one) <= known))


def _columns(condition: Any) -> set[str]:
    from pyiceberg.expressions import And, Or

    if isinstance(condition, And | Or):
        return _columns(condition.left) | _columns(condition.right)
    return {condition.term.name}
