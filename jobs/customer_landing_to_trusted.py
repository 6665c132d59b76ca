"""trusted.customer_trusted: the latest record of each customer who agreed to share data with research."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.consent import latest_records
from jobs.job import Job, main

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def customer_trusted(customer_landing: DataFrame) -> DataFrame:
    """Latest records with a consent date; a newer record without one is a withdrawal."""
    return latest_records(customer_landing).where("shareWithResearchAsOfDate IS NOT NULL")


JOB = Job(reads=("landing.customer_landing",), writes="trusted.customer_trusted", transform=customer_trusted)

if __name__ == "__main__":
    main(JOB)
