"""A run: ingest what is new, then make each table in lineage order; write, audit, publish, record."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Literal

from catalog.errors import DataRefusedError
from catalog.publish import Candidate, discard, publish, write_candidate
from catalog.session import planned_for_few_rows
from catalog.specs import TABLES, table
from catalog.specs.landing import CUSTOMER_LANDING
from catalog.tables import current_snapshot, qualified, read, relation
from expectations.scope import Window, scope_of
from jobs.increment import increment
from jobs.plan import Policy, about_to_be_made, decide
from jobs.pseudonym import key_fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame, SparkSession

    from catalog.changes import Made
    from catalog.publish import Deletion, WriteMode
    from expectations.scope import Scope
    from expectations.validation import Verdict
    from jobs.affected import Affected
    from jobs.job import Job
    from jobs.plan import Decision
    from jobs.stages import Stages

Outcome = Literal["published", "unchanged", "refused"]


@dataclass(frozen=True)
class Step:
    """What a run did to one table.

    Attributes:
        table: its identifier.
        outcome: whether there is something new to see.
        rows: how many rows readers now see.
        how: incremental or rebuild, and why; empty for tables that are only ever appended to.
    """

    table: str
    outcome: Outcome
    rows: int
    how: str = ""


@dataclass
class Run:
    """One run over a lake, and what it has come to so far.

    Attributes:
        spark: the session.
        stages: who is told of progress.
        pseudonym_key: the key of the training table's pseudonyms.
        started: UTC, to the millisecond.
        run_id: names the run in branches, snapshots and reports.
        pins: the snapshot of each table that this run reads, by identifier; None: the table has none yet.
        views: temporary views that suites read besides tables, by the name that they know them by.
        steps: outcomes so far.
        verdicts: validations so far.
        policy: when to rebuild a table that could be made incrementally.
        affected: sets of people that were found already, by the snapshots between which their records are new.
    """

    spark: SparkSession
    stages: Stages
    pseudonym_key: bytes
    started: datetime
    run_id: str
    pins: dict[str, int | None] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    policy: Policy = field(default_factory=Policy)
    affected: dict[object, Affected] = field(default_factory=dict)

    def relations(self, candidates: Mapping[str, int] | None = None) -> dict[str, str]:
        """SQL text that reads each table, by short name: pinned snapshots, with candidates in place of theirs."""
        pins = self.pins | dict(candidates or {})
        tables = {spec.name: relation(spec, pins.get(identifier)) for identifier, spec in TABLES.items()}
        return tables | {f"whole_{name}": text for name, text in tables.items()} | self.views

    def settle(self, candidate: Candidate, how: str = "") -> None:
        """Note that the candidate is published: later steps read it."""
        self.pins[candidate.spec.identifier] = candidate.snapshot_id
        self.steps.append(Step(candidate.spec.identifier, "published", candidate.rows, how))


def begin(spark: SparkSession, stages: Stages, pseudonym_key: bytes, policy: Policy | None = None) -> Run:
    """Begin a run: choose its id, and fix the snapshot at which each table is read."""
    now = datetime.now(UTC)
    started = now.replace(microsecond=now.microsecond // 1000 * 1000)
    run_id = f"{started:%Y%m%dT%H%M%S}_{secrets.token_hex(3)}"
    run = Run(spark, stages, pseudonym_key, started, run_id, policy=policy or Policy())
    for identifier, spec in TABLES.items():
        snapshot = current_snapshot(spark, spec)
        run.pins[identifier] = snapshot.snapshot_id if snapshot else None
    return run


def make_table(run: Run, job: Job) -> None:
    """Make the job's table from its pinned inputs: what is new of it where that will do, else all of it.

    Raises:
        DataRefusedError: its suite refused the candidate; the table is as it was.
    """
    with run.stages.stage(job.writes) as said:
        decision = decide(run.spark, job, run.pins, key_fingerprint(run.pseudonym_key), run.policy)
        if decision.action == "unchanged":
            published = current_snapshot(run.spark, table(job.writes))
            run.steps.append(Step(job.writes, "unchanged", published.rows if published else 0))
            said.append(f"unchanged: {decision.reason}")
            return
        candidate = _add_to(run, job, decision) if decision.action == "incremental" else _rebuild(run, job)
        publish(run.spark, candidate)
        run.spark.catalog.clearCache()
        run.settle(candidate, f"{decision.action}: {decision.reason}")
        said.append(f"{candidate.rows:,} rows, {decision.action} ({decision.reason}), validated and published")


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
        audit(run, candidate, scope=scope_of(run.spark, _window(run, candidate, decision.made)))
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
    published = current_snapshot(run.spark, spec)
    return Window(
        spec.identifier,
        run.pins[spec.identifier],
        candidate.snapshot_id,
        published.rows if published else 0,
        candidate.rows,
        {name: (then, run.pins[name]) for name, then in made.inputs.items()},
        (made.people_from, run.pins[landing]),
    )


def audit(
    run: Run, candidate: Candidate, together: Mapping[str, int] | None = None, scope: Scope | None = None
) -> None:
    """Validate a candidate with its table's suite.

    Args:
        run: the run.
        candidate: what to judge.
        together: candidates of other tables that are to be published with it: snapshot ids by identifier.
        scope: the part of the tables to judge an increment on; None: all of them.

    Raises:
        DataRefusedError: the suite did not let it through.
    """
    from expectations.suites import SUITES
    from expectations.validation import validate

    identifier = candidate.spec.identifier
    relations = run.relations({**(together or {}), identifier: candidate.snapshot_id})
    verdict = validate(
        run.spark, SUITES[identifier], relations, run_id=run.run_id, snapshot_id=candidate.snapshot_id, scope=scope
    )
    run.verdicts.append(verdict)
    if not verdict.success:
        run.steps.append(Step(identifier, "refused", candidate.rows))
        raise DataRefusedError(
            verdict.told(
                f"{identifier} refused; what readers see is as it was. Branch {candidate.branch} holds the refused rows"
            )
        )


def guarded(run: Run, work: Callable[[Run], None]) -> None:
    """Do the work; on anything but a refusal drop what it wrote and did not publish."""
    try:
        work(run)
    except DataRefusedError:
        raise
    except BaseException:
        discard(run.spark, run.run_id)
        raise


def record(run: Run) -> None:
    """Append the run's verdicts to quality.validation_result."""
    import json

    spec = table("quality.validation_result")
    rows = [
        (
            run.run_id,
            verdict.table,
            verdict.snapshot_id,
            result.name,
            result.promise,
            result.sentence,
            result.success,
            json.dumps(result.error or result.observed),
            verdict.evaluated_at,
        )
        for verdict in run.verdicts
        for result in verdict.results
    ]
    if rows:
        schema = read(run.spark, spec, None).schema
        run.spark.createDataFrame(rows, schema).writeTo(qualified(spec)).append()
