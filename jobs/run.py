"""A run over a lake: what it reads, what it has come to, and the audit that every table has to pass."""

from __future__ import annotations

import secrets
import time
from collections import ChainMap
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from catalog.errors import DataRefusedError
from catalog.publish import discard
from catalog.snapshot_reader import SnapshotReader
from catalog.specs import TABLES, table
from catalog.tables import current_snapshot, qualified
from jobs.plan import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pyspark.sql import SparkSession

    from catalog.profile import Profile
    from catalog.publish import Candidate
    from expectations.scope import Scope
    from expectations.suite import Suite
    from expectations.validation import Verdict
    from jobs.affected import Affected
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
        spark: the session, which jobs use.
        profile: the lake.
        reader: what suites read by.
        stages: who is told of progress.
        pseudonym_key: the key of the training table's pseudonyms.
        started: UTC, to the millisecond.
        run_id: names the run in branches, snapshots and reports.
        pins: the snapshot of each table that this run reads, by identifier; None: the table has none yet.
        views: relations that suites read besides tables, by the name that they know them by.
        steps: outcomes so far.
        verdicts: validations so far.
        policy: when to rebuild a table that could be made incrementally.
        gates_cpu: CPU seconds that suites took in this process; what reads the drop folder for them is not in it.
        affected: sets of people that were found already, by the snapshots between which their records are new.
    """

    spark: SparkSession
    profile: Profile
    reader: SnapshotReader
    stages: Stages
    pseudonym_key: bytes
    started: datetime
    run_id: str
    pins: dict[str, int | None] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    policy: Policy = field(default_factory=Policy)
    gates_cpu: float = 0.0
    affected: dict[object, Affected] = field(default_factory=dict)

    def relations(self, pins: Mapping[str, int | None]) -> ChainMap[str, str]:
        """The reader's relation of each table at these snapshots, by short name."""
        return ChainMap(self.views, _Relations(self.reader, pins))

    def rows(self, identifier: str) -> int:
        """How many rows the table has at its pinned snapshot."""
        return self.reader.rows(table(identifier), self.pins[identifier])

    def settle(self, candidate: Candidate, how: str = "") -> int:
        """Note that the candidate is published: later steps read it; its rows."""
        identifier = candidate.spec.identifier
        self.pins[identifier] = candidate.snapshot_id
        self.steps.append(Step(identifier, "published", self.rows(identifier), how))
        return self.steps[-1].rows


class _Relations(dict[str, str]):
    """Relations that are made when a statement asks for them; ``whole_`` before a name asks for all of a table."""

    def __init__(self, reader: SnapshotReader, pins: Mapping[str, int | None]) -> None:
        super().__init__()
        self._reader = reader
        self._pins = {table(identifier).name: (table(identifier), pin) for identifier, pin in pins.items()}

    def __missing__(self, name: str) -> str:
        return self._reader.relation(*self._pins[name.removeprefix("whole_")])


def shown(pins: Mapping[str, int | None]) -> dict[str, str]:
    """SQL text by which people read each table at its snapshot, in Athena or with ``stedi query``; by short name."""
    return {
        table(identifier).name: identifier if pin is None else f"{identifier} FOR VERSION AS OF {pin}"
        for identifier, pin in pins.items()
    }


def begin(
    spark: SparkSession,
    profile: Profile,
    stages: Stages,
    pseudonym_key: bytes,
    policy: Policy | None = None,
    name: str | None = None,
) -> Run:
    """Begin a run: choose its id, and fix the snapshot at which each table is read; its reader is to be closed.

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
    run = Run(
        spark, profile, SnapshotReader(profile), stages, pseudonym_key, started, run_id, policy=policy or Policy()
    )
    for identifier, spec in TABLES.items():
        snapshot = current_snapshot(spark, spec)
        run.pins[identifier] = snapshot.snapshot_id if snapshot else None
    return run


@contextmanager
def counted_as_gate(run: Run) -> Iterator[None]:
    """Count the CPU seconds of the block among those of the suites: Spark works in a process of its own."""
    began = time.process_time()
    try:
        yield
    finally:
        run.gates_cpu += time.process_time() - began


def judged(run: Run, suite: Suite, candidates: Mapping[str, int] | None = None, scope: Scope | None = None) -> Verdict:
    """The suite's verdict on its table, all tables being at their pins.

    Args:
        run: the run.
        suite: the suite.
        candidates: snapshots in place of the pins, by identifier.
        scope: the part of the tables to judge it on; None: on all of them.
    """
    from expectations.validation import validate

    pins = run.pins | dict(candidates or {})
    with counted_as_gate(run):
        return validate(
            run.reader,
            suite,
            run.relations(pins),
            run_id=run.run_id,
            snapshot_id=pins[suite.table],
            scope=scope,
            shown=shown(pins),
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
    from expectations.volume import volume_scope

    identifier = candidate.spec.identifier
    with counted_as_gate(run):
        volume = volume_scope(run.reader, candidate.spec, run.pins[identifier], candidate.snapshot_id)
    scope = volume if scope is None else scope | volume
    verdict = judged(run, SUITES[identifier], {**(together or {}), identifier: candidate.snapshot_id}, scope)
    run.verdicts.append(verdict)
    if not verdict.success:
        rows = run.reader.rows(candidate.spec, candidate.snapshot_id)
        run.steps.append(Step(identifier, "refused", rows))
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
            result.severity,
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
        schema = ", ".join(f"{column.name} {column.sql_type}" for column in spec.columns)
        # One task: Spark's own would be one a core, and as many files.
        held = run.spark.createDataFrame(rows, schema).coalesce(1)
        held.writeTo(qualified(spec)).option("check-nullability", "false").append()
