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
from catalog.specs.landing import CUSTOMER_LANDING
from catalog.tables import read
from jobs.affected import Affected, affected, named
from jobs.days import days_of, within_days

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame

    from catalog.changes import Made
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
    records: DataFrame
    pseudonym_key: bytes


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
    concerned = affected(inputs.records, _people_with_news(run, made, inputs), run.pseudonym_key)
    readings = [each for each in inputs.specs if each.instant]
    added = [_added(each, inputs, concerned, transform, held, spec) for each in readings]
    parts = [part for part in added if part is not None]
    if concerned.count:
        parts.append(transform(**{each.name: concerned.rows(inputs.now[each.name], each) for each in inputs.specs}))
    rows = reduce(lambda left, right: left.unionByName(right), parts) if parts else held.limit(0)
    # What is new on both sides of a join is made twice.
    rows = rows.dropDuplicates(list(spec.grain)) if len(parts) > 1 else rows
    delete = Deletion(concerned.keys(spec)) if concerned.count else None
    return Increment(delete, rows, concerned.count)


def _inputs(run: Run, job: Job, made: Made) -> _Inputs:
    specs = tuple(table(identifier) for identifier in job.reads)
    pins = {spec.name: run.pins[spec.identifier] for spec in (*specs, CUSTOMER_LANDING)}
    return _Inputs(
        specs,
        {spec.name: read(run.spark, spec, pins[spec.name]) for spec in specs},
        {spec.name: appended(run.spark, spec, made.inputs[spec.identifier], pins[spec.name]) for spec in specs},
        read(run.spark, CUSTOMER_LANDING, pins[CUSTOMER_LANDING.name]),
        run.pseudonym_key,
    )


def _people_with_news(run: Run, made: Made, inputs: _Inputs) -> DataFrame:
    """E-mail addresses of new customer records, as delivered or as a former table made them."""
    pin = run.pins[CUSTOMER_LANDING.identifier]
    delivered = appended(run.spark, CUSTOMER_LANDING, made.people_from, pin).select("email")
    made_new = [inputs.new[spec.name].select("email") for spec in inputs.specs if not spec.instant]
    return reduce(lambda left, right: left.union(right), [delivered, *made_new])


def _added(
    source: TableSpec,
    inputs: _Inputs,
    concerned: Affected,
    transform: Callable[..., DataFrame],
    held: DataFrame,
    spec: TableSpec,
) -> DataFrame | None:
    """Rows that one input's new readings make for people who are not recomputed; None where it has none.

    The other inputs are read for the people and the days of these readings alone, and rows that the table holds already
    (a reading delivered again, a customer with earlier readings) are left out.
    """
    new = concerned.others(inputs.new[source.name], source).persist()
    days = days_of(new, source)
    if not days:
        return None
    near = affected(inputs.records, named(new, source), inputs.pseudonym_key)
    read = {
        each.name: within_days(near.rows(inputs.now[each.name], each), each, days)
        for each in inputs.specs
        if each != source
    }
    made = transform(**read, **{source.name: new})
    known = within_days(near.rows(held, spec), spec, days).select(*spec.grain)
    return made.join(known, list(spec.grain), "left_anti").select(*spec.column_names)
