"""Data and delete files written anew without the rows that go."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from catalog.commit.arrow_files import arrow_files
from catalog.commit.data_files import describe_file, write_deletes
from catalog.read.snapshot_reader import RowsOfFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from pyiceberg.manifest import DataFile
    from pyiceberg.table import Table

    from catalog.lake import Lake
    from catalog.rewrite.row_change import DataFiles, RowChange, Touched
    from catalog.schema.table_spec import TableSpec


@dataclass
class Replaced:
    """Files in place of others, by the others' locations.

    Attributes:
        files: the file that stands for it; None: nothing is left of it.
        removed_rows: how many rows went.
        written_bytes: size of the new files.
    """

    files: dict[str, DataFile | None] = field(default_factory=dict)
    removed_rows: int = 0
    written_bytes: int = 0

    def put(self, location: str, file: DataFile | None) -> None:
        """Let a file, or nothing, stand for one."""
        self.files[location] = file
        self.written_bytes += file.file_size_in_bytes if file is not None else 0


def replace_data(
    lake: Lake, spec: TableSpec, table: Table, reader: DataFiles, touched: list[Touched], change: RowChange
) -> Replaced:
    """Write the files anew in which rows go or change, each as one file of the same partition."""
    replaced = Replaced()
    arrow = replace(arrow_files(lake, spec), policy=None)
    for each in touched:
        folder, _, _ = each.file.file_path.rpartition("/")
        rows = reader.rows_that_stay(table, each.file, change)
        written = list(replace(arrow, folder=f"{folder}/").write(rows))
        new = [describe_file(one, table, each.file.partition, each.file.spec_id) for one in written]
        replaced.put(each.file.file_path, new[0] if new else None)
        replaced.removed_rows += len(each.removed)
    return replaced


def replace_deletes(
    lake: Lake,
    table: Table,
    found: Mapping[str, pa.Table],
    deletes: Mapping[str, DataFile],
    touched: list[Touched],
    replaced: Replaced,
) -> None:
    """Write the delete files anew that are about replaced data files: their rows have other positions now.

    Args:
        lake: the lake.
        table: the table.
        found: what each of these delete files says, by location.
        deletes: the delete files, by location.
        touched: the data files that were replaced.
        replaced: what stands for them; the new delete files are added.
    """
    removed = {each.file.file_path: each.removed for each in touched}
    for location, rows in found.items():
        old = deletes[location]
        of_files = [
            RowsOfFile(new, old.spec_id, old.partition, positions)
            for path in map(str, rows["file_path"].unique().to_pylist())
            for new, positions in [_moved(path, rows, removed, replaced)]
            if len(positions)
        ]
        written = write_deletes(lake, table, of_files) if of_files else []
        replaced.put(location, written[0] if written else None)


def _moved(
    path: str, rows: pa.Table, removed: Mapping[str, pa.Int64Array], replaced: Replaced
) -> tuple[str, pa.Int64Array]:
    """Where the rows of one data file are now that were deleted of it and are still there."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    positions = np.unique(rows.filter(pc.equal(rows["file_path"], pa.scalar(path)))["pos"].to_numpy())
    if path not in replaced.files:
        return path, pa.array(positions, pa.int64())
    gone = removed[path].to_numpy(zero_copy_only=False)
    left = positions[~np.isin(positions, gone)]
    new = replaced.files[path]
    if new is None:
        return path, pa.array([], pa.int64())
    return new.file_path, pa.array(left - np.searchsorted(gone, left), pa.int64())
