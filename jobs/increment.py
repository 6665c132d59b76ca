"""The new rows of a table, made by the same function as all of its rows, from the part of the inputs that matters.

People whom new records concern are recomputed: their rows are deleted and made again. To everybody else's rows come
those that new readings make, on whichever side of a join they arrive. The result is what a rebuild gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.publish import Deletion
from catalog.specs import table
from catalog.specs.curated import CUSTOMER_CURATED
from catalog.specs.landing import CUSTOMER_LANDING, QUARANTINE
from jobs.affected import Affected, closed_set, subject_of
from jobs.gathered import Gathering
from jobs.scanned import Scan

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from pyspark.sql import DataFrame

    from catalog.changes import Made
    from catalog.snapshot_reader import SnapshotReader
    from catalog.spec import TableSpec
    from jobs.job import Job
    from jobs.run import Run


@dataclass(frozen=True)
class Increment:
    """What to do to a table.

    Attributes:
        delete: rows to delete.
        rows: rows to add, made by the driver where they are few.
    """

    delete: Deletion
    rows: DataFrame | pa.Table


def increment(run: Run, job: Job, made: Made) -> Increment:
    """The difference between what the table holds and what it has to hold.

    Args:
        run: the run; its pins say what the inputs are now.
        job: the job.
        made: what the table was made from.
    """
    concerned = _affected(run, job, made)
    upstream = (job, made.inputs, run.pins, concerned, run.functions(job))
    rows: DataFrame | pa.Table | None = Gathering(*upstream, run.reader).rows(run.policy.gathered_rows)
    if rows is None:
        rows = Scan(*upstream, run.spark).rows()
    return Increment(_deletion(run, job, concerned), rows)


def _deletion(run: Run, job: Job, concerned: Affected) -> Deletion:
    if not concerned.people:
        return Deletion(run.profile, ())
    spec = table(job.writes)
    keys = concerned.relation(run.reader, spec)
    return Deletion(run.profile, run.reader.find(spec, run.pins[spec.identifier], subject_of(spec).column, keys))


def _affected(run: Run, job: Job, made: Made) -> Affected:
    moved = _moved(job, made, run.pins)
    if moved not in run.affected:
        people, devices = people_with_news(run.reader, job, made, run.pins)
        run.affected[moved] = Affected(people, devices, run.pseudonym_key)
    return run.affected[moved]


def people_with_news(
    reader: SnapshotReader, job: Job, made: Made, pins: Mapping[str, int | None]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The closed set around the people of new or refused records, and customers who have their first readings."""
    news = (
        _people_of(table(name), reader.appended(table(name), since, until))
        for name, since, until in _moved(job, made, pins)
    )
    records = reader.relation(CUSTOMER_LANDING, pins[CUSTOMER_LANDING.identifier])
    return closed_set(reader, records, " UNION ALL ".join(news))


def _people_of(spec: TableSpec, rows: str) -> str:
    """SQL of the column person: of whom the rows are, or in quarantine whom they name."""
    if spec == QUARANTINE:
        return f"SELECT unnest(string_split(people, ' ')) AS person FROM {rows} WHERE people IS NOT NULL"
    return f"SELECT person FROM {rows}"


_Moved = tuple[tuple[str, int | None, int | None], ...]


def _moved(job: Job, made: Made, pins: Mapping[str, int | None]) -> _Moved:
    """The tables in which new customers stand, and between which snapshots."""
    curated = CUSTOMER_CURATED.identifier
    moved = [(name, since, pins[name]) for name, since in made.people_from.items()]
    if curated in job.reads and made.inputs[curated] != pins[curated]:
        moved.append((curated, made.inputs[curated], pins[curated]))
    return tuple(moved)
