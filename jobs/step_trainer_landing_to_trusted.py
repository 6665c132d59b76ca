"""trusted.step_trainer_trusted: distinct step trainer readings of curated customers' devices, from their consent on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.consent import attributable_devices, reading_time
from jobs.job import Job, main

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def step_trainer_trusted(
    step_trainer_landing: DataFrame, customer_curated: DataFrame, customer_landing: DataFrame
) -> DataFrame:
    """Readings of devices that one customer alone has, who is curated, from that customer's consent on.

    A serial number on several customers is held back: its readings cannot be attributed, and one of the customers may
    not have agreed.
    """
    from pyspark.sql import functions as sf

    devices = customer_curated.join(attributable_devices(customer_landing), "serialNumber", "left_semi")
    consent = devices.selectExpr("serialNumber AS device", "shareWithResearchAsOfDate AS consentedSince")
    usable = step_trainer_landing.join(
        sf.broadcast(consent), sf.expr("serialNumber = device AND sensorReadingTime >= consentedSince"), "left_semi"
    )
    distinct = usable.select("sensorReadingTime", "serialNumber", "distanceFromObject").distinct()
    return distinct.selectExpr("*", reading_time("sensorReadingTime"))


JOB = Job(
    reads=("landing.step_trainer_landing", "curated.customer_curated", "landing.customer_landing"),
    writes="trusted.step_trainer_trusted",
    transform=step_trainer_trusted,
)

if __name__ == "__main__":
    main(JOB)
