"""The run: discover and ingest, then plan, build, validate and publish each table, upstream first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from catalog.commit.publish import publish
from catalog.errors import DataRefusedError
from catalog.plural import counted
from expectations.increment.scope import SnapshotRange, scope_of
from jobs.run.build import build
from jobs.run.ingest import ingest
from jobs.run.plan import decide
from jobs.run.publish import PendingPublication, PublicationQueue, TableResult
from jobs.run.snapshots import published_snapshots

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from catalog.commit.publish import Candidate
    from expectations.validation.validate import Verdict
    from jobs.job import Job
    from jobs.run.context import RunContext
    from jobs.run.plan import Decision
    from jobs.run.refusals import Refusals, Tolerance
    from jobs.run.snapshots import Snapshots


@dataclass(frozen=True)
class RunResult:
    """What a run came to.

    Attributes:
        tables: what it did to each table.
        verdicts: its validations.
        snapshots: what was read last of each table; after a run that published all, what readers see.
        refusals: records that were refused, by source.
        refusal: why a suite refused a candidate; None where none did.
    """

    tables: Sequence[TableResult]
    verdicts: Sequence[Verdict]
    snapshots: Snapshots
    refusals: Sequence[Refusals] = ()
    refusal: DataRefusedError | None = None


def run(
    context: RunContext, jobs: Sequence[Job], drop: Path | str | None = None, tolerance: Tolerance | None = None
) -> RunResult:
    """Ingest what is new in a drop folder, then make the jobs' tables, and publish what suites pass.

    Args:
        context: the run.
        jobs: the jobs, upstream first.
        drop: the drop folder; None: nothing is ingested.
        tolerance: how much of a delivery may be refused.

    Raises:
        UsageError: the folder is missing or empty.
        RetryableError: the catalog, storage or machine failed, or another writer published; tables that were published
            by then stay, nothing is half published.
    """
    queue = PublicationQueue(context)
    snapshots, refusal = published_snapshots(context.lake), None
    refusals: Sequence[Refusals] = ()
    try:
        with queue.publish_or_discard():
            if drop is not None:
                landed = ingest(context, drop, snapshots, tolerance)
                snapshots, refusals = landed.snapshots, landed.refusals
                queue.results += landed.unchanged
                if landed.publication is not None:
                    queue.add(landed.publication)
            for job in jobs:
                snapshots = make_table(context, queue, job, snapshots)
                queue.publish(finished_only=True)
    except DataRefusedError as error:
        refusal = error
    return RunResult(queue.results, queue.verdicts, snapshots, refusals, refusal)


def make_table(context: RunContext, queue: PublicationQueue, job: Job, snapshots: Snapshots) -> Snapshots:
    """Plan and build one table, and hand it to the validator; later tables read the candidate while it is validated."""
    with context.progress.stage(job.writes) as notes:
        decision = decide(context.lake, job, snapshots, context.key_fingerprint, context.policy)
        if decision.action == "unchanged":
            rows = context.reader.rows(job.table, snapshots.of(job.table))
            queue.results.append(TableResult(job.writes, "unchanged", rows))
            notes.append(f"unchanged: {decision.reason}")
            return snapshots
        candidate = build(context, job, decision, snapshots)
        queue.add(_validation(context, job, decision, candidate, snapshots))
        rows = context.reader.rows(candidate.spec, candidate.snapshot_id)
        notes.append(f"{counted(rows, 'row')}, {decision.action} ({decision.reason})")
        return snapshots.with_candidates(candidate)


def _validation(
    context: RunContext, job: Job, decision: Decision, candidate: Candidate, before: Snapshots
) -> PendingPublication:
    """The candidate's publication, which waits for its verdict."""
    validator, after = context.validator, before.with_candidates(candidate)
    window = _range(decision, candidate, before)
    scope = partial(scope_of, validator.reader, job.writes, after, window, context.pseudonym_key)
    verdict = validator.submit(partial(validator.validate_candidate, job.writes, after, before[job.writes], scope))
    how = f"{decision.action}: {decision.reason}"
    return PendingPublication([candidate], [verdict], partial(publish, context.lake, candidate), how)


def _range(decision: Decision, candidate: Candidate, before: Snapshots) -> SnapshotRange | None:
    """From where to where the candidate's table and its inputs have moved; None for a table made from scratch."""
    if decision.action != "incremental" or decision.made_from is None:
        return None
    made_from = decision.made_from
    return SnapshotRange(
        decision.table,
        before[decision.table],
        candidate.snapshot_id,
        {name: (since, before[name]) for name, since in made_from.inputs.items()},
        {name: (since, before[name]) for name, since in made_from.customer_watermark.items()},
    )
