"""trusted.accelerometer_trusted: distinct accelerometer readings of trusted customers, from their consent on."""

from __future__ import annotations

from catalog.specs.landing import ACCELEROMETER_LANDING
from catalog.specs.trusted import ACCELEROMETER_TRUSTED, CUSTOMER_TRUSTED
from jobs.consent import reading_time
from jobs.job import Job


def accelerometer_trusted(accelerometer_landing: str, customer_trusted: str) -> str:
    """Readings whose person is trusted and whose time is not before that person's consent; re-deliveries count once."""
    return f"""
        SELECT *, {reading_time("timestamp")}
        FROM (
            SELECT DISTINCT c.email AS user, r.timestamp, r.x, r.y, r.z, c.person
            FROM {accelerometer_landing} r
            JOIN {customer_trusted} c ON r.person = c.person AND r.timestamp >= c.shareWithResearchAsOfDate
        )"""


JOB = Job(
    inputs=(ACCELEROMETER_LANDING, CUSTOMER_TRUSTED),
    table=ACCELEROMETER_TRUSTED,
    transform=accelerometer_trusted,
)

if __name__ == "__main__":
    from jobs.script import make_table

    make_table(JOB)
