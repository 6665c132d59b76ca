"""The same look-ups as ``catalog.snapshot_reader``'s by Spark, where tables are too large for one machine."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from catalog.engine.session import spark_session
from catalog.engine.spark_files import appended_rows, no_rows, removed_rows, snapshot_rows
from catalog.engine.spark_statements import SparkStatements
from catalog.read.scan_plan import SnapshotFiles
from catalog.read.snapshot_reader import RowsOfFile
from catalog.schema.table_spec import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pyspark.sql import DataFrame, SparkSession

    from catalog.profiles.profile import Profile
    from catalog.schema.table_spec import TableSpec


@contextmanager
def spark_reader(profile: Profile) -> Iterator[SparkReader]:
    """A reader by this process's Spark, which is started where there is none, and then stopped in the end.

    Raises:
        UsageError, RetryableError: Spark cannot be started.
    """
    from pyspark import SparkContext

    was_running = SparkContext._active_spark_context is not None  # noqa: SLF001 - the public ways are by thread
    spark = spark_session(profile)
    try:
        with SparkReader(spark, profile) as reader:
            yield reader
    finally:
        if not was_running:
            spark.stop()


class SparkReader(SparkStatements):
    """Relations of a lake's snapshots, and look-ups in them, by Spark; to be closed."""

    def __init__(self, spark: SparkSession, profile: Profile) -> None:
        """Open the lake."""
        super().__init__(spark, profile)
        self._snapshots = SnapshotFiles(profile)

    def relation(self, spec: TableSpec, snapshot_id: int | None, days: Iterable[int] | None = None) -> str:
        """The table's rows at that snapshot; none where there is no snapshot.

        Args:
            spec: the table.
            snapshot_id: the snapshot.
            days: where the table is partitioned by day: days since 1970 (UTC), all others being left out.
        """
        chosen = None if days is None else tuple(sorted(set(days)))
        key = (spec.identifier, snapshot_id, chosen)
        if key not in self._relations:
            self._relations[key] = self._view(self._next(spec.name), self._rows_at(spec, snapshot_id, chosen))
        return self._relations[key]

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
        if key not in self._relations:
            plan, schema = self._snapshots.appended(spec, since, until), self._snapshots.schema(spec, until)
            self._relations[key] = self._view(self._next(spec.name), appended_rows(self._spark, schema, plan))
        return self._relations[key]

    def removed(self, spec: TableSpec, since: int | None, until: int | None) -> str:
        """Rows that were taken away after snapshot ``since`` up to ``until``, whether or not they came back since.

        Raises:
            DamagedLakeError: ``since`` is not in the history of ``until``.
        """
        if since is None or until is None or since == until:
            return self.relation(spec, None)
        key = (spec.identifier, since, until, "removed")
        if key not in self._relations:
            plan, schema = self._snapshots.removed(spec, since, until), self._snapshots.schema(spec, until)
            self._relations[key] = self._persisted(self._next(spec.name), removed_rows(self._spark, schema, plan))
        return self._relations[key]

    def rows(self, spec: TableSpec, snapshot_id: int | None) -> int:
        """How many rows readers of the snapshot get: those of its files without those deleted by position."""
        return self._snapshots.rows(spec, snapshot_id)

    def rows_by_run(self, spec: TableSpec, snapshot_id: int | None, most: int) -> list[int]:
        """Rows after each of the last runs up to the snapshot, oldest first."""
        return self._snapshots.rows_by_run(spec, snapshot_id, most)

    def find(self, spec: TableSpec, snapshot_id: int | None, column: str, keys: str) -> list[RowsOfFile]:
        """Where the rows of a snapshot are whose column is among keys; arguments as those of ``row_positions``."""
        if snapshot_id is None:
            return []
        import pyarrow as pa

        by_path = {file.file_path: file for file in self._snapshots.planned(spec, snapshot_id).files}
        places = self._spark.table(self.row_positions(spec, snapshot_id, column, keys))
        found = places.groupBy("filename").agg({"file_row_number": "collect_list"}).collect()
        files = ((by_path[path], pa.array(sorted(positions), pa.int64())) for path, positions in found)
        return [RowsOfFile(file.file_path, file.spec_id, file.partition, rows) for file, rows in files]

    def row_positions(self, spec: TableSpec, snapshot_id: int | None, column: str, keys: str) -> str:
        """The relation of where the rows of a snapshot are whose column is among keys: filename and file_row_number.

        Args:
            spec: the table.
            snapshot_id: the snapshot.
            column: the column.
            keys: a relation that never changes, with the one column ``key``.
        """
        if snapshot_id is None:
            return self.materialize_once("SELECT '' AS filename, CAST(0 AS BIGINT) AS file_row_number WHERE false")
        key = (spec.identifier, snapshot_id, column, keys, "places")
        if key not in self._relations:
            rows = snapshot_rows(self._spark, self._snapshots.table(spec, snapshot_id), snapshot_id)
            wanted = self._spark.table(keys).withColumnRenamed("key", column)
            rows = rows.select(f"`{column}`", "_file", "_pos").join(wanted, column, "left_semi")
            rows = rows.selectExpr("_file AS filename", "_pos AS file_row_number")
            self._relations[key] = self._persisted(self._next("places"), rows)
        return self._relations[key]

    def rows_among(self, spec: TableSpec, snapshot_id: int | None, column: str, keys: str) -> str:
        """The relation of the rows of a snapshot whose column is among keys; arguments as of ``row_positions``."""
        return self.materialize_once(self.rows_by_keys(self.relation(spec, snapshot_id), column, keys))

    def rows_by_keys(self, rows: str, column: str, keys: str) -> str:
        """SQL of the rows, of a relation that never changes, whose column of text is among keys."""
        return f'SELECT r.* FROM {rows} r SEMI JOIN {keys} k ON r."{column}" = k.key'

    def _rows_at(self, spec: TableSpec, snapshot_id: int | None, days: Sequence[int] | None) -> DataFrame:
        table = self._snapshots.table(spec, snapshot_id)
        if snapshot_id is None:
            return no_rows(self._spark, table.schema())
        self._snapshots.schema(spec, snapshot_id)  # raises where there is no such snapshot
        rows = snapshot_rows(self._spark, table, snapshot_id)
        if days is None:
            return rows
        time = f"`{spec.partitioned_by_days_of}`"
        spans = (
            f"({time} >= timestamp_millis({first * DAY_MS}) AND {time} < timestamp_millis({end * DAY_MS}))"
            for first, end in _spans(days)
        )
        return rows.where(" OR ".join(spans) or "false")


def _spans(days: Sequence[int]) -> list[tuple[int, int]]:
    """Days, ascending, as spans from the first to before the second."""
    spans: list[tuple[int, int]] = []
    for day in days:
        if spans and spans[-1][1] == day:
            spans[-1] = (spans[-1][0], day + 1)
        else:
            spans.append((day, day + 1))
    return spans
