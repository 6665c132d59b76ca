"""The same look-ups as ``catalog.read``'s by Spark, where tables are too large for one machine.

Statements stay in DuckDB's SQL (``spark_dialect``). What one computes stays with the executors; this process
gets what ``fetch``, ``one_row``, ``table`` and ``find`` are asked for, and the names of files. No rows are broadcast
either: they would pass through this process on their way.
"""

from __future__ import annotations

import unicodedata
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any, Self

import sqlglot
from sqlglot import exp

from catalog.engine.session import session_beside, spark_session
from catalog.engine.spark_dialect import LOWER, NFC, to_spark
from catalog.engine.spark_files import appended_rows, no_rows, removed_rows, snapshot_rows
from catalog.read.scan_plan import SnapshotFiles
from catalog.read.snapshot_reader import RowsOfFile
from catalog.schema.table_spec import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

    from catalog.profiles.profile import Profile
    from catalog.schema.table_spec import TableSpec

_SETTINGS = {
    # A session beside another takes only what Spark was started with, which on Glue is not this.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.arrow.pyspark.fallback.enabled": "false",
    # As DuckDB does, fail where a number overflows or a text is no number.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.adaptive.autoBroadcastJoinThreshold": "-1",
    # Hashed where each task's part of the smaller side turns out to be small, as that is faster than to sort.
    "spark.sql.adaptive.maxShuffledHashJoinLocalMapThreshold": "64m",
    # Columns of data files are found by Iceberg's field ids.
    "spark.sql.parquet.fieldId.read.enabled": "true",
}
_TYPES = {
    "string": "VARCHAR",
    "bigint": "BIGINT",
    "int": "INTEGER",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
}
"""DuckDB's name of each of Spark's types that tables have."""


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


