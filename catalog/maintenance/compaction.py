"""Compaction: small files of a partition and files with deleted rows are written anew, in the order of people.

No row changes, so the commit is a ``replace``, which increments, publications and time travel pass over. Rows that were
deleted by position are not written again: only then are they gone from the current files.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.commit.arrow_files import arrow_files, table_bytes
from catalog.commit.data_files import describe_files
from catalog.commit.marks import NOW
from catalog.commit.publish import keep_bounds_out
from catalog.commit.retries import commit_retried
from catalog.errors import MovedError, StediError, UsageError
from catalog.history.changes import compaction_summary, stands_for, watermarks_of
from catalog.lake import HISTORY
from catalog.read.parquet_sql import quoted
from catalog.read.scan_plan import Plan
from catalog.read.snapshot_reader import SnapshotReader
from catalog.specs import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyiceberg.manifest import DataFile, ManifestFile
    from pyiceberg.table import FileScanTask, Table
    from pyiceberg.table.metadata import TableMetadata

    from catalog.lake import Lake
    from catalog.schema.table_spec import TableSpec

_ATTEMPTS = 5


@dataclass(frozen=True)
class Compaction:
    """What there is to compact of a table's current snapshot.

    Attributes:
        files: data files to write anew.
        deletes: delete files that apply to them.
        dangling: whether there are delete files, which then apply to nothing.
        manifests: whether there are many small manifests.
        left: data files that stay.
    """

    files: tuple[DataFile, ...] = ()
    deletes: tuple[str, ...] = ()
    dangling: bool = False
    manifests: bool = False
    left: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.files or self.dangling or self.manifests)


def plan_compaction(table: Table, spec: TableSpec) -> Compaction:
    """What there is to compact, by the table's policy."""
    snapshot = table.current_snapshot()
    if snapshot is None:
        return Compaction()
    by_partition: dict[object, list[FileScanTask]] = defaultdict(list)
    for task in table.scan().plan_files():
        by_partition[task.file.spec_id, task.file.partition].append(task)
    small = spec.maintenance.small_file_bytes(table_bytes(table))
    chosen = [task for tasks in by_partition.values() for task in _to_write(tasks, spec, small)]
    files = {task.file.file_path: task.file for task in chosen}
    left = [task.file.file_path for tasks in by_partition.values() for task in tasks]
    dangling, manifests = _look_at_manifests(snapshot.manifests(table.io), spec)
    return Compaction(
        tuple(files.values()),
        tuple(sorted({each.file_path for task in chosen for each in task.delete_files})),
        dangling,
        manifests,
        tuple(path for path in left if path not in files),
    )


def _to_write(tasks: Sequence[FileScanTask], spec: TableSpec, small_bytes: int) -> list[FileScanTask]:
    """The files of a partition to write anew: after that, one small file at most is among them, and no deletes."""
    small = [task for task in tasks if task.file.file_size_in_bytes < small_bytes or task.delete_files]
    some_deleted = any(task.delete_files for task in tasks)
    return small if some_deleted or len(small) >= spec.maintenance.small_files else []


def _look_at_manifests(manifests: Sequence[ManifestFile], spec: TableSpec) -> tuple[bool, bool]:
    """Whether there are delete files, and whether manifests are many and hold few files each."""
    from pyiceberg.manifest import ManifestContent

    from catalog.commit.snapshot import ENTRIES_OF_A_MANIFEST

    live = [each for each in manifests if each.has_added_files() or each.has_existing_files()]
    data = [each for each in live if each.content is ManifestContent.DATA]
    files = sum((each.added_files_count or 0) + (each.existing_files_count or 0) for each in data)
    many = len(data) > spec.maintenance.manifests and files < len(data) * ENTRIES_OF_A_MANIFEST / 2
    return len(data) < len(live), many


