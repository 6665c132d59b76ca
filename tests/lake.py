"""The shared session's lake, for tests that need it empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.specs import TABLES
from catalog.tables import create_tables, qualified

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def emptied(spark: SparkSession) -> None:
    """Make every table anew, without rows or history."""
    for spec in TABLES.values():
        spark.sql(f"DROP TABLE IF EXISTS {qualified(spec)} PURGE")
    create_tables(spark)
