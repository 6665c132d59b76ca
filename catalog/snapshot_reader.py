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

from catalog.errors import DamagedLakeError
from catalog.spec import DAY_MS
from catalog.status import load_catalog, load_table
from catalog.tables import rows_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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

        self._profile, self._catalog = profile, load_catalog(profile)
        spill = tempfile.mkdtemp(prefix="stedi_suites_")
        self._forget = weakref.finalize(self, shutil.rmtree, spill, ignore_errors=True)
        self._con = duckdb.connect()
        for name, value in (_SETTINGS | {"temp_directory": spill}).items():
            self._con.execute(f"SET {name} = '{value}'")
        # Conditions of suites are shown to people, too, who use them in Athena.
        self._con.execute("CREATE MACRO regexp_like(value, pattern) AS regexp_matches(value, pattern)")
        self._views: dict[object, str] = {}
        self._rows: dict[tuple[str, int], int] = {}
        self._reached: set[str] = set()
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
            table = load_table(self._profile, spec, self._catalog)
            self._views[key] = self._files_view(table, _schema(table, until), _appended_files(table, since, until), [])
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
        table = load_table(self._profile, spec, self._catalog)
        files, deletes = _planned(table, snapshot_id)
        written = sum(file.record_count for file in files)
        if not deletes:
            return written
        self._reach(table.io, deletes[0])
        live = [_path(file.file_path) for file in files]
        [(deleted,)] = self.fetch(
            f"SELECT count(*) FROM ({_positions(deletes)}) SEMI JOIN (SELECT unnest($1) AS file) USING (file)", live
        )
        return written - int(deleted)

    def find(self, spec: TableSpec, snapshot_id: int | None, column: str, keys: str) -> list[RowsOfFile]:
        """Where the rows of a snapshot are whose column is among the one column ``key`` of a relation."""
        if snapshot_id is None:
            return []
        table = load_table(self._profile, spec, self._catalog)
        files, deletes = _planned(table, snapshot_id)
        if not files:
            return []
        rows = self._located_rows(table, _schema(table, snapshot_id), files, deletes, f"found_{next(self._numbers)}")
        found = self.fetch(
            f"SELECT r.filename, list(r.file_row_number ORDER BY r.file_row_number) FROM {rows} "
            f'SEMI JOIN {keys} k ON r."{column}" = k.key GROUP BY 1'
        )
        by_path = {_path(file.file_path): file for file in files}
        return [_rows_of(table, by_path[path], positions) for path, positions in found]

    def rows_by_run(self, spec: TableSpec, snapshot_id: int | None, most: int) -> list[int]:
        """Rows after each of the last runs up to the snapshot, oldest first, by their snapshots' summaries."""
        table = load_table(self._profile, spec, self._catalog)
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

    def hold(self, name: str, rows: pa.Table) -> str:
        """Rows of this process as a relation of that name."""
        self._con.register("incoming", rows)
        try:
            return self.keep(name, "SELECT * FROM incoming")
        finally:
            self._con.unregister("incoming")

    def _view(self, spec: TableSpec, snapshot_id: int | None, days: Sequence[int] | None) -> str:
        table = load_table(self._profile, spec, self._catalog)
        if snapshot_id is None or days == ():
            return self._files_view(table, table.schema(), [], [])
        return self._files_view(table, _schema(table, snapshot_id), *_planned(table, snapshot_id, days))

    def _files_view(self, table: Table, schema: Schema, files: Sequence[DataFile], deletes: Sequence[str]) -> str:
        name = f"{table.name()[-1]}_{next(self._numbers)}"
        columns = ", ".join(f'"{field.name}"' for field in schema.fields)
        if not files:
            nothing = ", ".join(
                f'CAST(NULL AS {TYPES[str(each.field_type)]}) AS "{each.name}"' for each in schema.fields
            )
            self._con.execute(f"CREATE TEMP VIEW {name} AS SELECT {nothing} WHERE false")
            return name
        rows = (
            self._located_rows(table, schema, files, deletes, name) if deletes else self._source(table, schema, files)
        )
        self._con.execute(f"CREATE TEMP VIEW {name} AS SELECT {columns} FROM {rows}")
        return name

    def _source(self, table: Table, schema: Schema, files: Sequence[DataFile], options: str = "") -> str:
        self._reach(table.io, files[0].file_path)
        listed = _listed(file.file_path for file in files)
        return f"read_parquet({listed}, schema = {_by_field_id(schema)}{options})"

    def _located_rows(
        self, table: Table, schema: Schema, files: Sequence[DataFile], deletes: Sequence[str], name: str
    ) -> str:
        """SQL of the files' rows ``r`` that are not deleted, with the columns filename and file_row_number."""
        rows = self._source(table, schema, files, ", filename = true, file_row_number = true") + " r"
        if not deletes:
            return rows
        deleted = self.keep(f"{name}_deleted", _positions(deletes))
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