def renewed_inputs(tables: Mapping[str, Table], identifier: str) -> set[str]:
    """The inputs that were compacted since the table was made: it stands on snapshots that need not stay."""
    metadata = tables[identifier].metadata
    seen = watermarks_of(metadata, metadata.current_snapshot_id)
    return {name for name, snapshot in seen if stands_for(tables[name].metadata, snapshot) != snapshot}


def compact(lake: Lake, spec: TableSpec) -> int | None:
    """Compact the table, and let it stand on compacted inputs; how many files were written; None: nothing to do.

    Raises:
        MovedError: others publish to the table all the time.
        RetryableError: the catalog or storage cannot be reached.
    """
    for attempt in range(_ATTEMPTS):
        tables = {identifier: lake.known_table(each) for identifier, each in TABLES.items()}
        table = tables[spec.identifier] = lake.table(spec)
        todo = plan_compaction(table, spec)
        if not todo and not renewed_inputs(tables, spec.identifier):
            return None
        keep_bounds_out(table, spec)
        added = write_anew(lake, spec, table, todo)
        try:
            _commit(lake, spec, tables, todo, added)
        except MovedError:
            # What was written is an orphan, unless the commit was taken and its answer lost: it is not deleted here.
            if attempt + 1 == _ATTEMPTS:
                raise
            continue
        return len(added)
    raise AssertionError


def _commit(
    lake: Lake, spec: TableSpec, tables: Mapping[str, Table], todo: Compaction, added: Sequence[DataFile]
) -> None:
    from catalog.commit.snapshot import NewSnapshot, commit_snapshot

    metadata: TableMetadata = tables[spec.identifier].metadata
    base = metadata.current_snapshot_id
    if base is None:
        return
    new = NewSnapshot(
        branch=NOW,
        head=base,
        base=base,
        summary=compaction_summary(metadata, base, lambda name, seen: stands_for(tables[name].metadata, seen)),
        history=tables[spec.identifier].properties.get(HISTORY),
        added=added,
        compacts=frozenset(file.file_path for file in todo.files),
    )
    commit_retried(lambda: commit_snapshot(lake.table(spec), new))


def write_anew(lake: Lake, spec: TableSpec, table: Table, todo: Compaction) -> list[DataFile]:
    """Write the rows of the files that are compacted, and read them again to see that they are the same.

    Raises:
        UsageError: the table has columns that its spec does not name, and that would be lost.
        StediError: the rows are not the same; the new files are removed.
    """
    snapshot_id = table.metadata.current_snapshot_id
    if not todo.files or snapshot_id is None:
        return []
    if others := set(table.schema().column_names) - set(spec.column_names):
        raise UsageError(f"another writer added {', '.join(sorted(others))} to {spec.identifier}: remove that first")
    arrow = arrow_files(lake, spec)
    with SnapshotReader(lake.profile) as reader:
        rows = reader.rows_of_files(spec, snapshot_id, Plan(todo.files, todo.deletes))
        statement = f"SELECT {quoted(spec.column_names)} FROM {rows} ORDER BY {_order(spec)}"
        written = list(arrow.write_by_day(reader.stream(statement)))
        added = describe_files(table, spec, written)
        if _contents(reader, spec, rows) != _contents(
            reader, spec, reader.rows_of_files(spec, snapshot_id, Plan(added))
        ):
            arrow.remove(written)
            raise StediError(f"the compacted files of {spec.identifier} hold other rows than before: nothing changed")
    return added


def _order(spec: TableSpec) -> str:
    """By day where there are partitions; then by person, so that who looks one up reads little."""
    time, subject = spec.partitioned_by_days_of, spec.subject
    day = [f"date_trunc('day', \"{time}\")"] if time else []
    columns = [subject.column, *([spec.instant] if spec.instant else [])] if subject else spec.grain
    return ", ".join([*day, quoted(columns)])


def _contents(reader: SnapshotReader, spec: TableSpec, rows: str) -> list[tuple[object, ...]]:
    """Equal for the same rows in any order."""
    return reader.fetch(f"SELECT count(*), sum(hash({quoted(spec.column_names)})) FROM {rows}")
