"""Statements of Spark's SQL, by Spark or by the embedded engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from catalog.snapshot_reader import SnapshotReader

Functions = Mapping[str, Callable[[str], str]]
"""Functions of one text that statements may use, by name; what they are made of stands in no statement and no plan."""


def by_spark(spark: SparkSession, statement: str, frames: Mapping[str, DataFrame], functions: Functions) -> DataFrame:
    """The rows of a statement.

    Args:
        spark: the session.
        statement: Spark's SQL, with ``{name}`` for each DataFrame.
        frames: the DataFrames.
        functions: what it uses besides Spark's own.
    """
    for name, function in functions.items():
        spark.udf.register(name, function, "string")
    values: dict[str, Any] = dict(frames)
    return spark.sql(statement, **values)


def by_reader(reader: SnapshotReader, statement: str, functions: Functions) -> str:
    """SQL, for the reader, of the rows of a statement.

    Args:
        reader: the embedded engine.
        statement: Spark's SQL over the reader's relations.
        functions: what it uses besides Spark's own.
    """
    import sqlglot
    from sqlglot import ErrorLevel, exp

    for name, function in functions.items():
        reader.define(name, function)
    parsed = sqlglot.parse_one(statement, read="spark")
    for hint in list(parsed.find_all(exp.Hint)):
        hint.pop()  # how to do it is the other engine's own affair
    return parsed.sql("duckdb", unsupported_level=ErrorLevel.RAISE)
