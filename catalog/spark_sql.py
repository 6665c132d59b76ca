"""Statements of Spark's SQL, done by Spark or by the embedded engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from catalog.snapshot_reader import SnapshotReader

Functions = Mapping[str, Callable[[str], str]]
"""Functions of one text that statements may use, by name; what they are made of stands in no statement and no plan."""

Statement = Callable[..., str]
"""Gives a statement of Spark's SQL; called with the name of each relation that it reads, by keyword."""


def by_spark(
    spark: SparkSession, statement: Statement, frames: Mapping[str, DataFrame], functions: Functions
) -> DataFrame:
    """The rows of a statement over DataFrames.

    Args:
        spark: the session.
        statement: what to do.
        frames: the DataFrames, by the statement's keywords.
        functions: what it uses besides Spark's own.
    """
    for name, function in functions.items():
        spark.udf.register(name, function, "string")
    values: dict[str, Any] = dict(frames)
    return spark.sql(statement(**{name: f"{{{name}}}" for name in frames}), **values)


def by_reader(reader: SnapshotReader, statement: Statement, relations: Mapping[str, str], functions: Functions) -> str:
    """SQL, for the reader, of the rows of a statement over its relations.

    Args:
        reader: the embedded engine.
        statement: what to do.
        relations: the relations, by the statement's keywords.
        functions: what it uses besides Spark's own.

    Raises:
        UnsupportedError: sqlglot's: the embedded engine cannot do it.
    """
    import sqlglot
    from sqlglot import ErrorLevel, exp

    for name, function in functions.items():
        reader.define(name, function)
    parsed = sqlglot.parse_one(statement(**relations), read="spark")
    for hint in list(parsed.find_all(exp.Hint)):
        hint.pop()  # how to do it is the other engine's own affair
    return parsed.sql("duckdb", unsupported_level=ErrorLevel.RAISE)
