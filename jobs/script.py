"""What job files are as programs: on Glue, or as ``python -m jobs.<file>``; only they import it, when they are run."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from catalog.profiles.glue_job import started_by_glue

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.profiles.glue_job import GlueArguments
    from jobs.glue import GlueLog
    from jobs.job import Job

    _Work = Callable[[GlueArguments, GlueLog], None]


def make_table(job: Job) -> None:
    """Run one job: the same as ``stedi run TABLE``."""
    _run(["run", job.writes], partial(_lineage, job.writes))


def ingest() -> None:
    """Ingest the drop folder: the same as ``stedi ingest``."""
    _run(["ingest"], partial(_lineage, None))


def erase() -> None:
    """Erase people: the same as ``stedi erase``; on Glue, whom the privacy officer's lists name."""
    _run(["erase"], _erasure)


def maintain() -> None:
    """Maintain all tables: the same as ``stedi maintain``; on Glue with ``--yes``."""
    _run(["maintain"], _maintenance)


def _run(verb: list[str], work: Callable[[], _Work]) -> None:
    if started_by_glue(sys.argv):
        from jobs.glue import run_glue_job

        run_glue_job(work(), sys.argv)
        return
    from jobs.cli import main

    main([*verb, *sys.argv[1:]])


def _lineage(table: str | None) -> _Work:
    from jobs.glue import run_lineage

    return partial(run_lineage, table)


def _erasure() -> _Work:
    from jobs.glue_upkeep import erase_listed

    return erase_listed


def _maintenance() -> _Work:
    from jobs.glue_upkeep import maintain_tables

    return maintain_tables
