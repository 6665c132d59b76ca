"""Which rows of a table's data files go, or get other values, in whatever snapshots they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from catalog.read.parquet_sql import path_of
from catalog.read.scan_plan import Plan
from catalog.read.snapshot_reader import SnapshotReader
from catalog.rewrite.manifests import TableEntries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pyarrow as pa
    from pyiceberg.manifest import DataFile
    from pyiceberg.table import Table

    from catalog.lake import Lake
    from catalog.schema.table_spec import TableSpec


@dataclass(frozen=True)
class RowChange:
    """What becomes of a table's rows, said in DuckDB's SQL over a row ``r`` of a data file.

    Attributes:
        removed: the condition of the rows that go; one that is unknown (NULL) goes, too.
        changed: the condition of the rows that get other values.
        values: the new values of columns, by name.
    """

    removed: str = "false"
    changed: str = "false"
    values: Mapping[str, str] = field(default_factory=dict)

    def columns(self, names: Iterable[str]) -> str:
        """The columns of a row that stays, for a SELECT."""
        return ", ".join(
            f'CASE WHEN {self.changed} THEN {self.values[name]} ELSE r."{name}" END AS "{name}"'
            if name in self.values
            else f'r."{name}"'
            for name in names
        )


@dataclass(frozen=True)
class Touched:
    """A data file in which rows go or change.

    Attributes:
        file: the file.
        removed: positions of the rows that go, ascending; 64-bit integers.
    """

    file: DataFile
    removed: pa.Int64Array


class DataFiles(SnapshotReader):
    """Looks through data files themselves, rows that are deleted by position among them; to be closed."""

    def __init__(self, lake: Lake) -> None:
        """Open the lake."""
        super().__init__(lake.profile)
        self._lake = lake
        self._stored: dict[TableSpec, str] = {}

    def history_rows(self, spec: TableSpec) -> str:
        """The relation of all rows that are stored of a table, in whatever snapshot, as it was when first asked."""
        if spec not in self._stored:
            table = self._lake.table(spec)
            files = TableEntries.of(table, table.metadata.snapshots).data
            self._stored[spec] = self._files_view(table, table.schema(), Plan(list(files.values())))
        return self._stored[spec]

    def touched(self, table: Table, files: Mapping[str, DataFile], change: RowChange) -> list[Touched]:
        """The files that a change concerns.

        Args:
            table: whose files they are.
            files: data files, by location.
            change: the change.
        """
        if not files:
            return []
        gone = f"coalesce({change.removed}, true)"
        found = self.table(
            "(SELECT filename, "
            "coalesce(list(file_row_number ORDER BY file_row_number) FILTER (gone), []) AS removed "
            f"FROM (SELECT filename, file_row_number, {gone} AS gone, coalesce({change.changed}, true) AS changed "
            f"FROM {self._located(table, table.schema(), list(files))}) "
            "WHERE gone OR changed GROUP BY 1 ORDER BY 1)"
        )
        by_path = {path_of(location): file for location, file in files.items()}
        return [
            Touched(by_path[path.as_py()], removed.values)
            for path, removed in zip(found["filename"], found["removed"], strict=True)
        ]

    def rows_that_stay(self, table: Table, file: DataFile, change: RowChange) -> Iterator[pa.RecordBatch]:
        """The rows of one file without those that go, in their order."""
        columns = change.columns(each.name for each in table.schema().fields)
        return self.stream(
            f"SELECT {columns} FROM {self._located(table, table.schema(), [file.file_path])} "
            f"WHERE NOT coalesce({change.removed}, true) ORDER BY r.file_row_number"
        )

    def positions(self, table: Table, deletes: Iterable[str], files: Iterable[str]) -> dict[str, pa.Table]:
        """The delete files that are about some data files, or that hold more than positions: all that each says.

        Args:
            table: whose files they are.
            deletes: locations of delete files.
            files: locations of data files.

        Returns:
            By location of the delete file: file_path and pos, in their order.
        """
        about = set(files)
        found = {}
        for location in deletes:
            self._reach(table.io, [location])
            relation = f"read_parquet('{path_of(location).replace(chr(39), chr(39) * 2)}')"
            rows = self.table(f"(SELECT file_path, pos FROM {relation} ORDER BY file_path, pos)")
            paths = set(rows["file_path"].unique().to_pylist())
            if paths & about or set(self.columns(relation)) != {"file_path", "pos"}:
                found[location] = rows
        return found
