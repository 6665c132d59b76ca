"""The new rows of a table, made by the same function as all of its rows, from the part of the inputs that matters.

People whom new records concern are recomputed: their rows are deleted and made again. To everybody else's rows come
those that new readings make, on whichever side of a join they arrive. The result is what a rebuild gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from catalog.changes import appended
from catalog.publish import Deletion
from catalog.specs import table
from catalog.specs.curated import CUSTOMER_CURATED
from catalog.specs.landing import CUSTOMER_LANDING
from catalog.tables import read
from jobs.affected import Affected, affected, closed_set, named
from jobs.days import days_of, within_days

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame

    from catalog.changes import Made
    from catalog.snapshot_reader import SnapshotReader
    from catalog.spec import TableSpec
    from jobs.job import Job
    from jobs.run import Run


@dataclass(frozen=True)
class Increment:
    """What to do to a table: rows to delete, rows to add, and how many people are recomputed."""

    delete: Deletion | None
    rows: DataFrame
    people: int


@dataclass(frozen=True)
class _Inputs:
    """The inputs of a job: what each holds now, and what came to each since the table was made; by short name."""

    specs: tuple[TableSpec, ...]
    now: Mapping[str, DataFrame]
    new: Mapping[str, DataFrame]


def increment(run: Run, job: Job, made: Made, transform: Callable[..., DataFrame]) -> Increment:
    """The difference between what the table holds and what it has to hold.

    Args:
        run: the run; its pins say what the inputs are now.
        job: the job.
        made: what the table was made from.
        transform: the job's function, its parameters bound.
    """
    spec, inputs = table(job.writes), _inputs(run, job, made)
    held = read(run.spark, spec, run.pins[spec.identifier])
    concerned = _affected(run, job, made)
    readings = [each for each in inputs.specs if each.instant]
    added = [_added(each, inputs, concerned, transform, held, spec) for each in readings]
    parts = [part for part in added if part is not None]
    if len(parts) > 1:
        # What is new on both sides of a join is made twice.
        parts = [_united(parts).dropDuplicates(list(spec.grain))]
    if concerned.count:
        parts.append(transform(**{each.name: concerned.rows(inputs.now[each.name], each) for each in inputs.specs}))
    rows = _united(parts) if parts else held.where("false")
    delete = Deletion(concerned.keys(spec)) if concerned.count else None
    return Increment(delete, rows, concerned.count)


def _united(parts: list[DataFrame]) -> DataFrame:
    return reduce(lambda left, right: left.unionByName(right), parts)


def _inputs(run: Run, job: Job, made: Made) -> _Inputs:
    specs = tuple(table(identifier) for identifier in job.reads)
    pins = {spec.name: run.pins[spec.identifier] for spec in specs}
    return _Inputs(
        specs,
        {spec.name: read(run.spark, spec, pins[spec.name]) for spec in specs},
        {spec.name: appended(run.spark, spec, made.inputs[spec.identifier], pins[spec.name]) for spec in specs},
    )


def _affected(run: Run, job: Job, made: Made) -> Affected:
    moved = _moved(job, made, run.pins)
    if moved not in run.affected:
        people, devices = people_with_news(run.reader, job, made, run.pins)
        run.affected[moved] = affected(run.spark, people, devices, run.pseudonym_key)
    return run.affected[moved]


def people_with_news(
    reader: SnapshotReader, job: Job, made: Made, pins: Mapping[str, int | None]
) -> tuple[list[str], list[str]]:
    """The closed set around the people of new customer records, and customers who have their first readings."""
    news = (reader.appended(table(name), since, until) for name, since, until in _moved(job, made, pins))
    records = reader.relation(CUSTOMER_LANDING, pins[CUSTOMER_LANDING.identifier])
    return closed_set(reader, records, " UNION ALL ".join(f"SELECT email FROM {each}" for each in news))


_Moved = tuple[tuple[str, int | None, int | None], ...]


def _moved(job: Job, made: Made, pins: Mapping[str, int | None]) -> _Moved:
    """The tables in which new customers stand, and between which snapshots."""
    landing, curated = CUSTOMER_LANDING.identifier, CUSTOMER_CURATED.identifier
    moved = [(landing, made.people_from, pins[landing])]
    if curated in job.reads and made.inputs[curated] != pins[curated]:
        moved.append((curated, made.inputs[curated], pins[curated]))
    return tuple(moved)


def _added(
    source: TableSpec,
    inputs: _Inputs,
    concerned: Affected,
    transform: Callable[..., DataFrame],
    held: DataFrame,
    spec: TableSpec,
) -> DataFrame | None:
    """Rows that one input's new readings make for people who are not recomputed; None where it has none.

    Of the other inputs, only the days of these readings are read, and only the people whose they are. Rows that the
    table holds already (a reading delivered again, a customer with earlier readings) are left out.
    """
    new = concerned.others(inputs.new[source.name], source).persist()
    days = days_of(new, source)
    if not days:
        return None
    keys = named(new, source).distinct()
    others = {
        each.name: within_days(inputs.now[each.name], each, days)
        if each.instant
        else _near(inputs.now[each.name], each, keys)
        for each in inputs.specs
        if each != source
    }
    made = transform(**others, **{source.name: new}).select(*spec.column_names).persist()
    # Counted, so that Spark knows how few rows it is and sends these, rather than the many that are held, around.
    if not made.count():
        return None
    again = within_days(held, spec, days).join(made, list(spec.grain), "left_semi").select(*spec.grain)
    return made.join(again, list(spec.grain), "left_anti").select(*spec.column_names)


def _near(customers: DataFrame, spec: TableSpec, keys: DataFrame) -> DataFrame:
    """Customers by e-mail or serial number; of landing, whoever ever had such a device, with all of their records."""
    if spec == CUSTOMER_LANDING and keys.columns == ["serialNumber"]:
        keys = customers.join(keys, "serialNumber", "left_semi").select("email").distinct()
    return customers.join(keys, keys.columns, "left_semi")
