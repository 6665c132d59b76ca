"""Iceberg's metadata tables with the columns and types that Athena gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.query.scan import TableColumn
from catalog.query.types import BIGINT, BOOLEAN, DATE, INTEGER, NESTED, VARCHAR, VARCHAR_MAP, Type, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pyiceberg.manifest import DataFile, ManifestFile
    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot

    # Its type, and what it is of one of the things that the table lists; None: it is known, and cannot be shown.
    _Column = tuple[Type, Callable[[Any], Any] | None]

_MOMENT = timestamp(3, zone=True)


def _attribute(type_: Type, *path: str) -> _Column:
    def read(thing: Any) -> Any:
        for name in path:
            thing = None if thing is None else getattr(thing, name)
        return thing

    return type_, read


def _nested(*names: str) -> dict[str, _Column]:
    return dict.fromkeys(names, (NESTED, None))


def _committed(snapshot: Snapshot) -> int:
    return snapshot.timestamp_ms * 1000


def _summary(snapshot: Snapshot) -> list[tuple[str, str]]:
    return list(snapshot.summary.additional_properties.items()) if snapshot.summary else []


def _snapshots(table: Table) -> Iterable[Snapshot]:
    return table.metadata.snapshots


def _history(table: Table) -> Iterator[tuple[Snapshot, bool]]:
    """Every snapshot, with when it was committed: that is what Trino shows, not when main came to it."""
    current = table.current_snapshot()
    ancestors: set[int] = set()
    while current is not None:
        ancestors.add(current.snapshot_id)
        parent = current.parent_snapshot_id
        current = table.metadata.snapshot_by_id(parent) if parent is not None else None
    return ((snapshot, snapshot.snapshot_id in ancestors) for snapshot in table.metadata.snapshots)


def _manifests(table: Table) -> list[ManifestFile]:
    snapshot = table.current_snapshot()
    return snapshot.manifests(table.io) if snapshot else []


def _data_files(table: Table) -> Iterator[tuple[DataFile, int, dict[str, Any]]]:
    """Data and delete files of the current snapshot: each with its partition's spec and fields."""
    for manifest in _manifests(table):
        spec_id = manifest.partition_spec_id
        names = [field.name for field in table.specs()[spec_id].fields]
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True):
            file = entry.data_file
            yield file, spec_id, {name: file.partition[index] for index, name in enumerate(names)}


def _partitions(table: Table) -> Iterable[tuple[list[DataFile], dict[str, Any]]]:
    """Data files by partition, as Athena counts them: delete files are not looked at."""
    found: dict[tuple[Any, ...], tuple[list[DataFile], dict[str, Any]]] = {}
    for file, _, fields in _data_files(table):
        if not int(file.content):
            found.setdefault(tuple(fields.values()), ([], fields))[0].append(file)
    return found.values()


