"""The lineage: every job by the table it makes, in an order in which inputs come first.

The jobs' declarations are the only source of that order; the README's picture is drawn from them.
"""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from catalog.errors import UsageError
from catalog.schema.table_spec import Zone
from catalog.specs import TABLES
from jobs import (
    accelerometer_landing_to_trusted,
    customer_landing_to_trusted,
    customer_trusted_to_curated,
    step_trainer_landing_to_trusted,
    trainer_trusted_to_curated,
)

if TYPE_CHECKING:
    from jobs.job import Job

_JOBS: dict[str, Job] = {
    module.JOB.writes: module.JOB
    for module in (
        customer_landing_to_trusted,
        accelerometer_landing_to_trusted,
        customer_trusted_to_curated,
        step_trainer_landing_to_trusted,
        trainer_trusted_to_curated,
    )
}


def jobs_in_order() -> list[Job]:
    """All jobs that make trusted and curated tables, each after the jobs that make its inputs."""
    order = TopologicalSorter({job.writes: job.reads for job in _JOBS.values()}).static_order()
    return [_JOBS[identifier] for identifier in order if identifier in _JOBS]


def job_for(identifier: str) -> Job:
    """The job that makes that table.

    Raises:
        UsageError: no job makes a table of that name.
    """
    if identifier not in _JOBS:
        raise UsageError(f"no job makes {identifier!r}; choose one of: {', '.join(_JOBS)}")
    return _JOBS[identifier]


def mermaid() -> str:
    """The lineage as a Mermaid flowchart, one subgraph per zone."""
    lines = ["flowchart LR", "  drop([JSON drop]) --> landing"]
    for zone in (Zone.LANDING, Zone.TRUSTED, Zone.CURATED):
        lines.append(f"  subgraph {zone}")
        lines += [f"    {spec.name}" for spec in TABLES.values() if spec.zone == zone]
        lines.append("  end")
    for job in jobs_in_order():
        lines += [f"  {name.split('.')[1]} --> {job.writes.split('.')[1]}" for name in job.reads]
    return "\n".join(lines)
