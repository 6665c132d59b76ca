"""``stedi maintain``: what there is to do to a lake's tables, told beforehand, and done.

Upstream tables come first: a table that was made from a compacted table's earlier snapshot is made to stand on the
compaction, so that the earlier one may expire. Each step is a commit of its own, or deletes what no commit can reach
any more: after a crash the lake is whole, and the next maintenance goes on.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from catalog.errors import MovedError, UsageError
from catalog.history.changes import stands_for, watermarks_of
from catalog.machine.workplace import abandoned_folders, remove_abandoned
from catalog.maintenance.compaction import Compaction, compact, plan_compaction
from catalog.maintenance.deletion import (
    Deletion,
    delete_unreachable,
    list_files,
    refuse_partial,
    unfinished_uploads,
    unreachable,
)
from catalog.maintenance.expiry import Ages, Expiry, expire, needed_snapshots, plan_expiry
from catalog.schema.table_spec import DAY_MS
from catalog.specs import TABLES
from catalog.storage.reachable import FileKind, ReadManifests, formerly_reachable, reachable_files

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from pyiceberg.table import Table
    from pyiceberg.table.metadata import TableMetadata

    from catalog.lake import Lake
    from catalog.schema.table_spec import TableSpec

_HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Limits:
    """What to do otherwise than tables' policies say.

    Attributes:
        keep_days: how long old snapshots stay readable.
        orphan_hours: how old a file must be that no snapshot ever reached.
    """

    keep_days: int | None = None
    orphan_hours: int | None = None


@dataclass(frozen=True)
class TablePlan:
    """What there is to do to a table, or what was done.

    Attributes:
        spec: the table.
        compaction: what is written anew.
        commits: whether a compaction is committed; it may be for the sake of compacted inputs alone.
        expiry: what the table lets go of.
        deletions: what is deleted.
        uploads: where uploads were never finished, which are dropped.
        written: data files that were written; None: not yet.
    """

    spec: TableSpec
    compaction: Compaction
    commits: bool
    expiry: Expiry
    deletions: tuple[Deletion, ...]
    uploads: tuple[str, ...] = ()
    written: int | None = None

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.commits or self.expiry or self.deletions or self.uploads)


@dataclass(frozen=True)
class Maintenance:
    """What there is to do to a lake, or what was done.

    Attributes:
        tables: table by table, upstream first.
        folders: temporary folders of processes that died, which are removed.
        notes: what somebody should look at.
    """

    tables: tuple[TablePlan, ...]
    folders: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()


class Maintainer:
    """Maintains a lake; hold the writer's lock to do so, not to plan it."""

    def __init__(self, lake: Lake, specs: Iterable[TableSpec], limits: Limits | None = None) -> None:
        """Maintain these tables.

        Raises:
            UsageError: orphans of runs that are at work could be deleted.
        """
        self._lake, self._chosen = lake, {spec.identifier for spec in specs}
        self._limits, self._read = limits or Limits(), ReadManifests()
        self._before: dict[str, dict[str, FileKind]] = {}
        self._orphans_before: dict[str, int] = {}
        for spec in TABLES.values():
            hours, least = self._limits.orphan_hours, spec.maintenance.orphan_hours
            if lake.profile.lock_folder is None and hours is not None and hours < least:
                raise UsageError(
                    f"runs may be at work in {lake.profile.place}, and what they write is nobody's until they commit: "
                    f"--orphan-hours must be at least {least}"
                )

    def plan(self) -> Maintenance:
        """What there is to do; nothing is written.

        Raises:
            DamagedLakeError: files are missing.
        """
        tables = self._tables()
        metadata = {name: table.metadata for name, table in tables.items()}
        compactions, committing = self._compactions(tables)
        needed = needed_snapshots(metadata, committing)
        plans = []
        for name in _upstream_first(metadata):
            if name in self._chosen:
                spec, todo = TABLES[name], compactions[name]
                ages = self._ages(spec)
                gone = plan_expiry(metadata[name], spec, needed[name], ages, compacted=name in committing)
                self._orphans_before[name] = ages.now_ms - ages.other_ms
                deletions = self._deletions(tables[name], spec, gone, todo.left if name in committing else ())
                uploads = unfinished_uploads(self._lake, spec, self._orphans_before[name])
                plans.append(TablePlan(spec, todo, name in committing, gone, deletions, tuple(uploads)))
        return Maintenance(tuple(plans), tuple(abandoned_folders()))

    def carry_out(self, plan: Maintenance) -> Maintenance:
        """Do what was planned, as far as it is still right; what was done.

        Raises:
            DamagedLakeError: files are missing; nothing of that table was deleted.
            RetryableError: the catalog or storage cannot be reached, or something could not be deleted.
        """
        notes, written = [], dict[str, int | None]()
        for each in plan.tables:
            if each.commits:
                try:
                    written[each.spec.identifier] = compact(self._lake, each.spec)
                except MovedError as error:
                    notes.append(f"{each.spec.identifier} was not compacted: {error}")
        needed = needed_snapshots({name: table.metadata for name, table in self._tables().items()})
        expired = {each.spec.identifier: self._expire(each, needed[each.spec.identifier]) for each in plan.tables}
        done = [
            replace(
                each,
                commits=written.get(each.spec.identifier) is not None,
                written=written.get(each.spec.identifier),
                expiry=expired[each.spec.identifier],
                deletions=self._delete(each),
            )
            for each in plan.tables
        ]
        return Maintenance(tuple(done), tuple(remove_abandoned()), tuple(notes))

    def _tables(self) -> dict[str, Table]:
        return {identifier: self._lake.table(spec) for identifier, spec in TABLES.items()}

    def _ages(self, spec: TableSpec) -> Ages:
        days, hours = self._limits.keep_days, self._limits.orphan_hours
        unreached = (spec.maintenance.orphan_hours if hours is None else hours) * _HOUR_MS
        published = (spec.retention_days if days is None else days) * DAY_MS
        if self._lake.profile.lock_folder is None:
            published = max(published, unreached)  # a run that is at work reads what was published when it began
        return Ages(_now_ms(), published, unreached)

    def _compactions(self, tables: Mapping[str, Table]) -> tuple[dict[str, Compaction], set[str]]:
        """What there is to compact, and the tables that are committed to: also those that stand on such."""
        metadata = {name: table.metadata for name, table in tables.items()}
        compactions, committing = {}, set[str]()
        for name in _upstream_first(metadata):
            if name in self._chosen:
                compactions[name] = plan_compaction(tables[name], TABLES[name])
                if compactions[name] or _stands_on_earlier(metadata, name, committing):
                    committing.add(name)
        return compactions, committing

    def _deletions(self, table: Table, spec: TableSpec, gone: Expiry, stays: Collection[str]) -> tuple[Deletion, ...]:
        """What can be deleted once all is committed."""
        before = self._before[spec.identifier] = reachable_files(table, read=self._read)
        listing = list_files(self._lake, spec)
        now = self._lake.table(spec)
        refuse_partial(spec, now, listing, before, reachable_files(now, read=self._read))
        kept = [each for each in table.metadata.snapshots if each.snapshot_id not in gone.snapshots]
        after = {*reachable_files(table, kept, self._read), *stays}
        former = partial(formerly_reachable, table, self._read)
        return tuple(unreachable(listing, before, after, former, self._orphans_before[spec.identifier]))

    def _expire(self, each: TablePlan, needed: Collection[int]) -> Expiry:
        if not each.expiry:
            return Expiry()

        def let_go(metadata: TableMetadata) -> Expiry:
            return plan_expiry(metadata, each.spec, needed, self._ages(each.spec))

        return expire(self._lake, each.spec, each.expiry, let_go)

    def _delete(self, each: TablePlan) -> tuple[Deletion, ...]:
        if not each.deletions and not each.uploads:
            return ()
        name, wanted = each.spec.identifier, {deletion.file for deletion in each.deletions}
        before, orphans_before = self._before[name], self._orphans_before[name]
        return tuple(delete_unreachable(self._lake, each.spec, before, orphans_before, wanted, self._read))


def _stands_on_earlier(metadata: Mapping[str, TableMetadata], name: str, committing: Collection[str]) -> bool:
    """Whether the table stands on snapshots that compactions stand for, now or after those that are to come."""
    for source, seen in watermarks_of(metadata[name], metadata[name].current_snapshot_id):
        newest = stands_for(metadata[source], seen)
        if newest != seen or (source in committing and newest == metadata[source].current_snapshot_id):
            return True
    return False


def _upstream_first(metadata: Mapping[str, TableMetadata]) -> list[str]:
    made_from = {
        name: {source for source, _ in watermarks_of(each, each.current_snapshot_id)} for name, each in metadata.items()
    }
    return list(TopologicalSorter(made_from).static_order())


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
