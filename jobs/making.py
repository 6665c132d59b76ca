"""Making one table: what is new of it where that will do, else all of it; written, audited, published."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from catalog.publish import publish, write_candidate
from catalog.session import planned_for_few_rows
from catalog.specs import table
from catalog.specs.landing import CUSTOMER_LANDING
from catalog.tables import read
from expectations.scope import Window, scope_of
from jobs.increment import increment
from jobs.plan import about_to_be_made, decide
from jobs.pseudonym import key_fingerprint
from jobs.run import Step, audit, counted_as_gate

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame

    from catalog.changes import Made
    from catalog.publish import Candidate, Deletion, WriteMode
    from jobs.job import Job
    from jobs.plan import Decision
    from jobs.run import Run


def make_table(run: Run, job: Job) -> None:
    """Make the job's table from its pinned inputs: what is new of it where that will do, else all of it.

    Raises:
        DataRefusedError: its suite refused the candidate; the table is as it was.
    """
    with run.stages.stage(job.writes) as said:
        decision = decide(run.spark, job, run.pins, key_fingerprint(run.pseudonym_key), run.policy)
        if decision.action == "unchanged":
            run.steps.append(Step(job.writes, "unchanged", run.rows(job.writes)))
            said.append(f"unchanged: {decision.reason}")
            return
        candidate = _add_to(run, job, decision) if decision.action == "incremental" else _rebuild(run, job)
        publish(run.spark, candidate)
        run.spark.catalog.clearCache()
        rows = run.settle(candidate, f"{decision.action}: {decision.reason}")
        said.append(f"{rows:,} rows, {decision.action} ({decision.reason}), validated and published")


def _rebuild(run: Run, job: Job) -> Candidate:
    inputs = {table(name).name: read(run.spark, table(name), run.pins[name]) for name in job.reads}
    candidate = _write(run, job, _transform(run, job)(**inputs), "replace")
    audit(run, candidate)
    return candidate


def _add_to(run: Run, job: Job, decision: Decision) -> Candidate:
    if decision.made is None:
        raise ValueError(f"{job.writes} has nothing to be added to")
    with planned_for_few_rows(run.spark, sum(decision.new.values())):
        change = increment(run, job, decision.made, _transform(run, job))
        candidate = _write(run, job, change.rows, "append", change.delete)
        with counted_as_gate(run):
            scope = scope_of(run.reader, _window(run, candidate, decision.made))
        audit(run, candidate, scope=scope)
    return candidate


def _transform(run: Run, job: Job) -> Callable[..., DataFrame]:
    return partial(job.transform, **{name: getattr(run, name) for name in job.parameters})


def _write(run: Run, job: Job, rows: DataFrame, mode: WriteMode, delete: Deletion | None = None) -> Candidate:
    origin = about_to_be_made(run.spark, job, run.pins, key_fingerprint(run.pseudonym_key))
    summary = origin.properties() | {"mode": "incremental" if mode == "append" else "rebuild"}
    return write_candidate(run.spark, table(job.writes), rows, run.run_id, mode, summary, delete)


def _window(run: Run, candidate: Candidate, made: Made) -> Window:
    """From where to where the candidate's table and its inputs have moved."""
    spec, landing = candidate.spec, CUSTOMER_LANDING.identifier
    return Window(
        spec.identifier,
        run.pins[spec.identifier],
        candidate.snapshot_id,
        {name: (then, run.pins[name]) for name, then in made.inputs.items()},
        (made.people_from, run.pins[landing]),
    )
