"""trusted.customer_trusted: the latest record of each customer who agreed to share data with research."""

from __future__ import annotations

from jobs.consent import latest_records
from jobs.job import Job, main


def customer_trusted(customer_landing: str) -> str:
    """Latest records with a consent date; a newer record without one is a withdrawal."""
    return f"SELECT * FROM ({latest_records(customer_landing)}) WHERE shareWithResearchAsOfDate IS NOT NULL"


JOB = Job(reads=("landing.customer_landing",), writes="trusted.customer_trusted", transform=customer_trusted)

if __name__ == "__main__":
    main(JOB)
