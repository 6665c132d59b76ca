"""What job files are as programs: on Glue, or as ``python -m jobs.<file>``; only they import it, when they are run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from catalog.profiles.glue_job import started_by_glue

if TYPE_CHECKING:
    from jobs.job import Job


def make_table(job: Job) -> None:
    """Run one job: the same as ``stedi run TABLE``."""
    _run(job.writes, ["run", job.writes])


def ingest() -> None:
    """Ingest the drop folder: the same as ``stedi ingest``."""
    _run(None, ["ingest"])


def _run(table: str | None, verb: list[str]) -> None:
    if started_by_glue(sys.argv):
        from jobs.glue import run_glue_job

        run_glue_job(table, sys.argv)
        return
    from jobs.cli import main

    main([*verb, *sys.argv[1:]])
