"""Looking up rows of snapshots by keys: people, devices or instants.

Suites judge through it, and increments of few rows look up their inputs with it, each by a reader of its own, with keys
and statements of its own; what it reads of every snapshot is tested against Spark's readers. It starts no JVM, and
reads the columns and row groups that a statement needs; what does not fit in memory is spilled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.read.parquet_sql import listed, path_of
from catalog.read.scan_plan import Plan
from catalog.read.snapshot_relations import SnapshotRelations

if TYPE_CHECKING:
    import pyarrow as pa
    from pyiceberg.typedef import Record

    from catalog.profiles.profile import Profile
    from catalog.schema.table_spec import TableSpec


def semi_join(column: str, keys: str) -> str:
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
        partition: its partition, as Iceberg's metadata has it.
        positions: of the rows, from 0, ascending; 64-bit integers.
    """

    location: str
    spec_id: int
    partition: Record
    positions: pa.Int64Array


class SnapshotReader(SnapshotRelations):
    """Relations of a lake's snapshots, and look-ups in them; to be closed."""

    def __init__(self, profile: Profile, beside: SnapshotReader | None = None) -> None:
        """Open the lake; ``beside`` is as of ``DuckDBEngine``."""
        super().__init__(profile, beside)
        self._looked_through: dict[tuple[str, str, str], tuple[str, set[str]]] = {}

    def find(self, spec: TableSpec, snapshot_id: int | None, column: str, keys: str) -> list[RowsOfFile]:
        """See ``RelationReader``."""
        if snapshot_id is None:
            return []
        by_path = {path_of(file.file_path): file for file in self._snapshots.planned(spec, snapshot_id).files}
        places = self.row_positions(spec, snapshot_id, column, keys)
        found = self.table(
            f"(SELECT filename, list(file_row_number ORDER BY file_row_number) AS positions FROM {places} GROUP BY 1)"
        )
        rows = []
        for path, positions in zip(found["filename"], found["positions"], strict=True):
            file = by_path[path.as_py()]
            rows.append(RowsOfFile(file.file_path, file.spec_id, file.partition, positions.values))
        return rows

    def row_positions(self, spec: TableSpec, snapshot_id: int | None, column: str, keys: str) -> str:
        """See ``RelationReader``.

        A file is looked through once for the same keys: it never changes, and snapshots of a table share most files.
        """
        if snapshot_id is None:
            return self.materialize_once("SELECT '' AS filename, 0 AS file_row_number WHERE false")
        plan = self._snapshots.planned(spec, snapshot_id)
        files = listed(file.file_path for file in plan.files)
        live = (
            f"SELECT r.* FROM {self._found(spec, snapshot_id, plan, column, keys)} r "
            f"SEMI JOIN (SELECT unnest({files}::VARCHAR[]) AS filename) f USING (filename)"
        )
        return self.materialize_once(live + self._without_deleted(self._snapshots.table(spec, snapshot_id).io, plan))

    def rows_among(self, spec: TableSpec, snapshot_id: int | None, column: str, keys: str) -> str:
        """See ``RelationReader``.

        Where some rows are deleted, places come first, and of the files without any the other columns are not read:
        where people's rows were made again, that is all but the newest files.
        """
        if snapshot_id is None:
            return self.relation(spec, None)
        key = (spec.identifier, snapshot_id, column, keys)
        if key not in self._relations:
            plan = self._snapshots.planned(spec, snapshot_id)
            if plan.deletes:
                places = self.row_positions(spec, snapshot_id, column, keys)
                paths = {path for (path,) in self.fetch(f"SELECT DISTINCT filename FROM {places}")}
                plan = Plan([file for file in plan.files if path_of(file.file_path) in paths], plan.deletes)
            rows = self._files_view(
                self._snapshots.table(spec, snapshot_id), self._snapshots.schema(spec, snapshot_id), plan
            )
            self._relations[key] = self.materialize_once(f"SELECT r.* FROM {rows} r {semi_join(column, keys)}")
        return self._relations[key]

    def rows_by_keys(self, rows: str, column: str, keys: str) -> str:
        """See ``RelationReader``.

        Only rows of keys that nobody asked for before are looked up.
        """
        known = self._relations.get((rows, column))
        if known is None:
            known = self.create_temp_table(f"known_{next(self._numbers)}", f"SELECT * FROM {rows} LIMIT 0")
            self.create_temp_table(f"{known}_keys", "SELECT '' AS key LIMIT 0")
            self._relations[rows, column] = known
        others = f"SELECT DISTINCT key FROM {keys} ANTI JOIN {known}_keys USING (key)"
        new = self.create_temp_table(f"{known}_new", others)
        if self.fetch(f"FROM {new} LIMIT 1"):
            self.fetch(f"INSERT INTO {known} SELECT r.* FROM {rows} r {semi_join(column, new)}")
            self.fetch(f"INSERT INTO {known}_keys FROM {new}")
        return f"SELECT r.* FROM {known} r {semi_join(column, keys)}"

    def _found(self, spec: TableSpec, snapshot_id: int, plan: Plan, column: str, keys: str) -> str:
        """The relation of places in files of the plan and others, deleted rows among them."""
        key = (spec.identifier, column, keys)
        if key not in self._looked_through:
            name = self.create_temp_table(
                f"found_{next(self._numbers)}", "SELECT '' AS filename, 0::BIGINT AS file_row_number LIMIT 0"
            )
            self._looked_through[key] = (name, set())
        name, known = self._looked_through[key]
        files = [file for file in plan.files if file.file_path not in known]
        if files:
            table, schema = self._snapshots.table(spec, snapshot_id), self._snapshots.schema(spec, snapshot_id)
            rows = self._located(table, schema, [file.file_path for file in files])
            self.fetch(f"INSERT INTO {name} SELECT r.filename, r.file_row_number FROM {rows} {semi_join(column, keys)}")
            known.update(file.file_path for file in files)
        return name
