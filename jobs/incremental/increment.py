"""The new rows of a table, made by the same statement as all of its rows, from the part of the inputs that matters.

People whom new records concern are recomputed: their rows are deleted and made again. Everybody else only gains rows,
from new readings on either side of a join. The result is what a rebuild gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.specs import table
from catalog.specs.curated import CUSTOMER_CURATED
from catalog.specs.landing import CUSTOMER_LANDING, QUARANTINE
from jobs.incremental.affected import AffectedSubjects, closed_set, subject_of
from jobs.incremental.rows import IncrementInputs, added_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from catalog.history.changes import Provenance
    from catalog.read.relation_reader import RelationReader
    from catalog.read.snapshot_reader import RowsOfFile
    from catalog.read.statements import Functions
    from catalog.schema.table_spec import TableSpec
    from jobs.job import Job


@dataclass(frozen=True)
class Increment:
    """What to do to a table.

    Attributes:
        deletes: rows to delete.
        rows: the reader's relation of the rows to add.
    """

    deletes: Sequence[RowsOfFile]
    rows: str


def increment(
    affected: AffectedSubjects,
    job: Job,
    made_from: Provenance,
    snapshots: Mapping[str, int | None],
    functions: Functions,
) -> Increment:
    """The difference between what the job's table holds and what it has to hold.

    Args:
        affected: whose rows are made again; its reader looks up rows and makes the new ones.
        job: the job.
        made_from: what the table was made from.
        snapshots: what the inputs are now, and the table itself.
        functions: what the job's statement uses.
    """
    spec, reader = job.table, affected.reader
    rows = added_rows(IncrementInputs(job, made_from.inputs, snapshots, affected, functions, reader))
    if not affected:
        return Increment((), rows)
    keys = affected.keys_of(spec)
    return Increment(reader.find(spec, snapshots[spec.identifier], subject_of(spec).column, keys), rows)


def affected_subjects(
    reader: RelationReader, job: Job, made_from: Provenance, snapshots: Mapping[str, int | None], functions: Functions
) -> AffectedSubjects:
    """The closed set around the people of new or refused records, and customers who have their first readings.

    The same relations where the same came between the same snapshots.
    """
    moved = [(name, since, snapshots[name]) for name, since in made_from.customer_watermark.items()]
    curated = CUSTOMER_CURATED.identifier
    if curated in job.reads and made_from.inputs[curated] != snapshots[curated]:
        moved.append((curated, made_from.inputs[curated], snapshots[curated]))
    news = (_people_of(table(name), reader.appended(table(name), since, until)) for name, since, until in moved)
    records = reader.relation(CUSTOMER_LANDING, snapshots[CUSTOMER_LANDING.identifier])
    people, devices = closed_set(reader, records, " UNION ALL ".join(news))
    return AffectedSubjects(reader, people, devices, functions)


def _people_of(spec: TableSpec, rows: str) -> str:
    """SQL of the column person: of whom the rows are, or in quarantine whom they name."""
    if spec == QUARANTINE:
        return f"SELECT unnest(string_split(people, ' ')) AS person FROM {rows} WHERE people IS NOT NULL"
    return f"SELECT person FROM {rows}"
