"""Making one table: what is new of it where that will do, else all of it; written, and given to the judge."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from catalog.added_files import add_files
from catalog.arrow_files import arrow_files
from catalog.publish import publish, write_candidate
from catalog.spark_sql import by_spark
from catalog.specs import table
from catalog.tables import read
from expectations.scope import Window, scope_of
from jobs.increment import increment
from jobs.plan import about_to_be_made, decide
from jobs.pseudonym import key_fingerprint
from jobs.publishing import publish_awaited
from jobs.run import Awaited, Step

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from catalog.changes import Made
    from catalog.publish import Candidate, Deletion, WriteMode
    from jobs.job import Job
    from jobs.run import Run


def make_table(run: Run, job: Job) -> None:
    """Make the job's table from its pinned inputs, and publish it.

    Raises:
        DataRefusedError: its suite refused the candidate; the table is as it was.
    """
    begin_table(run, job)
    publish_awaited(run)


def begin_table(run: Run, job: Job) -> None:
    """Write a candidate of the job's table from its pinned inputs: what is new of it where that will do, else all.

    It is published by ``publish_awaited``; the run's later steps read it before that, while it is validated.
    """
    with run.stages.stage(job.writes) as said:
        decision = decide(run.spark, job, run.pins, key_fingerprint(run.pseudonym_key), run.policy)
        if decision.action == "unchanged":
            run.steps.append(Step(job.writes, "unchanged", run.rows(job.writes)))
            said.append(f"unchanged: {decision.reason}")
            return
        before, window = run.pins[job.writes], None
        if decision.action == "incremental" and decision.made is not None:
            candidate = _add_to(run, job, decision.made)
            window = _window(run, candidate, decision.made)
        else:
            candidate = _rebuild(run, job)
        run.spark.catalog.clearCache()
        run.pins[job.writes] = candidate.snapshot_id
        pins = dict(run.pins)
        scope = partial(scope_of, run.judge.reader, job.writes, pins, window, run.pseudonym_key)
        verdict = run.judge.submit(partial(run.judge.audit, job.writes, pins, before, scope))
        how = f"{decision.action}: {decision.reason}"
        run.awaited.append(Awaited([candidate], [verdict], partial(publish, run.spark, candidate), how))
        said.append(f"{run.rows(job.writes):,} rows, {decision.action} ({decision.reason})")


def _rebuild(run: Run, job: Job) -> Candidate:
    inputs = {table(name).name: read(run.spark, table(name), run.pins[name]) for name in job.reads}
    return _write(run, job, by_spark(run.spark, job.transform, inputs, run.functions(job)), "replace")


def _add_to(run: Run, job: Job, made: Made) -> Candidate:
    change = increment(run, job, made)
    return _write(run, job, change.rows, "append", change.delete)


def _write(
    run: Run, job: Job, rows: DataFrame | pa.Table, mode: WriteMode, delete: Deletion | None = None
) -> Candidate:
    from pyspark.sql import DataFrame

    spec = table(job.writes)
    origin = about_to_be_made(run.spark, job, run.pins, key_fingerprint(run.pseudonym_key))
    summary = origin.properties() | {"mode": "incremental" if mode == "append" else "rebuild"}
    if isinstance(rows, DataFrame):
        return write_candidate(run.spark, spec, rows, run.run_id, mode, summary, delete)
    files = arrow_files(run.spark, run.profile, spec).write_table(rows, spec.partitioned_by_days_of)
    return add_files(run.spark, spec, files, run.run_id, summary, delete)


def _window(run: Run, candidate: Candidate, made: Made) -> Window:
    """From where to where the candidate's table and its inputs have moved."""
    spec = candidate.spec
    return Window(
        spec.identifier,
        run.pins[spec.identifier],
        candidate.snapshot_id,
        {name: (then, run.pins[name]) for name, then in made.inputs.items()},
        {name: (then, run.pins[name]) for name, then in made.people_from.items()},
    )
