"""Who agreed, by the suites' own reading of landing: SQL that shares nothing with the jobs."""

from __future__ import annotations

# The latest record of each customer: the greatest by lastUpdateDate, then by arrival.
LATEST = """
latest AS (
  SELECT email, max_by(
    struct(serialNumber, shareWithResearchAsOfDate AS since),
    struct(lastUpdateDate, ingestedAt, sourceFile, recordNumber)) AS record
  FROM {customer_landing} GROUP BY email
)"""

# One row per person who agreed: e-mail and the instant from which on, epoch ms.
CONSENT = (
    LATEST
    + """,
consent AS (SELECT email, record.since AS since FROM latest WHERE record.since IS NOT NULL)"""
)
