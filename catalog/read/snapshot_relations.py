"""Snapshots of tables as relations of an embedded DuckDB: Iceberg's metadata says which files, pyiceberg reads it."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from catalog.read.duckdb import DuckDBEngine
from catalog.read.parquet_sql import TYPES, by_field_id, deleted_positions, listed
from catalog.read.relations import Relations
from catalog.read.scan_plan import Plan, SnapshotFiles
from catalog.storage.checksums import check_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyiceberg.io import FileIO
    from pyiceberg.schema import Schema
    from pyiceberg.table import Table

    from catalog.profiles.profile import Profile
    from catalog.schema.table_spec import TableSpec

_REACHING = Lock()


class SnapshotRelations(DuckDBEngine, Relations):
    """Relations of a lake's snapshots, as views; to be closed."""

    def __init__(self, profile: Profile, beside: SnapshotRelations | None = None) -> None:
        """Open the lake; ``beside`` is as of ``DuckDBEngine``."""
        super().__init__(beside)
        self._snapshots = SnapshotFiles(profile)

    def unshared(self, spec: TableSpec, before: int, after: int) -> tuple[str, str]:
        """Rows of the files that only one of two snapshots reads as it does: of either, with the later one's columns.

        What both read alike is not among them, and is not read.
        """
        table, schema = self._snapshots.table(spec, after), self._snapshots.schema(spec, after)
        gone, come = self._snapshots.unshared(spec, before, after)
        return self._files_view(table, schema, gone), self._files_view(table, schema, come)

    def stored_rows(self, spec: TableSpec, locations: Sequence[str]) -> str:
        """SQL of all rows ``r`` that data files of a table hold, those that are deleted among them.

        Columns are the table's of today, and filename and file_row_number, as of ``row_positions``.
        """
        table = self._snapshots.table(spec, None)
        return self._located(table, table.schema(), locations)

    def rows_of_files(self, spec: TableSpec, snapshot_id: int, plan: Plan) -> str:
        """The relation of the rows of a snapshot's files that the plan's deletes leave, with today's columns."""
        table = self._snapshots.table(spec, snapshot_id)
        return self._files_view(table, table.schema(), plan)

    def _all_rows(self, spec: TableSpec, snapshot_id: int, plan: Plan) -> str:
        return self._files_view(
            self._snapshots.table(spec, snapshot_id), self._snapshots.schema(spec, snapshot_id), plan
        )

    def _removed_rows(self, spec: TableSpec, snapshot_id: int, plan: Plan) -> str:
        table, schema = self._snapshots.table(spec, snapshot_id), self._snapshots.schema(spec, snapshot_id)
        whole = self._files_view(table, schema, Plan(plan.files))
        if not plan.deletes:
            return whole
        deleted = self._deleted(table.io, plan)
        locations = [path for (path,) in self.fetch(f"SELECT DISTINCT filename FROM {deleted} ORDER BY 1")]
        columns = ", ".join(f'r."{field.name}"' for field in schema.fields)
        rows = self._located(table, schema, locations)
        return self.materialize_once(
            f"SELECT {columns} FROM {rows} SEMI JOIN {deleted} d USING (filename, file_row_number) "
            f"UNION ALL SELECT * FROM {whole}"
        )

    def _rows_at(self, spec: TableSpec, snapshot_id: int | None, days: Sequence[int] | None) -> str:
        table = self._snapshots.table(spec, snapshot_id)
        if snapshot_id is None or days == ():
            return self._files_view(table, table.schema(), Plan(()))
        schema = self._snapshots.schema(spec, snapshot_id)
        return self._files_view(table, schema, self._snapshots.planned(spec, snapshot_id, days))

    def _files_view(self, table: Table, schema: Schema, plan: Plan) -> str:
        name = f"{table.name()[-1]}_{next(self._numbers)}"
        columns = ", ".join(f'"{field.name}"' for field in schema.fields)
        if not plan.files:
            nothing = ", ".join(
                f'CAST(NULL AS {TYPES[str(each.field_type)]}) AS "{each.name}"' for each in schema.fields
            )
            self._con.execute(f"CREATE TEMP VIEW {name} AS SELECT {nothing} WHERE false")
            return name
        locations = [file.file_path for file in plan.files]
        rows = self._located(table, schema, locations) if plan.deletes else self._source(table, schema, locations)
        self._con.execute(
            f"CREATE TEMP VIEW {name} AS SELECT {columns} FROM {rows}{self._without_deleted(table.io, plan)}"
        )
        return name

    def _source(self, table: Table, schema: Schema, locations: Sequence[str], options: str = "") -> str:
        self._reach(table.io, locations)
        return f"read_parquet({listed(locations)}, schema = {by_field_id(schema)}{options})"

    def _located(self, table: Table, schema: Schema, locations: Sequence[str]) -> str:
        """SQL of the files' rows ``r``, with the columns filename and file_row_number."""
        return self._source(table, schema, locations, ", filename = true, file_row_number = true") + " r"

    def _deleted(self, io: FileIO, plan: Plan) -> str:
        """The relation of the rows that are deleted, as ``row_positions``."""
        self._reach(io, plan.deletes)
        return self.materialize_once(deleted_positions(plan.deletes))

    def _without_deleted(self, io: FileIO, plan: Plan) -> str:
        """What keeps, of located rows, those that are not deleted."""
        return f" ANTI JOIN {self._deleted(io, plan)} d USING (filename, file_row_number)" if plan.deletes else ""

    def _reach(self, io: FileIO, locations: Sequence[str]) -> None:
        """Let DuckDB read where the lake's files are, through pyiceberg's own filesystem: by the same settings.

        DuckDB verifies no checksums: of 60 flipped bits it read 55 as other rows.

        Raises:
            DamagedFileError: one of these files of a table is missing, or not what was written.
        """
        check_files(locations)
        from pyiceberg.io.pyarrow import PyArrowFileIO

        scheme, separator, rest = locations[0].partition("://")
        if not separator or scheme == "file" or not isinstance(io, PyArrowFileIO):
            return
        from fsspec.implementations.arrow import ArrowFSWrapper

        # An engine beside may be at the same.
        with _REACHING:
            if scheme not in self._con.list_filesystems():
                self._con.register_filesystem(ArrowFSWrapper(io.fs_by_scheme(scheme, rest.partition("/")[0])))
