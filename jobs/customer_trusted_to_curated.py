"""curated.customer_curated: trusted customers who have accelerometer readings."""

from __future__ import annotations

from catalog.specs.curated import CUSTOMER_CURATED
from catalog.specs.trusted import ACCELEROMETER_TRUSTED, CUSTOMER_TRUSTED
from jobs.job import Job


def customer_curated(customer_trusted: str, accelerometer_trusted: str) -> str:
    """Trusted customers with at least one trusted reading."""
    return f"""
        SELECT c.* FROM {customer_trusted} c
        LEFT SEMI JOIN (SELECT DISTINCT r.person FROM {accelerometer_trusted} r) u ON c.person = u.person"""


JOB = Job(
    inputs=(CUSTOMER_TRUSTED, ACCELEROMETER_TRUSTED),
    table=CUSTOMER_CURATED,
    transform=customer_curated,
)

if __name__ == "__main__":
    from jobs.script import make_table

    make_table(JOB)
