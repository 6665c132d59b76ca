"""What a run has to do to each table, and why: nothing, an increment, or a rebuild.

The decision looks at snapshots only, never at rows, so it costs the same however large the lake is.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from catalog.history.changes import Change, Provenance, adds_values, change_between, history_of, older, provenance_of
from catalog.plural import counted
from catalog.schema.table_spec import Zone
from catalog.specs import table
from catalog.specs.landing import CUSTOMER_LANDING, QUARANTINE
from jobs.run.fingerprint import code_key, has_todays_meaning, run_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalog.lake import Lake
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
        made_from: what the table was made from; None where there is nothing to go on from.
    """

    table: str
    action: Action
    reason: str
    new: dict[str, int] = field(default_factory=dict)
    made_from: Provenance | None = None


@dataclass(frozen=True)
class Policy:
    """When to rebuild although an increment would do.

    Attributes:
        tables: tables whose rebuild is asked for.
        ratio: rebuild where more landed rows are new than this many times those that were there: it is cheaper.
    """

    tables: frozenset[str] = frozenset()
    ratio: float = 1.0


@dataclass(frozen=True)
class PlannedChanges:
    """What the run is going to do before it comes to a table; for a forecast.

    Attributes:
        rows: records that are to be landed, by identifier of the landing table.
        actions: what is decided of the tables upstream.
    """

    rows: Mapping[str, int] = field(default_factory=dict)
    actions: Mapping[str, Action] = field(default_factory=dict)


def decide(
    lake: Lake,
    job: Job,
    snapshots: Mapping[str, int | None],
    key_fingerprint: str,
    policy: Policy,
    coming: PlannedChanges | None = None,
) -> Decision:
    """What to do to the job's table, its inputs being at these snapshots and what is coming added to them."""
    coming = coming or PlannedChanges()
    if job.writes in policy.tables:
        return Decision(job.writes, "rebuild", "asked for")
    before = provenance_of(lake.known_table(job.table, snapshots[job.writes]).metadata, snapshots[job.writes])
    if before is None:
        why = "made for the first time" if snapshots[job.writes] is None else "another writer changed it"
        return Decision(job.writes, "rebuild", why)
    if not has_todays_meaning(before.code, job, key_fingerprint):
        return Decision(job.writes, "rebuild", "its code, columns or parameters changed")

    def change(name: str, since: int | None) -> Change:
        found = change_between(lake.known_table(table(name), snapshots[name]), name, since, snapshots[name])
        return _with(found, name, coming)

    changes = {name: change(name, before.inputs[name]) for name in job.reads}
    if (refused := changes.get(_REFUSED)) and refused.moved and not refused.rewritten:
        # Most of what is refused are readings, which concern no consent.
        named = _names_people(lake, before.inputs[_REFUSED], snapshots[_REFUSED])
        changes[_REFUSED] = replace(refused, moved=named)
    records = {name: change(name, since) for name, since in before.customer_watermark.items()}
    return _by_changes(job, before, changes, records, policy)


def _names_people(lake: Lake, since: int | None, until: int | None) -> bool:
    """Whether records that were refused between two snapshots of the quarantine name people."""
    quarantine = lake.known_table(QUARANTINE, until)
    for snapshot in history_of(quarantine.metadata, until):
        if snapshot.snapshot_id == since:
            return False
        if adds_values(quarantine, snapshot, "people"):
            return True
    return False


def _with(change: Change, name: str, coming: PlannedChanges) -> Change:
    if coming.actions.get(name) == "rebuild":
        return replace(change, moved=True, rewritten=f"{name} was rebuilt")
    moved = change.moved or name in coming.rows or coming.actions.get(name) == "incremental"
    return replace(change, moved=moved, rows=change.rows + coming.rows.get(name, 0))


def _by_changes(
    job: Job, before: Provenance, changes: Mapping[str, Change], records: Mapping[str, Change], policy: Policy
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
    news = ", ".join(_describe(*item) for item in new.items())
    return Decision(job.writes, "incremental", f"new: {news}", new, before)


def _describe(name: str, rows: int) -> str:
    return f"{counted(rows, 'row')} in {name}" if rows else name


def provenance_at(lake: Lake, job: Job, snapshots: Mapping[str, int | None], key_fingerprint: str) -> Provenance:
    """What the job's table is made from, with its inputs at these snapshots.

    It knows customers' records, landed and refused, up to the oldest snapshots that one of its inputs knows.
    """
    inputs = {name: snapshots[name] for name in job.reads}
    code = code_key(job, key_fingerprint)
    known: dict[str, set[int | None]] = {spec.identifier: set() for spec in (CUSTOMER_LANDING, QUARANTINE)}
    for name in inputs:
        if name in known:
            known[name].add(snapshots[name])
        elif table(name).zone is not Zone.LANDING:
            # Of the snapshot that is read: it may be a candidate, which nobody sees yet.
            before = provenance_of(lake.known_table(table(name), snapshots[name]).metadata, snapshots[name])
            for source, watermarks in known.items():
                watermarks.add(before.customer_watermark[source] if before else None)
    watermark = {source: older(lake.known_table(table(source)).metadata, each) for source, each in known.items()}
    return Provenance(run_key(code, inputs), code, inputs, watermark)
