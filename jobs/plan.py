"""What a run has to do to each table, and why: nothing, an increment, or a rebuild.

The decision looks at snapshots only, never at rows, so it costs the same however large the lake is.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from catalog.changes import Change, Made, adds_values, change_between, made, older
from catalog.spec import Zone
from catalog.specs import table
from catalog.specs.landing import CUSTOMER_LANDING, QUARANTINE
from jobs.run_key import code_key, has_todays_meaning, run_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

    from jobs.job import Job

_REFUSED = QUARANTINE.identifier

Action = Literal["unchanged", "incremental", "rebuild"]


@dataclass(frozen=True)
class Decision:
    """What to do to a table.

    Attributes:
        table: its identifier.
        action: nothing, an increment, or a rebuild that keeps the table's history.
        reason: why, in words.
        new: rows that came to each input since the table was made, by identifier.
        made: what the table was made from; None where there is nothing to go on from.
    """

    table: str
    action: Action
    reason: str
    new: dict[str, int] = field(default_factory=dict)
    made: Made | None = None


@dataclass(frozen=True)
class Policy:
    """When to rebuild although an increment would do.

    Attributes:
        tables: tables whose rebuild is asked for.
        ratio: rebuild where more landed rows are new than this many times those that were there: it is cheaper.
        gathered_rows: an increment that is made from more rows than this is Spark's; of fewer, the driver makes it.
    """

    tables: frozenset[str] = frozenset()
    ratio: float = 1.0
    gathered_rows: int = 1_000_000


@dataclass(frozen=True)
class Coming:
    """What the run is going to do before it comes to a table; for a forecast.

    Attributes:
        rows: records that are to be landed, by identifier of the landing table.
        actions: what is decided of the tables upstream.
    """

    rows: Mapping[str, int] = field(default_factory=dict)
    actions: Mapping[str, Action] = field(default_factory=dict)


def decide(
    spark: SparkSession,
    job: Job,
    pins: Mapping[str, int | None],
    key_fingerprint: str,
    policy: Policy,
    coming: Coming | None = None,
) -> Decision:
    """What to do to the job's table, its inputs being at the pinned snapshots and what is coming added to them."""
    spec, coming = table(job.writes), coming or Coming()
    if job.writes in policy.tables:
        return Decision(job.writes, "rebuild", "asked for")
    before = made(spark, spec)
    if before is None:
        why = "not made yet" if pins[job.writes] is None else "another writer changed it"
        return Decision(job.writes, "rebuild", why)
    if not has_todays_meaning(before.code, job, key_fingerprint):
        return Decision(job.writes, "rebuild", "its code, columns or parameters changed")
    changes = {name: change_between(spark, table(name), before.inputs[name], pins[name]) for name in job.reads}
    changes = {name: _with(change, name, coming) for name, change in changes.items()}
    if (refused := changes.get(_REFUSED)) and refused.moved and not refused.rewritten:
        # Most of what is refused are readings, which concern no consent.
        named = adds_values(spark, QUARANTINE, "people", before.inputs[_REFUSED], pins[_REFUSED])
        changes[_REFUSED] = replace(refused, moved=named)
    records = {
        name: _with(change_between(spark, table(name), since, pins[name]), name, coming)
        for name, since in before.people_from.items()
    }
    return _by_changes(job, before, changes, records, policy)


def _with(change: Change, name: str, coming: Coming) -> Change:
    if coming.actions.get(name) == "rebuild":
        return replace(change, moved=True, rewritten=f"{name} was rebuilt")
    moved = change.moved or name in coming.rows or coming.actions.get(name) == "incremental"
    return replace(change, moved=moved, rows=change.rows + coming.rows.get(name, 0))


def _by_changes(
    job: Job, before: Made, changes: Mapping[str, Change], records: Mapping[str, Change], policy: Policy
) -> Decision:
    new = {name: change.rows for name, change in changes.items() if change.moved}
    if not new:
        return Decision(job.writes, "unchanged", "nothing is new upstream", new, before)
    # Whether more is new is asked of landing alone: what becomes of it further down is not known beforehand.
    landed = {name: change for name, change in changes.items() if table(name).zone is Zone.LANDING} | dict(records)
    for change in (*changes.values(), *landed.values()):
        if change.rewritten:
            return Decision(job.writes, "rebuild", change.rewritten, new, before)
    for name, change in landed.items():
        if name != _REFUSED and change.rows and change.rows > policy.ratio * change.before():
            return Decision(job.writes, "rebuild", f"more is new in {name} than was there", new, before)
    return Decision(job.writes, "incremental", f"new: {', '.join(_told(*item) for item in new.items())}", new, before)


def _told(name: str, rows: int) -> str:
    return f"{rows:,} rows in {name}" if rows else name


def about_to_be_made(spark: SparkSession, job: Job, pins: Mapping[str, int | None], key_fingerprint: str) -> Made:
    """What the job's table is made from with its inputs at the pinned snapshots.

    It knows customers' records, landed and refused, up to the oldest snapshots that one of its inputs knows.
    """
    inputs = {name: pins[name] for name in job.reads}
    code = code_key(job, key_fingerprint)
    known: dict[str, set[int | None]] = {spec.identifier: set() for spec in (CUSTOMER_LANDING, QUARANTINE)}
    for name in inputs:
        if name in known:
            known[name].add(pins[name])
        elif table(name).zone is not Zone.LANDING:
            # Of the snapshot that is read: it may be a candidate, which nobody sees yet.
            before = made(spark, table(name), pins[name])
            for source, snapshots in known.items():
                snapshots.add(before.people_from[source] if before else None)
    people_from = {source: older(spark, table(source), snapshots) for source, snapshots in known.items()}
    return Made(run_key(code, inputs), code, inputs, people_from)
