"""trusted.customer_trusted: the latest record of each customer who agreed to share data with research."""

from __future__ import annotations

from catalog.specs.landing import CUSTOMER_LANDING, QUARANTINE
from catalog.specs.trusted import CUSTOMER_TRUSTED
from jobs.consent import latest_records, suspended_people
from jobs.job import Job


def customer_trusted(customer_landing: str, quarantine: str) -> str:
    """Latest records with a consent date: a newer record without one is a withdrawal, a refused one suspends it."""
    return f"""
        SELECT l.* FROM ({latest_records(customer_landing)}) l
        LEFT ANTI JOIN ({suspended_people(customer_landing, quarantine)}) s ON l.person = s.person
        WHERE l.shareWithResearchAsOfDate IS NOT NULL"""


JOB = Job(
    inputs=(CUSTOMER_LANDING, QUARANTINE),
    table=CUSTOMER_TRUSTED,
    transform=customer_trusted,
)

if __name__ == "__main__":
    from jobs.script import make_table

    make_table(JOB)