def _schema(table: Table, snapshot_id: int) -> Schema:
    """The table's columns at the snapshot."""
    snapshot = table.snapshot_by_id(snapshot_id)
    if snapshot is None:
        raise DamagedLakeError(f"{'.'.join(table.name())} has no snapshot {snapshot_id}; see: stedi history")
    return next((each for each in table.metadata.schemas if each.schema_id == snapshot.schema_id), table.schema())


def _planned(table: Table, snapshot_id: int, days: Sequence[int] | None = None) -> tuple[list[DataFile], list[str]]:
    """The snapshot's data files, and where the positions are that are deleted in them."""
    from pyiceberg.manifest import DataFileContent

    files: list[DataFile] = []
    deletes: dict[str, DataFile] = {}
    for task in table.scan(row_filter=_around(days), snapshot_id=snapshot_id).plan_files():
        if days is None or task.file.partition[0] in days:
            files.append(task.file)
            deletes |= {file.file_path: file for file in task.delete_files}
    if any(file.content is not DataFileContent.POSITION_DELETES for file in deletes.values()):
        raise DamagedLakeError(f"{'.'.join(table.name())} has deletes that are not by position; compact it")
    return files, sorted(deletes)


def _around(days: Sequence[int] | None) -> str:
    """Pyiceberg's condition on readingTime from the first day to the last, which leaves out the partitions of others.

    A condition that names each day took pyiceberg a second for a month of them.
    """
    from datetime import UTC, datetime

    if days is None:
        return "true"
    start, end = (datetime.fromtimestamp(day * DAY_MS / 1000, UTC).isoformat() for day in (min(days), max(days) + 1))
    return f"readingTime >= '{start}' AND readingTime < '{end}'"


def _appended_files(table: Table, since: int, until: int) -> list[DataFile]:
    """Data files that the snapshots after ``since`` up to ``until`` added; compaction adds none."""
    from pyiceberg.manifest import ManifestContent, ManifestEntryStatus
    from pyiceberg.table.snapshots import Operation

    files, snapshot = [], table.snapshot_by_id(until)
    while snapshot is not None and snapshot.snapshot_id != since:
        if snapshot.summary is None or snapshot.summary.operation is not Operation.REPLACE:
            for manifest in snapshot.manifests(table.io):
                if manifest.added_snapshot_id == snapshot.snapshot_id and manifest.content is ManifestContent.DATA:
                    entries = manifest.fetch_manifest_entry(table.io, discard_deleted=True)
                    files += [entry.data_file for entry in entries if entry.status is ManifestEntryStatus.ADDED]
        parent = snapshot.parent_snapshot_id
        snapshot = table.snapshot_by_id(parent) if parent is not None else None
    if snapshot is None:
        raise DamagedLakeError(f"{'.'.join(table.name())}: snapshot {since} is not in the history of {until}")
    return files
