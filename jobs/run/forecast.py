"""What a run would do, told before it is done: nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.drop.listing import list_drop
from catalog.engine.engines import choose_engine
from catalog.specs import table
from catalog.specs.landing import CUSTOMER_LANDING, DELIVERED_FILE, SOURCES
from jobs.incremental.increment import affected_subjects
from jobs.lineage import jobs_in_order
from jobs.pseudonym import key_fingerprint
from jobs.run.discover import new_deliveries
from jobs.run.plan import Action, Decision, PlannedChanges, Policy, decide
from jobs.run.snapshots import published_snapshots

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from catalog.engine.engines import Choice, Engine, EngineWanted
    from catalog.lake import Lake
    from jobs.run.discover import Deliveries


@dataclass(frozen=True)
class Arrival:
    """What a drop folder holds that is new, of one source.

    Attributes:
        table: identifier of the landing table.
        files: files with new content.
        records: objects in them, broken ones included.
    """

    table: str
    files: int
    records: int


@dataclass(frozen=True)
class DryRun:
    """What a run would do.

    Attributes:
        arrivals: what it would land.
        decisions: what it would do to each table, in order.
        people: how many people are to be recomputed in each table at most, by identifier.
        engine: which engine would do it, and why.
        warnings: what somebody should look at in the drop folder, a line each.
    """

    arrivals: tuple[Arrival, ...]
    decisions: tuple[Decision, ...]
    people: dict[str, int]
    engine: Choice
    warnings: tuple[str, ...] = ()


def dry_run(
    lake: Lake,
    engine: Engine,
    drop: Path | str | None,
    pseudonym_key: bytes,
    policy: Policy,
    tables: Sequence[str] | None = None,
    engine_wanted: EngineWanted = "auto",
) -> DryRun:
    """Decide about every table as a run would, upstream first.

    Args:
        lake: the lake.
        engine: looks at the drop folder, and finds people.
        drop: the drop folder that the run would ingest first.
        pseudonym_key: part of what the training table is made from.
        policy: when to rebuild.
        tables: the tables that the run would make; None: all.
        engine_wanted: the engine that the run would be asked to use.
    """
    snapshots, reader = published_snapshots(lake), engine.reader
    ledger = snapshots.of(DELIVERED_FILE)
    listing = list_drop(drop) if drop else None
    new = new_deliveries(engine.workers, reader, listing, ledger) if listing else None
    delivered = sum(file.size for file in listing.files) if listing else 0
    arrivals = _arrivals(new) if new is not None else ()
    rows = {arrival.table: arrival.records for arrival in arrivals if arrival.records}
    actions: dict[str, Action] = {}
    decisions, people = [], {}
    for job in jobs_in_order():
        if tables is not None and job.writes not in tables:
            continue
        coming = PlannedChanges(rows, actions)
        decision = decide(lake, job, snapshots, key_fingerprint(pseudonym_key), policy, coming)
        actions[job.writes] = decision.action
        decisions.append(decision)
        if decision.action == "incremental" and decision.made_from:
            affected = affected_subjects(reader, job, decision.made_from, snapshots, {})
            [(known,)] = reader.fetch(f"SELECT count(*) FROM {affected.people}")
            # Of records that are to be landed, each may be somebody else's.
            people[job.writes] = known + rows.get(CUSTOMER_LANDING.identifier, 0)
    warnings = new.warnings if new is not None else ()
    return DryRun(arrivals, tuple(decisions), people, choose_engine(lake, engine_wanted, delivered), warnings)


def _arrivals(new: Deliveries) -> tuple[Arrival, ...]:
    by_source = {source: [each for each in new.files if each.file.source == source] for source in SOURCES}
    return tuple(
        Arrival(table(f"landing.{source}_landing").identifier, len(files), sum(f.inventory.records for f in files))
        for source, files in by_source.items()
    )
