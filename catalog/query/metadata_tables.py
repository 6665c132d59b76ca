"""Iceberg's metadata tables with the columns and types that Athena gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.query.scan import TableColumn
from catalog.query.types import BIGINT, BOOLEAN, DATE, INTEGER, NESTED, VARCHAR, VARCHAR_MAP, Type, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyiceberg.table import Table

_MOMENT = timestamp(3, zone=True)

_COLUMNS: dict[str, dict[str, Type]] = {
    "snapshots": {
        "committed_at": _MOMENT,
        "snapshot_id": BIGINT,
        "parent_id": BIGINT,
        "operation": VARCHAR,
        "manifest_list": VARCHAR,
        "summary": VARCHAR_MAP,
    },
    "history": {
        "made_current_at": _MOMENT,
        "snapshot_id": BIGINT,
        "parent_id": BIGINT,
        "is_current_ancestor": BOOLEAN,
    },
    "refs": {
        "name": VARCHAR,
        "type": VARCHAR,
        "snapshot_id": BIGINT,
        "max_reference_age_in_ms": BIGINT,
        "min_snapshots_to_keep": INTEGER,
        "max_snapshot_age_in_ms": BIGINT,
    },
    "manifests": {
        "path": VARCHAR,
        "length": BIGINT,
        "partition_spec_id": INTEGER,
        "added_snapshot_id": BIGINT,
        "added_data_files_count": INTEGER,
        "added_rows_count": BIGINT,
        "existing_data_files_count": INTEGER,
        "existing_rows_count": BIGINT,
        "deleted_data_files_count": INTEGER,
        "deleted_rows_count": BIGINT,
        "partition_summaries": NESTED,
    },
    "files": {
        "content": INTEGER,
        "file_path": VARCHAR,
        "file_format": VARCHAR,
        "spec_id": INTEGER,
        "partition": NESTED,
        "record_count": BIGINT,
        "file_size_in_bytes": BIGINT,
        "column_sizes": NESTED,
        "value_counts": NESTED,
        "null_value_counts": NESTED,
        "nan_value_counts": NESTED,
        "lower_bounds": NESTED,
        "upper_bounds": NESTED,
        "key_metadata": NESTED,
        "split_offsets": NESTED,
        "equality_ids": NESTED,
        "sort_order_id": INTEGER,
        "readable_metrics": NESTED,
    },
    "partitions": {
        "partition": NESTED,
        "record_count": BIGINT,
        "file_count": BIGINT,
        "total_size": BIGINT,
        "data": NESTED,
    },
}
KINDS = tuple(_COLUMNS)


def metadata_columns(kind: str, table: Table) -> tuple[TableColumn, ...]:
    """The columns of a metadata table; fields of a row stand as ``row.field``."""
    columns = [TableColumn(name, type_, name) for name, type_ in _COLUMNS[kind].items()]
    if kind in {"files", "partitions"}:
        columns += _partition_fields(table)
    return tuple(columns)


def _partition_fields(table: Table) -> list[TableColumn]:
    """Fields of ``partition`` that are days: the only transform that tables of this lake have."""
    days = [field.name for field in table.spec().fields if str(field.transform) == "day"]
    return [TableColumn(f"partition.{name.lower()}", DATE, f"partition.{name}") for name in days]


def metadata_rows(kind: str, table: Table) -> list[dict[str, Any]]:
    """The rows of a metadata table, with what `metadata_columns` names but refuses to show left out."""
    return _ROWS[kind](table)


def _snapshots(table: Table) -> list[dict[str, Any]]:
    return [
        {
            "committed_at": snapshot.timestamp_ms * 1000,
            "snapshot_id": snapshot.snapshot_id,
            "parent_id": snapshot.parent_snapshot_id,
            "operation": snapshot.summary.operation.value if snapshot.summary else None,
            "manifest_list": snapshot.manifest_list,
            "summary": list(snapshot.summary.additional_properties.items()) if snapshot.summary else [],
        }
        for snapshot in table.metadata.snapshots
    ]


def _history(table: Table) -> list[dict[str, Any]]:
    """Every snapshot, with when it was committed: that is what Trino shows, not when main came to it."""
    current = table.current_snapshot()
    ancestors: set[int] = set()
    while current is not None:
        ancestors.add(current.snapshot_id)
        parent = current.parent_snapshot_id
        current = table.metadata.snapshot_by_id(parent) if parent is not None else None
    return [
        {
            "made_current_at": snapshot.timestamp_ms * 1000,
            "snapshot_id": snapshot.snapshot_id,
            "parent_id": snapshot.parent_snapshot_id,
            "is_current_ancestor": snapshot.snapshot_id in ancestors,
        }
        for snapshot in table.metadata.snapshots
    ]


def _refs(table: Table) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "type": ref.snapshot_ref_type.value.upper(),
            "snapshot_id": ref.snapshot_id,
            "max_reference_age_in_ms": ref.max_ref_age_ms,
            "min_snapshots_to_keep": ref.min_snapshots_to_keep,
            "max_snapshot_age_in_ms": ref.max_snapshot_age_ms,
        }
        for name, ref in table.metadata.refs.items()
    ]


def _manifests(table: Table) -> list[dict[str, Any]]:
    snapshot = table.current_snapshot()
    return [
        {
            "path": manifest.manifest_path,
            "length": manifest.manifest_length,
            "partition_spec_id": manifest.partition_spec_id,
            "added_snapshot_id": manifest.added_snapshot_id,
            "added_data_files_count": manifest.added_files_count,
            "added_rows_count": manifest.added_rows_count,
            "existing_data_files_count": manifest.existing_files_count,
            "existing_rows_count": manifest.existing_rows_count,
            "deleted_data_files_count": manifest.deleted_files_count,
            "deleted_rows_count": manifest.deleted_rows_count,
        }
        for manifest in (snapshot.manifests(table.io) if snapshot else [])
    ]


def _data_files(table: Table) -> list[dict[str, Any]]:
    """Data and delete files of the current snapshot."""
    snapshot = table.current_snapshot()
    rows = []
    for manifest in snapshot.manifests(table.io) if snapshot else []:
        fields = [field.name for field in table.specs()[manifest.partition_spec_id].fields]
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True):
            file = entry.data_file
            rows.append(
                {
                    "content": int(file.content),
                    "file_path": file.file_path,
                    "file_format": file.file_format.value,
                    "spec_id": manifest.partition_spec_id,
                    "record_count": file.record_count,
                    "file_size_in_bytes": file.file_size_in_bytes,
                    "sort_order_id": file.sort_order_id,
                    **{f"partition.{name}": file.partition[index] for index, name in enumerate(fields)},
                }
            )
    return rows


def _partitions(table: Table) -> list[dict[str, Any]]:
    """Data files by partition, as Athena counts them: delete files are not looked at."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for file in _data_files(table):
        if file["content"]:
            continue
        partition = {name: value for name, value in file.items() if name.startswith("partition.")}
        row = found.setdefault(
            tuple(partition.values()), {**partition, "record_count": 0, "file_count": 0, "total_size": 0}
        )
        row["record_count"] += file["record_count"]
        row["file_count"] += 1
        row["total_size"] += file["file_size_in_bytes"]
    return list(found.values())


_ROWS: dict[str, Callable[[Table], list[dict[str, Any]]]] = {
    "snapshots": _snapshots,
    "history": _history,
    "refs": _refs,
    "manifests": _manifests,
    "files": _data_files,
    "partitions": _partitions,
}
