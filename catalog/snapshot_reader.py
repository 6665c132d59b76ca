"""Snapshots of tables as relations of an embedded DuckDB: Iceberg's metadata says which files, pyiceberg reads it.

Suites judge through it, and increments of few rows look up their inputs with it, each by a reader and SQL of its own;
what it reads of every snapshot is tested against Spark's readers. It starts no JVM, and reads the columns and row
groups that a statement needs; what does not fit in memory is spilled.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, Self

from catalog.snapshot_files import Plan, SnapshotFiles
from catalog.tables import rows_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pyarrow as pa
    from pyiceberg.io import FileIO
    from pyiceberg.manifest import DataFile
    from pyiceberg.schema import Schema
    from pyiceberg.table import Table

    from catalog.profile import Profile
    from catalog.spec import TableSpec

TYPES = {
    "string": "VARCHAR",
    "long": "BIGINT",
    "int": "INTEGER",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
}
"""DuckDB's name of each of Iceberg's types that tables have."""

_SETTINGS = {
    "memory_limit": "2GB",
    "preserve_insertion_order": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "TimeZone": "UTC",
}


def among(column: str, keys: str) -> str:
    """SQL that keeps, of the rows ``r``, those whose column is among the one column ``key`` of a relation.

    Each key is given four times, as the Bloom filter by which DuckDB passes over rows is as large as there are keys:
    what that let through of 100,000 people besides the 200 looked for took half of the look-up.
    """
    return f'SEMI JOIN (SELECT key FROM {keys}, range(4)) k ON r."{column}" = k.key'


@dataclass(frozen=True)
class RowsOfFile:
    """Some rows of a data file.

    Attributes:
        location: of the file, as the table's metadata names it.
        spec_id: the partition spec that it was written by.
        partition: its partition as a path, such as ``readingTime_day=2024-01-01``; empty where it has none.
        positions: of the rows, from 0, ascending.
    """

    location: str
    spec_id: int
    partition: str
    positions: tuple[int, ...]


class SnapshotReader:
    """Relations of a lake's snapshots, and statements over them; to be closed.

    A relation is the name of a view, made when it is first asked for; a snapshot never changes, so neither does it.
    """

    def __init__(self, profile: Profile) -> None:
        import duckdb

        self._snapshots = SnapshotFiles(profile)
        spill = tempfile.mkdtemp(prefix="stedi_suites_")
        self._forget = weakref.finalize(self, shutil.rmtree, spill, ignore_errors=True)
        self._con = duckdb.connect()
        for name, value in (_SETTINGS | {"temp_directory": spill}).items():
            self._con.execute(f"SET {name} = '{value}'")
        # Conditions of suites are shown to people, too, who use them in Athena.
        self._con.execute("CREATE MACRO regexp_like(value, pattern) AS regexp_matches(value, pattern)")
        # Spark's name of it, which jobs use.
        self._con.execute("CREATE MACRO timestamp_millis(ms) AS make_timestamptz(ms * 1000)")
        self._views: dict[object, str] = {}
        self._rows: dict[tuple[str, int], int] = {}
        self._reached: set[str] = set()
        self._functions: set[str] = set()
        self._numbers = count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything, spilled rows included."""
        self._con.close()
        self._forget()

    def relation(self, spec: TableSpec, snapshot_id: int | None, days: Iterable[int] | None = None) -> str:
        """The table's rows at that snapshot; none where there is no snapshot.

        Args:
            spec: the table.
            snapshot_id: the snapshot.
            days: where the table is partitioned by day: days since 1970 (UTC), all others being left out.
        """
        chosen = None if days is None else tuple(sorted(set(days)))
        key = (spec.identifier, snapshot_id, chosen)
        if key not in self._views:
            self._views[key] = self._view(spec, snapshot_id, chosen)
        return self._views[key]

    def appended(self, spec: TableSpec, since: int | None, until: int | None) -> str:
        """Rows appended after snapshot ``since`` up to ``until``; those deleted again since are among them.

        Raises:
            DamagedLakeError: ``since`` is not in the history of ``until``.
        """
        if since == until or until is None:
            return self.relation(spec, None)
        if since is None:
            return self.relation(spec, until)
        key = (spec.identifier, since, until, "appended")
        if key not in self._views:
            plan = self._snapshots.appended(spec, since, until)
            self._views[key] = self._files_view(
                self._snapshots.table(spec, until), self._snapshots.schema(spec, until), plan
            )
        return self._views[key]

    def rows(self, spec: TableSpec, snapshot_id: int | None) -> int:
        """How many rows readers of the snapshot get: those of its files without those deleted by position."""
        if snapshot_id is None:
            return 0
        key = (spec.identifier, snapshot_id)
        if key not in self._rows:
            self._rows[key] = self._count(spec, snapshot_id)
        return self._rows[key]

    def _count(self, spec: TableSpec, snapshot_id: int) -> int:
        plan = self._snapshots.planned(spec, snapshot_id)
        written = sum(file.record_count for file in plan.files)
        if not plan.deletes:
            return written
        self._reach(self._snapshots.table(spec, snapshot_id).io, plan.deletes[0])
        live = [_path(file.file_path) for file in plan.files]
        [(deleted,)] = self.fetch(
            f"SELECT count(*) FROM ({_positions(plan.deletes)}) SEMI JOIN (SELECT unnest($1) AS file) USING (file)",
            live,
        )
        return written - int(deleted)

    def find(self, spec: TableSpec, snapshot_id: int | None, column: str, keys: str) -> list[RowsOfFile]:
        """Where the rows of a snapshot are whose column is among the one column ``key`` of a relation."""
        if snapshot_id is None:
            return []
        plan = self._snapshots.planned(spec, snapshot_id)
        if not plan.files:
            return []
        table, schema = self._snapshots.table(spec, snapshot_id), self._snapshots.schema(spec, snapshot_id)
        rows = self._located_rows(table, schema, plan, f"found_{next(self._numbers)}")
        found = self.fetch(
            f"SELECT r.filename, list(r.file_row_number ORDER BY r.file_row_number) FROM {rows} "
            f"{among(column, keys)} GROUP BY 1"
        )
        by_path = {_path(file.file_path): file for file in plan.files}
        return [_rows_of(table, by_path[path], positions) for path, positions in found]

    def rows_by_run(self, spec: TableSpec, snapshot_id: int | None, most: int) -> list[int]:
        """Rows after each of the last runs up to the snapshot, oldest first, by their snapshots' summaries."""
        table = self._snapshots.table(spec, snapshot_id)
        rows: list[int] = []
        snapshot = table.snapshot_by_id(snapshot_id) if snapshot_id is not None else None
        while snapshot is not None and len(rows) < most:
            summary = snapshot.summary.additional_properties if snapshot.summary else {}
            if "stedi.run-id" in summary:
                rows.insert(0, rows_in(summary))
            parent = snapshot.parent_snapshot_id
            snapshot = table.snapshot_by_id(parent) if parent is not None else None
        return rows

    def fetch(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a statement."""
        return self._con.execute(statement, list(values)).fetchall()

    def one_row(self, statement: str) -> dict[str, int | None]:
        """The only row of a statement of whole numbers, by column."""
        result = self._con.execute(statement)
        names = [column[0] for column in result.description]
        [row] = result.fetchall()
        return {name: None if value is None else int(value) for name, value in zip(names, row, strict=True)}

    def columns(self, relation: str) -> dict[str, str]:
        """The relation's columns in their order, with DuckDB's types."""
        return {name: type_ for name, type_, *_ in self.fetch(f"DESCRIBE SELECT * FROM {relation}")}

    def table(self, relation: str) -> pa.Table:
        """All rows of a relation."""
        rows: pa.Table = self._con.sql(f"SELECT * FROM {relation}").to_arrow_table()
        return rows

    def keep(self, name: str, statement: str) -> str:
        """Compute a statement once, as a relation of that name."""
        self._con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {statement}")
        return name

    def once(self, statement: str, same_as: str = "") -> str:
        """The relation of a statement over relations that never change; computed when it is first asked for.

        Args:
            statement: SQL.
            same_as: SQL that gives the same rows for less work, where that is known.
        """
        if statement not in self._views:
            self._views[statement] = self.keep(f"once_{next(self._numbers)}", same_as or statement)
        return self._views[statement]

    def keys(self, keys: Sequence[str]) -> str:
        """Text values as the one column ``key`` of a relation; the same one for the same values."""
        import pyarrow as pa

        chosen = ("keys", *keys)
        if chosen not in self._views:
            rows = pa.table({"key": pa.array(keys, pa.string())})
            self._views[chosen] = self.hold(f"keys_{next(self._numbers)}", rows)
        return self._views[chosen]

    def hold(self, name: str, rows: pa.Table) -> str:
        """Rows of this process as a relation of that name."""
        self._con.register("incoming", rows)
        try:
            return self.keep(name, "SELECT * FROM incoming")
        finally:
            self._con.unregister("incoming")

    def define(self, name: str, function: Callable[[str], str]) -> None:
        """Let statements use a function of one text, which must always be the same one under that name."""
        if name not in self._functions:
            self._con.create_function(name, function, ["VARCHAR"], "VARCHAR")
            self._functions.add(name)

    def _view(self, spec: TableSpec, snapshot_id: int | None, days: Sequence[int] | None) -> str:
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
        rows = (
            self._located_rows(table, schema, plan, name) if plan.deletes else self._source(table, schema, plan.files)
        )
        self._con.execute(f"CREATE TEMP VIEW {name} AS SELECT {columns} FROM {rows}")
        return name

    def _source(self, table: Table, schema: Schema, files: Sequence[DataFile], options: str = "") -> str:
        self._reach(table.io, files[0].file_path)
        listed = _listed(file.file_path for file in files)
        return f"read_parquet({listed}, schema = {_by_field_id(schema)}{options})"

    def _located_rows(self, table: Table, schema: Schema, plan: Plan, name: str) -> str:
        """SQL of the files' rows ``r`` that are not deleted, with the columns filename and file_row_number."""
        rows = self._source(table, schema, plan.files, ", filename = true, file_row_number = true") + " r"
        if not plan.deletes:
            return rows
        deleted = self.keep(f"{name}_deleted", _positions(plan.deletes))
        return f"{rows} ANTI JOIN {deleted} d ON r.filename = d.file AND r.file_row_number = d.pos"

    def _reach(self, io: FileIO, location: str) -> None:
        """Let DuckDB read where the lake's files are, through pyiceberg's own filesystem: by the same settings."""
        from pyiceberg.io.pyarrow import PyArrowFileIO

        scheme, separator, rest = location.partition("://")
        if not separator or scheme in {"file", *self._reached} or not isinstance(io, PyArrowFileIO):
            return
        from fsspec.implementations.arrow import ArrowFSWrapper

        self._con.register_filesystem(ArrowFSWrapper(io.fs_by_scheme(scheme, rest.partition("/")[0])))
        self._reached.add(scheme)


def _rows_of(table: Table, file: DataFile, positions: Iterable[int]) -> RowsOfFile:
    partitioning = table.specs()[file.spec_id]
    partition = (
        "" if partitioning.is_unpartitioned() else partitioning.partition_to_path(file.partition, table.schema())
    )
    return RowsOfFile(file.file_path, file.spec_id, partition, tuple(positions))


def _path(location: str) -> str:
    """A file's location as DuckDB reads and names it."""
    return location.removeprefix("file://").removeprefix("file:")


def _listed(locations: Iterable[str]) -> str:
    """A list of files in DuckDB's SQL."""
    return "[" + ", ".join("'" + _path(location).replace("'", "''") + "'" for location in locations) + "]"


def _positions(deletes: Sequence[str]) -> str:
    """SQL of the rows that delete files delete: file as DuckDB names it, and position."""
    plain = "regexp_replace(file_path, '^file:(//)?', '')"
    return f"SELECT DISTINCT {plain} AS file, pos FROM read_parquet({_listed(deletes)})"


def _by_field_id(schema: Schema) -> str:
    """How DuckDB finds a column in files: by Iceberg's field id; files from before a column was added lack it."""
    fields = (
        f"{field.field_id}: {{name: '{field.name}', type: '{TYPES[str(field.field_type)]}', default_value: NULL}}"
        for field in schema.fields
    )
    return f"MAP {{{', '.join(fields)}}}"
