"""Erases people from every table's history, delivered files and reports, and proves it (``jobs.erasure``)."""

from __future__ import annotations

from catalog.specs import TABLES

WRITES = tuple(TABLES)

if __name__ == "__main__":
    from jobs.script import erase

    erase()
