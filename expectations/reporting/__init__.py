"""Reports: an offline site, JUnit, Markdown and JSON; they hold counts and SQL, never values."""

from __future__ import annotations

from expectations.reporting.document import RunReport
from expectations.reporting.site import Site, write_report

__all__ = ["RunReport", "Site", "write_report"]
