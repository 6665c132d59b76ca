"""Tables of a lake as Spark reads them, at a fixed snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.engine.spark_files import no_rows, snapshot_rows

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from catalog.lake import Lake
    from catalog.schema.table_spec import TableSpec


def read(spark: SparkSession, lake: Lake, spec: TableSpec, snapshot_id: int | None) -> DataFrame:
    """The table's rows at that snapshot; no rows where it has none."""
    table = lake.known_table(spec, snapshot_id)
    return no_rows(spark, table.schema()) if snapshot_id is None else snapshot_rows(spark, table, snapshot_id)
