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

    from pyspark.sql import DataFrame, SparkSession

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
    news = people_with_news(run.spark, job, made, run.pins)
    concerned = affected(inputs.records, news, run.pseudonym_key)
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
    )


def people_with_news(spark: SparkSession, job: Job, made: Made, pins: Mapping[str, int | None]) -> DataFrame:
    """E-mail addresses in customer records that are new, as delivered or as a table upstream made them."""
    people = [table(name) for name in job.reads if table(name).instant is None]
    moved = [(spec, made.inputs[spec.identifier]) for spec in people] + [(CUSTOMER_LANDING, made.people_from)]
    records = [appended(spark, spec, since, pins[spec.identifier]).select("email") for spec, since in moved]
    return reduce(lambda left, right: left.union(right), records)


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
