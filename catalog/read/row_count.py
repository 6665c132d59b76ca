"""How many rows a snapshot has, by its files' own records.

Snapshot summaries do not say: once a data file is rewritten, the deletes that named it apply to nothing, and a summary
still takes them off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.errors import DamagedLakeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from pyiceberg.io import FileIO
    from pyiceberg.manifest import DataFile, ManifestFile
    from pyiceberg.table import FileScanTask, Table


def count_rows(table: Table, snapshot_id: int) -> int:
    """Rows that readers of the snapshot get.

    Where no delete file is live the list of manifests says it; else delete files are read, but no data file.

    Raises:
        DamagedLakeError: there is no such snapshot, or rows are deleted in a way that no writer of ours has.
    """
    from pyiceberg.manifest import ManifestContent

    snapshot = table.snapshot_by_id(snapshot_id)
    if snapshot is None:
        raise DamagedLakeError(f"{'.'.join(table.name())} has no snapshot {snapshot_id}; see: stedi history")
    manifests = snapshot.manifests(table.io)
    data = [manifest for manifest in manifests if manifest.content is ManifestContent.DATA]
    deletes = [manifest for manifest in manifests if manifest.content is not ManifestContent.DATA]
    if not any(map(_may_hold_files, deletes)) and all(map(_says_rows, data)):
        return sum((manifest.added_rows_count or 0) + (manifest.existing_rows_count or 0) for manifest in data)
    tasks = list(table.scan(snapshot_id=snapshot_id).plan_files())
    return sum(task.file.record_count for task in tasks) - _deleted(table, tasks)


def _may_hold_files(manifest: ManifestFile) -> bool:
    return manifest.added_files_count != 0 or manifest.existing_files_count != 0


def _says_rows(manifest: ManifestFile) -> bool:
    return manifest.added_rows_count is not None and manifest.existing_rows_count is not None


def _deleted(table: Table, tasks: Sequence[FileScanTask]) -> int:
    """Rows of those files that are deleted by position, each once however often it is."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyiceberg.manifest import DataFileContent

    files = {file.file_path: file for task in tasks for file in task.delete_files}
    if any(file.content is not DataFileContent.POSITION_DELETES for file in files.values()):
        raise DamagedLakeError(f"{'.'.join(table.name())} has deletes that are not by position; compact it")
    if not files:
        return 0
    positions = pa.concat_tables([_positions(table.io, file) for file in files.values()])
    live = pa.array([task.file.file_path for task in tasks], pa.string())
    found = positions.filter(pc.is_in(positions.column("file_path"), value_set=live))
    return int(found.group_by(["file_path", "pos"]).aggregate([]).num_rows)


def _positions(io: FileIO, file: DataFile) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    stream: Any
    with io.new_input(file.file_path).open() as stream:
        read = pq.read_table(stream, columns=["file_path", "pos"], page_checksum_verification=True)
    columns: dict[str, pa.DataType] = {"file_path": pa.string(), "pos": pa.int64()}
    return read.cast(pa.schema(columns))
