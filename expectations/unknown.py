"""Readings of people of whom nobody knows whether they agreed, as their customer record was refused.

They are no readings of people who did not agree: where a delivery of customers could not be read, the report says so.
"""

from __future__ import annotations

OF_REFUSED_CUSTOMERS = """
SELECT count(*) AS landed_of_refused_customers FROM {accelerometer_landing} l
SEMI JOIN (
  SELECT unnest(string_split(people, ' ')) AS person FROM {quarantine} WHERE source = 'customer' AND people IS NOT NULL
) q ON l.person = q.person
ANTI JOIN {customer_landing} c ON l.person = c.person"""
"""A fact of the suite of trusted readings: a part of those that are landed without consent."""
