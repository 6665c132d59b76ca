"""The same look-ups as ``catalog.read.snapshot_reader``'s by Spark, where tables are too large for one machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.engine.spark_files import appended_rows, no_rows, removed_rows, snapshot_rows
from catalog.engine.spark_statements import SparkStatements
from catalog.read.relations import Relations
from catalog.read.scan_plan import SnapshotFiles
from catalog.read.snapshot_reader import RowsOfFile
from catalog.schema.table_spec import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import SparkSession

    from catalog.profiles.profile import Profile
    from catalog.read.scan_plan import Plan
    from catalog.schema.table_spec import TableSpec


class SparkReader(SparkStatements, Relations):
    """Relations of a lake's snapshots, and look-ups in them, by Spark; to be closed."""

    def __init__(self, spark: SparkSession, profile: Profile) -> None:
        """Open the lake."""
        super().__init__(spark, profile)
        self._snapshots = SnapshotFiles(profile)

    def find(self, spec: TableSpec, snapshot_id: int | None, column: str, keys: str) -> list[RowsOfFile]:
        """See ``RelationReader``."""
        if snapshot_id is None:
            return []
        import pyarrow as pa

        by_path = {file.file_path: file for file in self._snapshots.planned(spec, snapshot_id).files}
        places = self._spark.table(self.row_positions(spec, snapshot_id, column, keys))
        found = places.groupBy("filename").agg({"file_row_number": "collect_list"}).collect()
        files = ((by_path[path], pa.array(sorted(positions), pa.int64())) for path, positions in found)
        return [RowsOfFile(file.file_path, file.spec_id, file.partition, rows) for file, rows in files]

    def row_positions(self, spec: TableSpec, snapshot_id: int | None, column: str, keys: str) -> str:
        """See ``RelationReader``."""
        if snapshot_id is None:
            return self.materialize_once("SELECT '' AS filename, CAST(0 AS BIGINT) AS file_row_number WHERE false")
        key = (spec.identifier, snapshot_id, column, keys, "places")
        return self._once(key, lambda: self._positions(spec, snapshot_id, column, keys))

    def _positions(self, spec: TableSpec, snapshot_id: int, column: str, keys: str) -> str:
        rows = snapshot_rows(self._spark, self._snapshots.table(spec, snapshot_id), snapshot_id)
        wanted = self._spark.table(keys).withColumnRenamed("key", column)
        rows = rows.select(f"`{column}`", "_file", "_pos").join(wanted, column, "left_semi")
        rows = rows.selectExpr("_file AS filename", "_pos AS file_row_number")
        return self._persisted(self._next("places"), rows)

    def rows_among(self, spec: TableSpec, snapshot_id: int | None, column: str, keys: str) -> str:
        """See ``RelationReader``."""
        return self.materialize_once(self.rows_by_keys(self.relation(spec, snapshot_id), column, keys))

    def rows_by_keys(self, rows: str, column: str, keys: str) -> str:
        """See ``RelationReader``."""
        return f'SELECT r.* FROM {rows} r SEMI JOIN {keys} k ON r."{column}" = k.key'

    def _rows_at(self, spec: TableSpec, snapshot_id: int | None, days: Sequence[int] | None) -> str:
        table = self._snapshots.table(spec, snapshot_id)
        if snapshot_id is None:
            return self._view(self._next(spec.name), no_rows(self._spark, table.schema()))
        self._snapshots.schema(spec, snapshot_id)  # raises where there is no such snapshot
        rows = snapshot_rows(self._spark, table, snapshot_id)
        if days is not None:
            time = f"`{spec.partitioned_by_days_of}`"
            spans = (
                f"({time} >= timestamp_millis({first * DAY_MS}) AND {time} < timestamp_millis({end * DAY_MS}))"
                for first, end in _spans(days)
            )
            rows = rows.where(" OR ".join(spans) or "false")
        return self._view(self._next(spec.name), rows)

    def _all_rows(self, spec: TableSpec, snapshot_id: int, plan: Plan) -> str:
        rows = appended_rows(self._spark, self._snapshots.schema(spec, snapshot_id), plan)
        return self._view(self._next(spec.name), rows)

    def _removed_rows(self, spec: TableSpec, snapshot_id: int, plan: Plan) -> str:
        rows = removed_rows(self._spark, self._snapshots.schema(spec, snapshot_id), plan)
        return self._persisted(self._next(spec.name), rows)


def _spans(days: Sequence[int]) -> list[tuple[int, int]]:
    """Days, ascending, as spans from the first to before the second."""
    spans: list[tuple[int, int]] = []
    for day in days:
        if spans and spans[-1][1] == day:
            spans[-1] = (spans[-1][0], day + 1)
        else:
            spans.append((day, day + 1))
    return spans
