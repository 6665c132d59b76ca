"""Rollback: an earlier snapshot is published again, if its suite lets it through against everything as it is today.

The rows are judged by the whole suite with all other tables as they are now, so what was withdrawn since cannot come
back, and what came since cannot be missing. What passed is right for today's inputs: the new snapshot says that it was
made from them, by today's code and key. So the next run leaves it alone, and goes on from it when something is new.
Tables made from it are looked at again by the next run, as their input moved.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from catalog.commit.rollback import publish_again
from catalog.errors import DataRefusedError, UsageError
from catalog.history.changes import provenance_of
from catalog.plural import counted
from catalog.specs import table
from jobs.lineage import job_for, jobs_in_order
from jobs.run.fingerprint import has_todays_meaning
from jobs.run.pipeline import RunResult
from jobs.run.plan import decide, provenance_at
from jobs.run.publish import TableResult
from jobs.run.snapshots import published_snapshots

if TYPE_CHECKING:
    from catalog.schema.table_spec import TableSpec
    from expectations.validation.validate import Verdict
    from jobs.job import Job
    from jobs.run.context import RunContext
    from jobs.run.snapshots import Snapshots


def job_to_roll_back(identifier: str) -> Job:
    """The job that makes the table: only such tables can go back.

    Raises:
        UsageError: no table has that name, or it is a record of what happened, such as landing's withdrawals.
    """
    table(identifier)
    made = [job.writes for job in jobs_in_order()]
    if identifier not in made:
        raise UsageError(
            f"{identifier} is never rolled back: it records what was delivered or judged, withdrawals among it; "
            f"tables that can be: {', '.join(made)}"
        )
    return job_for(identifier)


def roll_back(context: RunContext, job: Job, snapshot_id: int) -> RunResult:
    """Publish that earlier snapshot of the job's table.

    Args:
        context: the run.
        job: the job that makes the table.
        snapshot_id: the snapshot whose rows are to be published again.

    Returns:
        What came of it: refused where the suite does not pass the rows today, or where what is landed is not yet in the
        tables that it compares with; the table is then as it was.

    Raises:
        UsageError: the snapshot was made by other code or with another pseudonym key than today's.
    """
    spec, snapshots = job.table, published_snapshots(context.lake)
    with context.progress.stage(f"roll back {spec.identifier}") as notes:
        rows = context.reader.rows(spec, snapshot_id)
        if snapshots.of(spec) == snapshot_id:
            notes.append("it is published already")
            return RunResult((TableResult(spec.identifier, "unchanged", rows),), (), snapshots)
        origin = provenance_at(context.lake, job, snapshots, context.key_fingerprint)
        _refuse_other_code(context, job, spec, snapshot_id)
        if reason := _behind(context, job, snapshots):
            return _refused(context, spec, snapshots, f"{spec.identifier} is as it was: {reason}")
        verdict = _judge(context, job, snapshots, snapshot_id)
        if not verdict.success:
            headline = f"{spec.identifier} is as it was: snapshot {snapshot_id} failed its suite against today's tables"
            return _refused(context, spec, snapshots, verdict.told(headline), verdict)
        seen = snapshots.of(spec)
        published = publish_again(context.lake, spec, snapshot_id, context.run_id, origin.properties(), seen)
        notes.append(f"{counted(rows, 'row')}, validated and published")
    # The judged files are those of the new snapshot: the verdict is its own.
    verdicts = (replace(verdict, snapshot_id=published),)
    return RunResult((TableResult(spec.identifier, "published", rows),), verdicts, published_snapshots(context.lake))


def _judge(context: RunContext, job: Job, snapshots: Snapshots, snapshot_id: int) -> Verdict:
    from expectations.increment.scope import scope_of
    from expectations.suites import SUITES

    judged = snapshots.with_snapshot(job.writes, snapshot_id)
    # With the key: a withdrawn person's readings may stand under another address today, and that name must not come
    # back with them.
    scope = scope_of(context.validator.reader, job.writes, judged, None, context.pseudonym_key)
    return context.validator.verdict(SUITES[job.writes], judged, scope)


def _refuse_other_code(context: RunContext, job: Job, spec: TableSpec, snapshot_id: int) -> None:
    """Two pseudonym keys, or two meanings, must not meet in one table, as they would in later increments."""
    before = provenance_of(context.lake.known_table(spec, snapshot_id).metadata, snapshot_id)
    if before is None or not has_todays_meaning(before.code, job, context.key_fingerprint):
        raise UsageError(
            f"snapshot {snapshot_id} of {spec.identifier} was not made by today's code, columns and pseudonym key, so "
            "the next run would make the table anew; bring back the code or key it was made by, then roll back"
        )


def _behind(context: RunContext, job: Job, snapshots: Snapshots) -> str | None:
    """Why today's consents may not all be in the tables that the suite compares with: no run has taken them there."""
    for upstream in _upstream(job):
        decision = decide(context.lake, upstream, snapshots, context.key_fingerprint, context.policy)
        if decision.action != "unchanged":
            return (
                f"{upstream.writes}, which it is made from, is behind today's deliveries ({decision.reason}); "
                "bring that up to date with: stedi run, then roll back"
            )
    return None


def _refused(
    context: RunContext, spec: TableSpec, snapshots: Snapshots, why: str, verdict: Verdict | None = None
) -> RunResult:
    """The refusal, with the rows that readers go on to see."""
    result = TableResult(spec.identifier, "refused", context.reader.rows(spec, snapshots.of(spec)))
    verdicts = () if verdict is None else (verdict,)
    return RunResult((result,), verdicts, snapshots, refusal=DataRefusedError(why))


def _upstream(job: Job) -> list[Job]:
    """The jobs that make what the job reads, directly or not, in order."""
    wanted = set(job.reads)
    for other in reversed(jobs_in_order()):
        if other.writes in wanted:
            wanted |= set(other.reads)
    return [other for other in jobs_in_order() if other.writes in wanted]
