"""Spark as it is quick where there are few rows: what it does for many takes longer than all else then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.engine.session import FEW_ROWS

if TYPE_CHECKING:
    from catalog.engine.spark_reader import SparkReader


def for_few_rows(reader: SparkReader) -> SparkReader:
    """The reader, whose session is told that there are few rows."""
    for name, value in FEW_ROWS.items():
        reader._spark.conf.set(name, value)
    return reader
