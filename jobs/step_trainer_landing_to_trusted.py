"""trusted.step_trainer_trusted: distinct step trainer readings of curated customers' devices, from their consent on."""

from __future__ import annotations

from jobs.consent import attributable_devices, reading_time
from jobs.job import Job, main


def step_trainer_trusted(step_trainer_landing: str, customer_curated: str, customer_landing: str) -> str:
    """Readings of devices that one customer alone has, who is curated, from that customer's consent on.

    A serial number on several customers is held back: its readings cannot be attributed, and one of the customers may
    not have agreed.
    """
    devices = f"""
        SELECT c.serialNumber, c.shareWithResearchAsOfDate FROM {customer_curated} c
        LEFT SEMI JOIN ({attributable_devices(customer_landing)}) a ON c.serialNumber = a.serialNumber"""
    return f"""
        SELECT *, {reading_time("sensorReadingTime")}
        FROM (
            SELECT /*+ BROADCAST(d) */ DISTINCT r.sensorReadingTime, r.serialNumber, r.distanceFromObject
            FROM {step_trainer_landing} r
            LEFT SEMI JOIN ({devices}) d
            ON r.serialNumber = d.serialNumber AND r.sensorReadingTime >= d.shareWithResearchAsOfDate
        )"""


JOB = Job(
    reads=("landing.step_trainer_landing", "curated.customer_curated", "landing.customer_landing"),
    writes="trusted.step_trainer_trusted",
    transform=step_trainer_trusted,
)

if __name__ == "__main__":
    main(JOB)
