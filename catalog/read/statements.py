"""Statements of Spark's SQL, done by Spark or by a reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from catalog.read.relation_reader import RelationReader

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


def by_reader(reader: RelationReader, statement: Statement, relations: Mapping[str, str], functions: Functions) -> str:
    """SQL, for the reader, of the rows of a statement over its relations.

    Args:
        reader: the engine.
        statement: what to do.
        relations: the relations, by the statement's keywords.
        functions: what it uses besides Spark's own.

    Raises:
        UnsupportedError: sqlglot's: the engine cannot do it.
    """
    for name, function in functions.items():
        reader.define(name, function)
    return reader.from_spark(statement(**relations))
