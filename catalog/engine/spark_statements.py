"""A Spark session for statements over relations, which are names of temporary views: as ``catalog.read.duckdb``.

What a statement computes stays with the executors; this process gets what ``fetch``, ``one_row`` and ``table`` are
asked for. No rows are broadcast either: they would pass through this process on their way.
"""

from __future__ import annotations

import unicodedata
from itertools import count
from typing import TYPE_CHECKING, Any, Self

import sqlglot
from sqlglot import exp

from catalog.engine.session import session_beside
from catalog.engine.spark_dialect import LOWER, NFC, to_spark

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

    from catalog.profiles.profile import Profile

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


class SparkStatements:
    """Statements, in DuckDB's SQL, and what they computed; to be closed.

    It works in a session of its own beside the given one: relations are temporary views of that session.
    """

    def __init__(self, spark: SparkSession, profile: Profile) -> None:
        """Open the session."""
        self._spark = session_beside(spark, profile)
        for name, value in _SETTINGS.items():
            self._spark.conf.set(name, value)
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

    def create_temp_table(self, name: str, statement: str) -> str:
        """Compute a statement once, when it is first read, as a relation of that name."""
        return self._persisted(name, self.frame(statement))

    def materialize_once(self, statement: str) -> str:
        """The relation of a statement over relations that never change; computed when it is first read."""
        if statement not in self._relations:
            self._relations[statement] = self.create_temp_table(self._next("once"), statement)
        return self._relations[statement]

    def keys(self, keys: Sequence[str]) -> str:
        """Text values as the one column ``key`` of a relation; the same one for the same values."""
        chosen = ("keys", *keys)
        if chosen not in self._relations:
            rows = self._spark.createDataFrame([(key,) for key in keys], "key string")
            self._relations[chosen] = self._view(self._next("keys"), rows)
        return self._relations[chosen]

    def keys_of(self, statement: str) -> str:
        """The relation of the different values of a statement of one column, as ``keys``; it never changes."""
        [column] = self.frame(statement).columns
        return self.materialize_once(f'SELECT DISTINCT "{column}" AS key FROM ({statement})')

    def load_arrow(self, name: str, rows: pa.Table) -> str:
        """Rows of this process as a relation of that name."""
        from pyspark.sql.pandas.types import from_arrow_schema

        # Not by pandas: pyarrow was perhaps loaded without it, and then converts nothing of it.
        values = [tuple(row.values()) for row in rows.to_pylist()]
        return self._view(name, self._spark.createDataFrame(values, from_arrow_schema(rows.schema)))

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


def _lower_letters(text: str) -> str:
    """Lower case as DuckDB has it."""
    return "".join("i" if letter == "\u0130" else letter.lower() for letter in text)


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
