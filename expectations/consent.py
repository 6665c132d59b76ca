"""Who agreed, by the suites' own reading of landing: SQL that shares nothing with the jobs.

It is SQL of Athena and of DuckDB alike: suites compute with it, and people look at refused rows with it.
"""

from __future__ import annotations

# The latest record of each customer: the greatest by lastUpdateDate, then by arrival.
LATEST = """
latest AS (
  SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY email
      ORDER BY lastUpdateDate DESC, ingestedAt DESC, sourceFile DESC, recordNumber DESC) AS place
    FROM {customer_landing}) records
  WHERE place = 1
)"""

# One row per person who agreed: e-mail and the instant from which on, epoch ms.
CONSENT = (
    LATEST
    + """,
consent AS (
  SELECT email, shareWithResearchAsOfDate AS since FROM latest WHERE shareWithResearchAsOfDate IS NOT NULL
)"""
)
