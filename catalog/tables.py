"""Tables of a lake as Spark reads them, at a fixed snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from catalog.lake import Lake
    from catalog.spec import TableSpec


def read(spark: SparkSession, lake: Lake, spec: TableSpec, snapshot_id: int | None) -> DataFrame:
    """The table's rows at that snapshot; no rows where it has none."""
    rows = (
        spark.table(lake.sql_name(spec))
        if snapshot_id is None
        else spark.sql(f"SELECT * FROM {lake.sql_name(spec)} VERSION AS OF {snapshot_id}")
    )
    return rows.where("false") if snapshot_id is None else rows
