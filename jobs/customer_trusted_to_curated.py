"""curated.customer_curated: trusted customers who have accelerometer readings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.job import Job, main

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def customer_curated(customer_trusted: DataFrame, accelerometer_trusted: DataFrame) -> DataFrame:
    """Trusted customers with at least one trusted reading."""
    users = accelerometer_trusted.selectExpr("user AS email").distinct()
    return customer_trusted.join(users, "email", "left_semi")


JOB = Job(
    reads=("trusted.customer_trusted", "trusted.accelerometer_trusted"),
    writes="curated.customer_curated",
    transform=customer_curated,
)

if __name__ == "__main__":
    main(JOB)
