"""Spark as it is quick where there are few rows: what it does for many takes longer than all else then."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from catalog.engine.spark_reader import SparkReader

_SETTINGS = {
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


def for_few_rows(reader: SparkReader) -> SparkReader:
    """The reader, whose session is told that there are few rows."""
    for name, value in _SETTINGS.items():
        reader._spark.conf.set(name, value)
    return reader
