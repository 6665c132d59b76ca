"""Keeps every table small, and lets old snapshots and what was withdrawn go (``catalog.maintenance``)."""

from __future__ import annotations

from catalog.specs import TABLES

WRITES = tuple(TABLES)

if __name__ == "__main__":
    from jobs.script import maintain

    maintain()
