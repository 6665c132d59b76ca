"""One suite per table, by the table's identifier."""

from __future__ import annotations

from expectations.suites import curated, landing, quality, trusted

SUITES = {suite.table: suite for module in (landing, trusted, curated, quality) for suite in module.SUITES}
