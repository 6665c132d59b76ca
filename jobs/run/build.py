"""Builds a table's candidate: incrementally if possible, otherwise from scratch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.commit.publish import Candidate, Changes, write_candidate
from jobs.incremental.increment import affected_subjects, increment
from jobs.run.plan import provenance_at

if TYPE_CHECKING:
    from catalog.history.changes import Provenance
    from jobs.job import Job
    from jobs.run.context import RunContext
    from jobs.run.plan import Decision
    from jobs.run.snapshots import Snapshots


def build(context: RunContext, job: Job, decision: Decision, snapshots: Snapshots) -> Candidate:
    """Make the rows that the decision asks for from the inputs' snapshots, and write them to the run's audit branch."""
    spec, engine = job.table, context.engine
    if decision.action == "incremental" and decision.made_from is not None:
        changes = _increment(context, job, decision, decision.made_from, snapshots)
    else:
        inputs = {each: snapshots.of(each) for each in job.inputs}
        changes = Changes(engine.write_table(spec, job.transform, inputs, context.functions(job)), replaces=True)
    properties = provenance_at(context.lake, job, snapshots, context.key_fingerprint).properties()
    mode = "rebuild" if changes.replaces else "incremental"
    return write_candidate(context.lake, spec, snapshots.of(spec), changes, context.run_id, properties | {"mode": mode})


def _increment(
    context: RunContext, job: Job, decision: Decision, made_from: Provenance, snapshots: Snapshots
) -> Changes:
    functions, reader = context.functions(job), context.engine.increment_reader(sum(decision.new.values()))
    affected = affected_subjects(reader, job, made_from, snapshots, functions)
    found = increment(affected, job, made_from, snapshots, functions)
    return Changes(context.engine.write_rows(job.table, found.rows, reader), found.deletes)
