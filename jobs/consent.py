"""Who agreed to share data with research, and since when (the decided meaning: README, "What the words mean")."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def latest_records(customer_landing: DataFrame) -> DataFrame:
    """Each customer's latest record, by lastUpdateDate and then by arrival. Columns as landed."""
    from pyspark.sql import Window
    from pyspark.sql import functions as sf

    newest_first = Window.partitionBy("email").orderBy(
        *(sf.desc(column) for column in ("lastUpdateDate", "ingestedAt", "sourceFile", "recordNumber"))
    )
    ranked = customer_landing.withColumn("rank", sf.row_number().over(newest_first))
    return ranked.where("rank = 1").drop("rank")


def attributable_devices(customer_landing: DataFrame) -> DataFrame:
    """Serial numbers that one customer alone has: readings of a shared one could be anybody's. Column serialNumber."""
    owners = latest_records(customer_landing).groupBy("serialNumber").count()
    return owners.where("count = 1").select("serialNumber")


def reading_time(column: str) -> str:
    """SQL of the timestamp (UTC) of an epoch-ms column, aliased readingTime."""
    return f"timestamp_millis({column}) AS readingTime"
