"""Position deletes that pyiceberg alone writes, for what needs no Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.manifest import (
    DataFile,
    DataFileContent,
    FileFormat,
    ManifestContent,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestFile,
    ManifestWriterV2,
)
from pyiceberg.table.snapshots import Operation, Summary
from pyiceberg.table.update.snapshot import _FastAppendFiles
from pyiceberg.typedef import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyiceberg.table import Table


class _DeleteManifest(ManifestWriterV2):
    def content(self) -> ManifestContent:
        return ManifestContent.DELETES

    @property
    def _meta(self) -> dict[str, str]:
        return {**super()._meta, "content": "deletes"}


class _Deletes(_FastAppendFiles):
    """A snapshot that adds one file of deletes, and says so in its summary as Spark's do."""

    file: DataFile

    def _process_manifests(self, manifests: list[ManifestFile]) -> list[ManifestFile]:
        metadata = self._transaction.table_metadata
        path = f"{metadata.location}/metadata/{uuid4()}.avro"
        output = self._io.new_output(path)
        with _DeleteManifest(metadata.spec(), metadata.schema(), output, self._snapshot_id, "deflate") as writer:
            writer.add(
                ManifestEntry.from_args(
                    status=ManifestEntryStatus.ADDED,
                    snapshot_id=self._snapshot_id,
                    sequence_number=None,
                    file_sequence_number=None,
                    data_file=self.file,
                )
            )
        return [writer.to_manifest_file(), *manifests]

    def _summary(self, snapshot_properties: Any = None) -> Summary:
        summary = super()._summary(snapshot_properties or {})
        said = summary.additional_properties
        said["total-delete-files"] = str(int(said.get("total-delete-files", "0")) + 1)
        said["total-position-deletes"] = str(int(said.get("total-position-deletes", "0")) + self.file.record_count)
        return summary


def delete_positions(table: Table, rows: Sequence[tuple[str, int]]) -> int:
    """Mark rows, each a data file's path and a position, as deleted; the snapshot that says so."""
    path = f"{table.location()}/data/{uuid4()}-deletes.parquet"
    with table.io.new_output(path).create() as sink:
        paths, positions = zip(*sorted(rows), strict=True)
        stream: Any = sink
        pq.write_table(
            pa.table({"file_path": pa.array(paths, pa.string()), "pos": pa.array(positions, pa.int64())}), stream
        )
    with table.transaction() as transaction:
        deletes = _Deletes(operation=Operation.OVERWRITE, transaction=transaction, io=table.io)
        deletes.file = DataFile.from_args(
            content=DataFileContent.POSITION_DELETES,
            file_path=path,
            file_format=FileFormat.PARQUET,
            partition=Record(),
            record_count=len(rows),
            file_size_in_bytes=len(table.io.new_input(path)),
            column_sizes={},
            value_counts={},
            null_value_counts={},
            nan_value_counts={},
            lower_bounds={},
            upper_bounds={},
        )
        deletes.commit()
    snapshot = table.refresh().current_snapshot()
    assert snapshot is not None
    return snapshot.snapshot_id
