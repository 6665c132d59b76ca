"""Who agreed to share data with research, and since when (the decided meaning: docs/meaning.md)."""

from __future__ import annotations


def latest_records(customer_landing: str) -> str:
    """SQL of each person's latest record, by lastUpdateDate: columns as landed, and newness 1.

    Among records of the same date, one without consent is the latest, else the one with the latest consent date; after
    that the record's own values decide, never the name or order of files.
    """
    return f"""
        SELECT * FROM (
            SELECT *, row_number() OVER (
                PARTITION BY person
                ORDER BY lastUpdateDate DESC, shareWithResearchAsOfDate DESC NULLS FIRST,
                    device, email, serialNumber, customerName, phone, birthDay, registrationDate,
                    shareWithPublicAsOfDate DESC NULLS FIRST, shareWithFriendsAsOfDate DESC NULLS FIRST
            ) AS newness
            FROM {customer_landing}
        )
        WHERE newness = 1"""


def suspended_people(customer_landing: str, quarantine: str) -> str:
    """SQL of the people whose consent is suspended: a refused customer record names them, and nothing newer came since.

    A readable record lifts the suspension if it arrived after the refused one, and its lastUpdateDate is newer than
    those of all records that had arrived by then, and than the refused one's own where that could be read. The same
    refused text of the same date counts once, from its first arrival on, in however many files it comes; one that says
    no date may be news each time.
    """
    return f"""
        SELECT DISTINCT person FROM (
            SELECT q.person
            FROM (
                SELECT explode(split(people, ' ')) AS person, coalesce(lastUpdateDate, 0) AS own, arrived
                FROM (
                    SELECT people, lastUpdateDate, rawText, min(ingestedAt) AS arrived
                    FROM {quarantine} WHERE people IS NOT NULL
                    GROUP BY people, lastUpdateDate, rawText, CASE WHEN lastUpdateDate IS NULL THEN ingestedAt END
                )
            ) q
            LEFT JOIN {customer_landing} r ON q.person = r.person
            GROUP BY q.person, q.own, q.arrived
            HAVING coalesce(max(CASE WHEN r.ingestedAt > q.arrived THEN r.lastUpdateDate END), 0)
                <= greatest(q.own, coalesce(max(CASE WHEN r.ingestedAt <= q.arrived THEN r.lastUpdateDate END), 0))
        )"""


def reading_time(column: str) -> str:
    """SQL of the timestamp (UTC) of an epoch-ms column, as readingTime."""
    return f"timestamp_millis({column}) AS readingTime"
