"""What lies between the making of a table and the next: its inputs then and now, and whose rows are made again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.specs import table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalog.spark_sql import Functions
    from catalog.spec import TableSpec
    from jobs.affected import Affected
    from jobs.job import Job


@dataclass(frozen=True)
class Upstream:
    """What an increment is made from, however its rows are read.

    Attributes:
        job: the job.
        then: the snapshots that the table was made from before, by identifier.
        now: those that it is made from now, and its own.
        concerned: whose rows are made again.
        functions: what the job's statement uses.
    """

    job: Job
    then: Mapping[str, int | None]
    now: Mapping[str, int | None]
    concerned: Affected
    functions: Functions

    @property
    def made(self) -> TableSpec:
        """The table that the job makes."""
        return table(self.job.writes)

    @property
    def inputs(self) -> list[TableSpec]:
        """The tables that it reads."""
        return [table(name) for name in self.job.reads]
