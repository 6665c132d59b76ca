"""trusted.step_trainer_trusted: distinct step trainer readings, of whoever held the device, from their consent on."""

from __future__ import annotations

from catalog.specs.curated import CUSTOMER_CURATED
from catalog.specs.landing import CUSTOMER_LANDING, STEP_TRAINER_LANDING
from catalog.specs.trusted import STEP_TRAINER_TRUSTED
from jobs.consent import reading_time
from jobs.holding import device_holders
from jobs.job import Job


def step_trainer_trusted(step_trainer_landing: str, customer_curated: str, customer_landing: str) -> str:
    """Readings of the curated customer who held the device at that instant, from that customer's consent on.

    Readings of an instant at which two people held it, or nobody, are held back: one of them may not have agreed.
    """
    turns = f"""
        SELECT h.device, h.person, greatest(h.since, c.shareWithResearchAsOfDate) AS since, h.until
        FROM ({device_holders(customer_landing)}) h JOIN {customer_curated} c ON h.person = c.person"""
    return f"""
        SELECT *, {reading_time("sensorReadingTime")}
        FROM (
            SELECT DISTINCT
                r.sensorReadingTime, r.device AS serialNumber, r.distanceFromObject, t.person
            FROM {step_trainer_landing} r
            JOIN ({turns}) t
            ON r.device = t.device AND r.sensorReadingTime >= t.since AND r.sensorReadingTime < t.until
        )"""


JOB = Job(
    inputs=(STEP_TRAINER_LANDING, CUSTOMER_CURATED, CUSTOMER_LANDING),
    table=STEP_TRAINER_TRUSTED,
    transform=step_trainer_trusted,
)

if __name__ == "__main__":
    from jobs.script import make_table

    make_table(JOB)