class SparkReader:
    """Relations of a lake's snapshots, and look-ups in them, by Spark; to be closed.

    It works in a session of its own beside the given one: relations are temporary views of that session.
    """

    def __init__(self, spark: SparkSession, profile: Profile) -> None:
        """Open the lake."""
        self._spark = session_beside(spark, profile)
        for name, value in _SETTINGS.items():
            self._spark.conf.set(name, value)
        self._snapshots = SnapshotFiles(profile)
        self._relations: dict[object, str] = {}
        self._kept: dict[str, DataFrame] = {}
        self._functions: set[str] = set()
        self._views: set[str] = set()
        self._numbers = count(1)
        for name, function in ((LOWER, _lower_letters), (NFC, _nfc)):
            self._register(name, function)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything; the given session goes on."""
        for frame in self._kept.values():
            frame.unpersist()
        self._kept.clear()
        for view in self._views:
            self._spark.catalog.dropTempView(view)
        self._views.clear()

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
        """Where the rows of a snapshot are whose column is among keys; arguments as those of ``places``."""
        if snapshot_id is None:
            return []
        import pyarrow as pa

        by_path = {file.file_path: file for file in self._snapshots.planned(spec, snapshot_id).files}
        places = self._spark.table(self.places(spec, snapshot_id, column, keys))
        found = places.groupBy("filename").agg({"file_row_number": "collect_list"}).collect()
        files = ((by_path[path], pa.array(sorted(positions), pa.int64())) for path, positions in found)
        return [RowsOfFile(file.file_path, file.spec_id, file.partition, rows) for file, rows in files]

    def places(self, spec: TableSpec, snapshot_id: int | None, column: str, keys: str) -> str:
        """The relation of where the rows of a snapshot are whose column is among keys: filename and file_row_number.

        Args:
            spec: the table.
            snapshot_id: the snapshot.
            column: the column.
            keys: a relation that never changes, with the one column ``key``.
        """
        if snapshot_id is None:
            return self.once("SELECT '' AS filename, CAST(0 AS BIGINT) AS file_row_number WHERE false")
        key = (spec.identifier, snapshot_id, column, keys, "places")
        if key not in self._relations:
            rows = snapshot_rows(self._spark, self._snapshots.table(spec, snapshot_id), snapshot_id)
            wanted = self._spark.table(keys).withColumnRenamed("key", column)
            rows = rows.select(f"`{column}`", "_file", "_pos").join(wanted, column, "left_semi")
            rows = rows.selectExpr("_file AS filename", "_pos AS file_row_number")
            self._relations[key] = self._persisted(self._next("places"), rows)
        return self._relations[key]

    def rows_among(self, spec: TableSpec, snapshot_id: int | None, column: str, keys: str) -> str:
        """The relation of the rows of a snapshot whose column is among keys; arguments as those of ``places``."""
        return self.once(self.rows_by_keys(self.relation(spec, snapshot_id), column, keys))

    def rows_by_keys(self, rows: str, column: str, keys: str) -> str:
        """SQL of the rows, of a relation that never changes, whose column of text is among keys."""
        return f'SELECT r.* FROM {rows} r SEMI JOIN {keys} k ON r."{column}" = k.key'

    def fetch(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a statement, for this process: few."""
        return [tuple(row) for row in self.frame(statement, *values).collect()]

    def one_row(self, statement: str) -> dict[str, int | None]:
        """The only row of a statement of whole numbers, by column."""
        frame = self.frame(statement)
        [row] = frame.collect()
        return {name: None if value is None else int(value) for name, value in zip(frame.columns, row, strict=True)}

    def columns(self, relation: str) -> dict[str, str]:
        """The relation's columns in their order, with DuckDB's types."""
        fields = self.frame(f"SELECT * FROM {relation}").schema.fields
        types = {field.name: field.dataType.simpleString() for field in fields}
        return {name: _TYPES.get(type_, type_.upper()) for name, type_ in types.items()}

    def table(self, relation: str) -> pa.Table:
        """All rows of a relation, for this process: few."""
        import pyarrow as pa
        from pyspark.sql.pandas.types import to_arrow_schema

        frame = self.frame(f"SELECT * FROM {relation}")
        batches: Any = frame._collect_as_arrow()  # noqa: SLF001 - public from Spark 4 on, as toArrow
        return pa.Table.from_batches(batches, to_arrow_schema(frame.schema))

    def keep(self, name: str, statement: str) -> str:
        """Compute a statement once, when it is first read, as a relation of that name."""
        return self._persisted(name, self.frame(statement))

    def once(self, statement: str) -> str:
        """The relation of a statement over relations that never change; computed when it is first read."""
        if statement not in self._relations:
            self._relations[statement] = self.keep(self._next("once"), statement)
        return self._relations[statement]

    def keys(self, keys: Sequence[str]) -> str:
        """Text values as the one column ``key`` of a relation; the same one for the same values."""
        import pandas as pd

        chosen = ("keys", *keys)
        if chosen not in self._relations:
            rows = self._spark.createDataFrame(pd.DataFrame({"key": list(keys)}, dtype=object), "key string")
            self._relations[chosen] = self._view(self._next("keys"), rows)
        return self._relations[chosen]

    def keys_of(self, statement: str) -> str:
        """The relation of the different values of a statement of one column, as ``keys``; it never changes."""
        [column] = self.frame(statement).columns
        return self.once(f'SELECT DISTINCT "{column}" AS key FROM ({statement})')

    def hold(self, name: str, rows: pa.Table) -> str:
        """Rows of this process as a relation of that name."""
        import pandas as pd
        from pyspark.sql.pandas.types import from_arrow_schema

        # Pandas passes Arrow's columns on, so that few rows become a local relation, of which Spark starts no jobs.
        frame = rows.to_pandas(types_mapper=pd.ArrowDtype)
        return self._view(name, self._spark.createDataFrame(frame, from_arrow_schema(rows.schema)))

    def define(self, name: str, function: Callable[[str], str]) -> None:
        """Let statements use a function of one text, which must always be the same one under that name."""
        if name not in self._functions:
            self._register(name, function)
            self._functions.add(name)

    def _register(self, name: str, function: Callable[[str], str]) -> None:
        self._spark.udf.register(name, lambda text: None if text is None else function(text), "string")

    def from_spark(self, statement: str) -> str:
        """SQL, as other statements are, of a statement of Spark's SQL over the reader's relations."""
        return f"SELECT * FROM {self._view(self._next('stated'), self._spark.sql(statement))}"

    def _next(self, name: str) -> str:
        return f"{name}_{next(self._numbers)}"

    def _view(self, name: str, frame: DataFrame) -> str:
        frame.createOrReplaceTempView(name)
        self._views.add(name)
        return name

    def _persisted(self, name: str, frame: DataFrame) -> str:
        """A relation that executors compute once; what does not fit in their memory is spilled."""
        if name in self._kept:
            self._kept[name].unpersist()
        self._kept[name] = frame.persist()
        return self._view(name, frame)

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

    def frame(self, statement: str, *values: object) -> DataFrame:
        """The rows of a statement, which stay with the executors."""
        parsed = sqlglot.parse_one(statement, read="duckdb")
        ctes = parsed.args.get("with_")
        if ctes is not None and ctes.args.get("recursive"):
            return self._closure(parsed)
        return self._spark.sql(self._translated(parsed), args=list(values) or None)

    def _translated(self, parsed: exp.Expr) -> str:
        return to_spark(parsed, self._functions)

    def _closure(self, parsed: exp.Expr) -> DataFrame:
        """What a recursive query gives, of one relation that grows by what its last rows lead to, until by nothing."""
        [cte] = parsed.args["with_"].expressions
        growth, names = cte.this, [column.name for column in cte.args["alias"].columns]
        if not isinstance(growth, exp.Union) or not growth.args.get("distinct") or not names:
            raise ValueError("of recursive queries, only the closure of a set is known")
        name = self._next(cte.alias)
        step = growth.expression.copy()
        for table in step.find_all(exp.Table):
            if table.name == cte.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.alias or cte.alias)))
                table.set("this", exp.to_identifier(f"{name}_last"))
        last = known = self._spark.sql(self._translated(growth.this)).toDF(*names).distinct().localCheckpoint()
        while last.count():
            self._view(f"{name}_last", last)
            reached = self._spark.sql(self._translated(step)).toDF(*names).distinct()
            last = reached.join(known, names, "left_anti").localCheckpoint()
            known = known.unionByName(last).localCheckpoint()
        self._view(name, known)
        rest = parsed.copy()
        rest.set("with_", None)
        for table in rest.find_all(exp.Table):
            if table.name == cte.alias:
                table.set("this", exp.to_identifier(name))
        return self._spark.sql(self._translated(rest))


def _spans(days: Sequence[int]) -> list[tuple[int, int]]:
    """Days, ascending, as spans from the first to before the second."""
    spans: list[tuple[int, int]] = []
    for day in days:
        if spans and spans[-1][1] == day:
            spans[-1] = (spans[-1][0], day + 1)
        else:
            spans.append((day, day + 1))
    return spans


def _lower_letters(text: str) -> str:
    """Lower case as DuckDB has it."""
    return "".join("i" if letter == "\u0130" else letter.lower() for letter in text)


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