_TABLES: dict[str, tuple[Callable[[Table], Iterable[Any]], Mapping[str, _Column]]] = {
    "snapshots": (
        _snapshots,
        {
            "committed_at": (_MOMENT, _committed),
            "snapshot_id": _attribute(BIGINT, "snapshot_id"),
            "parent_id": _attribute(BIGINT, "parent_snapshot_id"),
            "operation": _attribute(VARCHAR, "summary", "operation", "value"),
            "manifest_list": _attribute(VARCHAR, "manifest_list"),
            "summary": (VARCHAR_MAP, _summary),
        },
    ),
    "history": (
        _history,
        {
            "made_current_at": (_MOMENT, lambda known: _committed(known[0])),
            "snapshot_id": (BIGINT, lambda known: known[0].snapshot_id),
            "parent_id": (BIGINT, lambda known: known[0].parent_snapshot_id),
            "is_current_ancestor": (BOOLEAN, lambda known: known[1]),
        },
    ),
    "refs": (
        lambda table: table.metadata.refs.items(),
        {
            "name": (VARCHAR, lambda known: known[0]),
            "type": (VARCHAR, lambda known: known[1].snapshot_ref_type.value.upper()),
            "snapshot_id": (BIGINT, lambda known: known[1].snapshot_id),
            "max_reference_age_in_ms": (BIGINT, lambda known: known[1].max_ref_age_ms),
            "min_snapshots_to_keep": (INTEGER, lambda known: known[1].min_snapshots_to_keep),
            "max_snapshot_age_in_ms": (BIGINT, lambda known: known[1].max_snapshot_age_ms),
        },
    ),
    "manifests": (
        _manifests,
        {
            "path": _attribute(VARCHAR, "manifest_path"),
            "length": _attribute(BIGINT, "manifest_length"),
            "partition_spec_id": _attribute(INTEGER, "partition_spec_id"),
            "added_snapshot_id": _attribute(BIGINT, "added_snapshot_id"),
            "added_data_files_count": _attribute(INTEGER, "added_files_count"),
            "added_rows_count": _attribute(BIGINT, "added_rows_count"),
            "existing_data_files_count": _attribute(INTEGER, "existing_files_count"),
            "existing_rows_count": _attribute(BIGINT, "existing_rows_count"),
            "deleted_data_files_count": _attribute(INTEGER, "deleted_files_count"),
            "deleted_rows_count": _attribute(BIGINT, "deleted_rows_count"),
            **_nested("partition_summaries"),
        },
    ),
    "files": (
        _data_files,
        {
            "content": (INTEGER, lambda known: int(known[0].content)),
            "file_path": (VARCHAR, lambda known: known[0].file_path),
            "file_format": (VARCHAR, lambda known: known[0].file_format.value),
            "spec_id": (INTEGER, lambda known: known[1]),
            **_nested("partition"),
            "record_count": (BIGINT, lambda known: known[0].record_count),
            "file_size_in_bytes": (BIGINT, lambda known: known[0].file_size_in_bytes),
            **_nested("column_sizes", "value_counts", "null_value_counts", "nan_value_counts"),
            **_nested("lower_bounds", "upper_bounds", "key_metadata", "split_offsets", "equality_ids"),
            "sort_order_id": (INTEGER, lambda known: known[0].sort_order_id),
            **_nested("readable_metrics"),
        },
    ),
    "partitions": (
        _partitions,
        {
            **_nested("partition"),
            "record_count": (BIGINT, lambda known: sum(file.record_count for file in known[0])),
            "file_count": (BIGINT, lambda known: len(known[0])),
            "total_size": (BIGINT, lambda known: sum(file.file_size_in_bytes for file in known[0])),
            **_nested("data"),
        },
    ),
}
"""What each table lists, and its columns; what is listed of files and partitions ends with the partition's fields."""
KINDS = tuple(_TABLES)


def metadata_columns(kind: str, table: Table) -> tuple[TableColumn, ...]:
    """The columns of a metadata table; fields of a row stand as ``row.field``."""
    names = [(name, name, type_) for name, (type_, _) in _TABLES[kind][1].items()]
    names += [(f"partition.{name.lower()}", f"partition.{name}", DATE) for name in _partition_days(kind, table)]
    return tuple(TableColumn(shown, type_, name) for shown, name, type_ in names)


def _partition_days(kind: str, table: Table) -> list[str]:
    """Fields of ``partition`` that are days: the only transform that tables of this lake have."""
    fields = table.spec().fields if kind in {"files", "partitions"} else ()
    return [field.name for field in fields if str(field.transform) == "day"]


def metadata_rows(kind: str, table: Table) -> list[dict[str, Any]]:
    """The rows of a metadata table, with what `metadata_columns` names but refuses to show left out."""
    listed, columns = _TABLES[kind]
    days = _partition_days(kind, table)
    return [
        {name: read(each) for name, (_, read) in columns.items() if read is not None}
        | {f"partition.{name}": each[-1].get(name) for name in days}
        for each in listed(table)
    ]
