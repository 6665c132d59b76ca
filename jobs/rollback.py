"""Rollback: an earlier snapshot is published again, if its suite lets it through against everything as it is today.

The rows are judged by the whole suite with all other tables as they are now, so what was withdrawn since cannot come
back, and what came since cannot be missing. What passed is right for today's inputs: the new snapshot says that it was
made from them, by today's code and key. So the next run leaves it alone, and goes on from it when something is new.
Tables made from it are looked at again by the next run, as their input moved.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from catalog.changes import made
from catalog.errors import DataRefusedError, UsageError
from catalog.rollback import publish_again
from catalog.specs import table
from jobs.lineage import job_for, jobs_in_order
from jobs.plan import about_to_be_made, decide
from jobs.pseudonym import key_fingerprint
from jobs.run import Step
from jobs.run_key import has_todays_meaning

if TYPE_CHECKING:
    from catalog.spec import TableSpec
    from jobs.job import Job
    from jobs.run import Run


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


def roll_back(run: Run, job: Job, snapshot_id: int) -> None:
    """Publish that earlier snapshot of the job's table.

    Args:
        run: the run; its pins are the tables as they are now.
        job: the job that makes the table.
        snapshot_id: the snapshot whose rows are to be published again.

    Raises:
        UsageError: the snapshot was made by other code or with another pseudonym key than today's.
        DataRefusedError: the suite does not let it through today, or what is landed is not yet in the tables that it
            compares with; the table is as it was.
    """
    from expectations.scope import scope_of
    from expectations.suites import SUITES

    spec = table(job.writes)
    with run.stages.stage(f"roll back {spec.identifier}") as said:
        rows = run.reader.rows(spec, snapshot_id)
        if run.pins[spec.identifier] == snapshot_id:
            run.steps.append(Step(spec.identifier, "unchanged", rows))
            said.append("it is what readers see already")
            return
        origin = about_to_be_made(run.spark, job, run.pins, key_fingerprint(run.pseudonym_key))
        _refuse_other_code(run, job, spec, snapshot_id)
        if reason := _behind(run, job):
            raise _refused(run, spec, f"{spec.identifier} is as it was: {reason}")
        pins = run.pins | {spec.identifier: snapshot_id}
        # With the key: a withdrawn person's readings may stand under another address today, and that name must not
        # come back with them.
        scope = scope_of(run.judge.reader, job.writes, pins, None, run.pseudonym_key)
        verdict = run.judge.verdict(SUITES[job.writes], pins, scope)
        if not verdict.success:
            run.verdicts.append(verdict)
            headline = f"{spec.identifier} is as it was: snapshot {snapshot_id} does not hold against today's tables"
            raise _refused(run, spec, verdict.told(headline))
        published = publish_again(run.spark, spec, snapshot_id, run.run_id, origin.properties())
        run.pins[spec.identifier] = published
        # The judged files are those of the new snapshot: the verdict is its own.
        run.verdicts.append(replace(verdict, snapshot_id=published))
        run.steps.append(Step(spec.identifier, "published", rows))
        said.append(f"{rows:,} rows, validated and published")


def _refuse_other_code(run: Run, job: Job, spec: TableSpec, snapshot_id: int) -> None:
    """Two pseudonym keys, or two meanings, must not meet in one table, as they would in later increments."""
    before = made(run.spark, spec, snapshot_id)
    if before is None or not has_todays_meaning(before.code, job, key_fingerprint(run.pseudonym_key)):
        raise UsageError(
            f"snapshot {snapshot_id} of {spec.identifier} was not made by today's code, columns and pseudonym key, so "
            "the next run would make the table anew; bring back the code or key it was made by, then roll back"
        )


def _behind(run: Run, job: Job) -> str | None:
    """Why today's consents may not all be in the tables that the suite compares with: no run has taken them there."""
    for upstream in _upstream(job):
        decision = decide(run.spark, upstream, run.pins, key_fingerprint(run.pseudonym_key), run.policy)
        if decision.action != "unchanged":
            return (
                f"{upstream.writes}, which it is made from, is behind today's deliveries ({decision.reason}); "
                "bring that up to date with: stedi run, then roll back"
            )
    return None


def _refused(run: Run, spec: TableSpec, why: str) -> DataRefusedError:
    """The refusal, noted in the run with the rows that readers go on to see."""
    run.steps.append(Step(spec.identifier, "refused", run.rows(spec.identifier)))
    return DataRefusedError(why)


def _upstream(job: Job) -> list[Job]:
    """The jobs that make what the job reads, directly or not, in order."""
    wanted = set(job.reads)
    for other in reversed(jobs_in_order()):
        if other.writes in wanted:
            wanted |= set(other.reads)
    return [other for other in jobs_in_order() if other.writes in wanted]
