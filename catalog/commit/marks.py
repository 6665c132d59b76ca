"""Names that commits leave in tables, and that history reads."""

from __future__ import annotations

NOW = "main"
"""The moment at which readers see what is published now."""
INGEST_MARK = "ready_"
"""How the tags begin that an ingest leaves while it publishes (catalog.publish)."""
ROLLED_BACK_TO = "stedi.rolled-back-to"
"""Snapshot property of a rollback: the id of the earlier snapshot whose rows it publishes."""
