"""trusted.accelerometer_trusted: distinct accelerometer readings of trusted customers, from their consent on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.consent import reading_time
from jobs.job import Job, main

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def accelerometer_trusted(accelerometer_landing: DataFrame, customer_trusted: DataFrame) -> DataFrame:
    """Readings whose user is trusted and whose time is not before that user's consent; re-deliveries count once."""
    from pyspark.sql import functions as sf

    consent = customer_trusted.selectExpr("email", "shareWithResearchAsOfDate AS consentedSince")
    usable = accelerometer_landing.join(
        sf.broadcast(consent), sf.expr("user = email AND timestamp >= consentedSince"), "left_semi"
    )
    distinct = usable.select("user", "timestamp", "x", "y", "z").distinct()
    return distinct.selectExpr("*", reading_time("timestamp"))


JOB = Job(
    reads=("landing.accelerometer_landing", "trusted.customer_trusted"),
    writes="trusted.accelerometer_trusted",
    transform=accelerometer_trusted,
)

if __name__ == "__main__":
    main(JOB)
