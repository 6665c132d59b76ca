"""Who agreed to share data with research, and since when (the decided meaning: README, "What the words mean")."""

from __future__ import annotations


def latest_records(customer_landing: str) -> str:
    """SQL of each customer's latest record, by lastUpdateDate and then by arrival: columns as landed, and newness 1."""
    return f"""
        SELECT * FROM (
            SELECT *, row_number() OVER (
                PARTITION BY email
                ORDER BY lastUpdateDate DESC, ingestedAt DESC, sourceFile DESC, recordNumber DESC
            ) AS newness
            FROM {customer_landing}
        )
        WHERE newness = 1"""


def attributable_devices(customer_landing: str) -> str:
    """SQL of the serial numbers that one customer alone has: readings of a shared one could be anybody's."""
    return f"""
        SELECT serialNumber FROM ({latest_records(customer_landing)})
        GROUP BY serialNumber HAVING count(*) = 1"""


def reading_time(column: str) -> str:
    """SQL of the timestamp (UTC) of an epoch-ms column, as readingTime."""
    return f"timestamp_millis({column}) AS readingTime"
