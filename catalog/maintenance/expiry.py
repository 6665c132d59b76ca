"""Which snapshots and references a table lets go of, by its policy, and the commit that does it.

A snapshot's age counts from when readers got another one: every moment within the retention can be read, and so can a
snapshot that somebody has just begun to read.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from catalog.commit.marks import NOW
from catalog.commit.retries import commit_retried
from catalog.history.changes import SAME_ROWS_AS, changes_rows, history_of, stands_for, summary_of, watermarks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from pyiceberg.table.metadata import TableMetadata
    from pyiceberg.table.update import TableUpdate

    from catalog.lake import Lake
    from catalog.schema.table_spec import TableSpec


@dataclass(frozen=True)
class Ages:
    """How long what is kept.

    Attributes:
        now_ms: epoch ms UTC.
        published_ms: for a snapshot that readers saw, since they got another one.
        other_ms: for one that they never saw and that no branch holds, since it was written.
    """

    now_ms: int
    published_ms: int
    other_ms: int


@dataclass(frozen=True)
class Expiry:
    """What a table lets go of.

    Attributes:
        snapshots: ids.
        refs: branches and tags whose retention has ended.
    """

    snapshots: frozenset[int] = frozenset()
    refs: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.snapshots or self.refs)


def plan_expiry(
    metadata: TableMetadata, spec: TableSpec, needed: Collection[int], ages: Ages, *, compacted: bool = False
) -> Expiry:
    """What the table lets go of.

    Args:
        metadata: the table's.
        spec: its spec.
        needed: snapshots that others need (``needed_snapshots``).
        ages: how long what is kept.
        compacted: whether a compaction is to follow the current snapshot before.
    """
    refs = frozenset(
        name
        for name, ref in metadata.refs.items()
        if name != NOW
        and ref.max_ref_age_ms is not None
        and (snapshot := metadata.snapshot_by_id(ref.snapshot_id)) is not None
        and ages.now_ms - snapshot.timestamp_ms > ref.max_ref_age_ms
    )
    ended = _superseded(metadata)
    newest = [each.snapshot_id for each in history_of(metadata, metadata.current_snapshot_id)]
    if compacted and newest:
        ended[newest[0]] = ages.now_ms
    kept = set(newest[: max(spec.maintenance.snapshots, 1) - compacted]) | set(needed) | _held(metadata, refs)
    return Expiry(
        frozenset(
            each.snapshot_id
            for each in metadata.snapshots
            if each.snapshot_id not in kept
            and (
                ages.now_ms - ended[each.snapshot_id] >= ages.published_ms
                if each.snapshot_id in ended
                else ages.now_ms - each.timestamp_ms >= ages.other_ms
            )
        ),
        refs,
    )


def _superseded(metadata: TableMetadata) -> dict[int, int]:
    """When readers got another snapshot than each that they saw, epoch ms UTC; nothing of the current one."""
    published = list(history_of(metadata, metadata.current_snapshot_id))
    ended = {older.snapshot_id: newer.timestamp_ms for newer, older in pairwise(published)}
    ended |= {older.snapshot_id: newer.timestamp_ms for older, newer in pairwise(metadata.snapshot_log)}
    if metadata.current_snapshot_id is not None:
        ended.pop(metadata.current_snapshot_id, None)
    return ended


def _held(metadata: TableMetadata, expired: Collection[str]) -> set[int]:
    """What other references than ``main`` hold: tags a snapshot, branches all that leads to them from ``main``."""
    published = {each.snapshot_id for each in history_of(metadata, metadata.current_snapshot_id)}
    held = set()
    for name, ref in metadata.refs.items():
        if name == NOW or name in expired:
            continue
        for snapshot in history_of(metadata, ref.snapshot_id):
            held.add(snapshot.snapshot_id)
            if ref.snapshot_ref_type == "tag" or snapshot.snapshot_id in published:
                break
    return held


def needed_snapshots(tables: Mapping[str, TableMetadata], compacted: Collection[str] = ()) -> dict[str, set[int]]:
    """The snapshots, by table, that say what tables were made from, and from which the next increments begin.

    What came after these is needed too, or it could not be told what it was; likewise for all tables at each tag.

    Args:
        tables: of every table of the lake.
        compacted: tables that are to be compacted before: they will stand on the newest compactions of others.
    """
    needed: dict[str, set[int]] = defaultdict(set)
    tags = {name for each in tables.values() for name, ref in each.refs.items() if ref.snapshot_ref_type == "tag"}
    for moment in (NOW, *sorted(tags)):
        at = {name: ref.snapshot_id for name, each in tables.items() if (ref := each.refs.get(moment))}
        for name, snapshot_id in at.items():
            renewed = moment == NOW and name in compacted
            if not renewed:
                needed[name] |= _origins(tables[name], snapshot_id)
            for source, seen in watermarks_of(tables[name], snapshot_id):
                if source not in at:
                    continue
                since = stands_for(tables[source], seen) if renewed else seen
                if renewed and since == at[source] and source in compacted:
                    continue  # it will stand on the compaction
                needed[source] |= _between(tables[source], since, at[source])
    return needed


def _origins(metadata: TableMetadata, snapshot_id: int) -> set[int]:
    """The snapshot and, before it, those that say what its rows are: compactions of others do not."""
    found = set()
    for snapshot in history_of(metadata, snapshot_id):
        found.add(snapshot.snapshot_id)
        if changes_rows(snapshot) or SAME_ROWS_AS in summary_of(snapshot):
            break
    return found


def _between(metadata: TableMetadata, since: int | None, until: int) -> set[int]:
    """The snapshots from one to the other; none where the older is not in the other's history any more."""
    found = set()
    for snapshot in history_of(metadata, until):
        found.add(snapshot.snapshot_id)
        if snapshot.snapshot_id == since:
            return found
    return set()


def expire(lake: Lake, spec: TableSpec, wanted: Expiry, plan: Callable[[TableMetadata], Expiry]) -> Expiry:
    """Let go, in one commit, of what is wanted and what the plan of the table as it is then lets go of; that.

    Raises:
        RetryableError: the catalog cannot be reached.
    """

    def commit() -> Expiry:
        from catalog.commit.unchanged import AssertUnchangedRefs

        table = lake.table(spec)
        now = plan(table.metadata)
        gone = Expiry(wanted.snapshots & now.snapshots, wanted.refs & now.refs)
        if gone:
            requirement: Any = AssertUnchangedRefs.of(table.metadata)
            table._do_commit(_updates(table.metadata, gone), (requirement,))  # noqa: SLF001 - as publish
        return gone

    return commit_retried(commit)


def _updates(metadata: TableMetadata, gone: Expiry) -> tuple[TableUpdate, ...]:
    from pyiceberg.table.update import (
        RemovePartitionStatisticsUpdate,
        RemoveSnapshotRefUpdate,
        RemoveSnapshotsUpdate,
    )

    counted = [each.snapshot_id for each in metadata.partition_statistics if each.snapshot_id in gone.snapshots]
    return (
        *(RemoveSnapshotRefUpdate.model_validate({"ref-name": name}) for name in sorted(gone.refs)),
        *(RemovePartitionStatisticsUpdate.model_validate({"snapshot-id": each}) for each in counted),
        *([RemoveSnapshotsUpdate.model_validate({"snapshot-ids": sorted(gone.snapshots)})] if gone.snapshots else []),
    )
