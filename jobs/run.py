"""A run over a lake: what it reads, and what it has come to."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from catalog.snapshot_reader import SnapshotReader
from catalog.specs import TABLES, table
from catalog.tables import current_snapshot
from jobs.judge import Judge
from jobs.plan import Policy
from jobs.pseudonym import pseudonym

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from pyspark.sql import SparkSession

    from catalog.profile import Profile
    from catalog.publish import Candidate
    from catalog.spark_sql import Functions
    from expectations.validation import Verdict
    from jobs.affected import Affected
    from jobs.job import Job
    from jobs.judge import Pins
    from jobs.refusals import Refusals
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


def _nothing(_: Verdict) -> str:
    return ""


@dataclass(frozen=True)
class Awaited:
    """Candidates that are published together, or not at all.

    Attributes:
        candidates: one of each table.
        verdicts: on each.
        publish: makes them what readers see.
        how: what their steps say.
        advise: what else to say of a verdict that refuses one.
    """

    candidates: Sequence[Candidate]
    verdicts: Sequence[Future[Verdict]]
    publish: Callable[[], None]
    how: str = ""
    advise: Callable[[Verdict], str] = _nothing


@dataclass
class Run:
    """One run over a lake, and what it has come to so far.

    Attributes:
        spark: the session, which jobs use.
        profile: the lake.
        reader: reads tables without Spark.
        judge: validates candidates.
        stages: who is told of progress.
        pseudonym_key: the key of the training table's pseudonyms.
        started: UTC, to the millisecond.
        run_id: names the run in branches, snapshots and reports.
        pins: the snapshot of each table that this run reads, by identifier; None: the table has none yet. A candidate
            is read by later steps while it is validated.
        steps: outcomes so far.
        verdicts: validations so far.
        policy: when to rebuild a table that could be made incrementally.
        awaited: candidates whose verdicts are awaited, in the order in which they are to be published.
        refusals: records that were refused, by source.
        affected: sets of people that were found already, by the snapshots between which their records are new.
    """

    spark: SparkSession
    profile: Profile
    reader: SnapshotReader
    judge: Judge
    stages: Stages
    pseudonym_key: bytes
    started: datetime
    run_id: str
    pins: Pins = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    policy: Policy = field(default_factory=Policy)
    awaited: list[Awaited] = field(default_factory=list)
    refusals: list[Refusals] = field(default_factory=list)
    affected: dict[object, Affected] = field(default_factory=dict)

    def functions(self, job: Job) -> Functions:
        """What the job says that its statement uses; a key in a statement itself would stand in plans and logs."""
        key = self.pseudonym_key
        known = {"pseudonym": lambda person: pseudonym(person, key)}
        return {name: known[name] for name in job.functions}

    def rows(self, identifier: str) -> int:
        """How many rows the table has at its pinned snapshot."""
        return self.reader.rows(table(identifier), self.pins[identifier])

    def close(self) -> None:
        """Drop what is not done, and forget what was read."""
        self.judge.close()
        self.reader.close()


def begin(
    spark: SparkSession,
    profile: Profile,
    stages: Stages,
    pseudonym_key: bytes,
    policy: Policy | None = None,
    name: str | None = None,
) -> Run:
    """Begin a run: choose its id, and fix the snapshot at which each table is read; to be closed.

    Args:
        spark: the session.
        profile: the lake.
        stages: who is told of progress.
        pseudonym_key: the key of the training table's pseudonyms.
        policy: when to rebuild a table that could be made incrementally.
        name: whoever started the run finds it again by this; without one it makes its own.
    """
    now = datetime.now(UTC)
    started = now.replace(microsecond=now.microsecond // 1000 * 1000)
    run_id = f"{started:%Y%m%dT%H%M%S}_{name or secrets.token_hex(3)}"
    reader = SnapshotReader(profile)
    judge = Judge(SnapshotReader(profile, beside=reader), run_id)
    run = Run(spark, profile, reader, judge, stages, pseudonym_key, started, run_id, policy=policy or Policy())
    for identifier, spec in TABLES.items():
        snapshot = current_snapshot(spark, spec)
        run.pins[identifier] = snapshot.snapshot_id if snapshot else None
    return run
