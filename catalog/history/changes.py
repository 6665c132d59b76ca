"""What happened to a table between two of its snapshots, and what its rows were made from: by the snapshots' summaries.

Readers of appended rows pass over deletes without a word, so the operations in between are looked at first. Compaction
(``replace``) changes no rows. What a run of ours deleted were rows of people whom the next tables recompute as well.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.read.row_count import count_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyiceberg.manifest import DataFile
    from pyiceberg.table import Table
    from pyiceberg.table.metadata import TableMetadata
    from pyiceberg.table.snapshots import Snapshot

INPUTS = "stedi.inputs"
"""Snapshot property: the snapshot of each input that the rows were made from, as JSON."""
_RUN_KEY, _CODE, _WATERMARK = "stedi.run-key", "stedi.code", "stedi.people-from"
MODE = "stedi.mode"
"""Snapshot property: ``incremental`` or ``rebuild``, of what a job made."""
DELETED_IN = "stedi.deleted-in"
"""Snapshot property of lakes made before candidates were one commit: the snapshot in which the run had deleted rows."""
SAME_ROWS_AS = "stedi.same-rows-as"
"""Snapshot property of our compactions: the snapshot in which the rows were committed, which may have expired."""
PUBLISHED_MS = "stedi.published-ms"
"""Snapshot property of our compactions: when that snapshot was, epoch ms UTC."""
_RUN = "stedi.run-id"
_CHANGES_NO_ROWS = "replace"


@dataclass(frozen=True)
class Change:
    """What came between two snapshots.

    Attributes:
        moved: whether anything was committed besides compaction; it may be no rows, or deletes alone.
        rows: rows appended.
        before: counts the rows at the older snapshot; only some who look at a change ask.
        rewritten: why the difference is not just what runs of ours added and took away, in words; None where it is.
    """

    moved: bool = True
    rows: int = 0
    before: Callable[[], int] = lambda: 0
    rewritten: str | None = None


@dataclass(frozen=True)
class Provenance:
    """What a table's rows were made from: read from the snapshot's summary.

    Attributes:
        run_key: what they were made from, as one hash.
        code: hash of the code and parameters that give the table its meaning.
        inputs: the snapshot of each input, by identifier; None: it had none.
        customer_watermark: the snapshots up to which customers' records, landed and refused, are taken into account, by
            identifier of the table that they are in.
    """

    run_key: str
    code: str
    inputs: dict[str, int | None]
    customer_watermark: dict[str, int | None]

    def properties(self) -> dict[str, str]:
        """The same, for the summary of a snapshot (``write_candidate`` adds ``stedi.``)."""
        return {
            "run-key": self.run_key,
            "code": self.code,
            "inputs": json.dumps(self.inputs),
            "people-from": json.dumps(self.customer_watermark),
        }


def summary_of(snapshot: Snapshot) -> dict[str, str]:
    """What a snapshot's summary says besides the operation."""
    return dict(snapshot.summary.additional_properties) if snapshot.summary else {}


def changes_rows(snapshot: Snapshot) -> bool:
    """Whether the snapshot is more than compaction; one that does not say is."""
    return snapshot.summary is None or snapshot.summary.operation.value != _CHANGES_NO_ROWS


def history_of(metadata: TableMetadata, snapshot_id: int | None) -> Iterator[Snapshot]:
    """A snapshot and those before it, newest first, as far as they have not expired."""
    while snapshot_id is not None and (snapshot := metadata.snapshot_by_id(snapshot_id)) is not None:
        yield snapshot
        snapshot_id = snapshot.parent_snapshot_id


def inputs_of(metadata: TableMetadata, snapshot_id: int | None) -> dict[str, int | None]:
    """The snapshot of each input that a snapshot's rows were made from; empty where no run of ours made them."""
    summary = _made_by(metadata, snapshot_id)
    inputs: dict[str, int | None] = json.loads(summary[INPUTS]) if summary else {}
    return inputs


def provenance_of(metadata: TableMetadata, snapshot_id: int | None) -> Provenance | None:
    """What a snapshot's rows were made from; None where there are none, where others made them, or it does not say."""
    summary = _made_by(metadata, snapshot_id)
    if not {INPUTS, _RUN_KEY, _CODE, _WATERMARK} <= summary.keys():
        return None
    inputs, watermark = json.loads(summary[INPUTS]), json.loads(summary[_WATERMARK])
    return Provenance(summary[_RUN_KEY], summary[_CODE], inputs, watermark)


def _made_by(metadata: TableMetadata, snapshot_id: int | None) -> dict[str, str]:
    """The summary of the snapshot in which a run of ours made the rows; empty where none did."""
    for snapshot in history_of(metadata, snapshot_id):
        if INPUTS in (summary := summary_of(snapshot)):
            return summary
        if changes_rows(snapshot):
            break
    return {}


def origin_of(metadata: TableMetadata, snapshot_id: int) -> int:
    """The snapshot in which the rows of a snapshot were committed: itself, but for compactions."""
    for snapshot in history_of(metadata, snapshot_id):
        if said := summary_of(snapshot).get(SAME_ROWS_AS):
            return int(said)
        snapshot_id = snapshot.snapshot_id
        if changes_rows(snapshot):
            break
    return snapshot_id


def stands_for(metadata: TableMetadata, snapshot_id: int | None) -> int | None:
    """The newest published snapshot with the same rows: the last compaction of this one; itself where there is none."""
    newest = None
    for snapshot in history_of(metadata, metadata.current_snapshot_id):
        newest = newest or snapshot.snapshot_id
        if snapshot.snapshot_id == snapshot_id:
            return newest
        if changes_rows(snapshot):
            newest = None
    return snapshot_id


def watermarks_of(metadata: TableMetadata, snapshot_id: int | None) -> set[tuple[str, int]]:
    """The snapshots, by table, that the next increment begins from."""
    summary = _made_by(metadata, snapshot_id)
    said = [json.loads(summary[key]) for key in (INPUTS, _WATERMARK) if key in summary]
    return {(name, seen) for each in said for name, seen in each.items() if seen is not None}


def compaction_summary(
    metadata: TableMetadata, snapshot_id: int, newest: Callable[[str, int | None], int | None]
) -> dict[str, str]:
    """What a compaction of a snapshot says, so that the snapshot and those of its inputs may expire.

    Args:
        metadata: the table's.
        snapshot_id: the snapshot.
        newest: ``stands_for``, of the snapshot of an input.
    """
    summary = _made_by(metadata, snapshot_id)
    said = {key: summary[key] for key in (_RUN_KEY, _CODE) if key in summary}
    for key in {INPUTS, _WATERMARK} & summary.keys():
        said[key] = json.dumps({name: newest(name, seen) for name, seen in json.loads(summary[key]).items()})
    latest = next(history_of(metadata, snapshot_id))
    origin = metadata.snapshot_by_id(origin_of(metadata, snapshot_id)) or latest
    if run := summary_of(origin).get(_RUN):
        said[_RUN] = run
    published = summary_of(latest).get(PUBLISHED_MS, str(origin.timestamp_ms))
    return said | {SAME_ROWS_AS: str(origin_of(metadata, snapshot_id)), PUBLISHED_MS: published}


def change_between(table: Table, name: str, since: int | None, until: int | None) -> Change:
    """What came after snapshot ``since`` up to ``until``; None stands for the table before its first snapshot.

    Args:
        table: the table.
        name: what to call it.
        since: the older snapshot.
        until: the newer one.
    """
    if since == until or until is None:
        return Change(moved=False, before=_counter(table, since))
    child, rows, moved, reached = None, 0, False, False
    for snapshot in history_of(table.metadata, until):
        if reached := snapshot.snapshot_id == since:
            break
        summary = summary_of(snapshot)
        moved = moved or changes_rows(snapshot)
        if summary.get(MODE) == "rebuild":
            return Change(rewritten=f"{name} was rebuilt")
        if _is_addition(snapshot):
            rows += int(summary.get("added-records", "0"))
        elif changes_rows(snapshot) and not _is_deletion_of(snapshot, child):
            operation = snapshot.summary.operation.value if snapshot.summary else "unknown"
            return Change(rewritten=f"{name} was changed by more than appends ({operation})")
        child = snapshot
    if since is None:
        # Whatever has expired since, all that is there now is new.
        return Change(rows=count_rows(table, until))
    if not reached:
        return Change(rewritten=f"the snapshot of {name} that was read last time is not in its history now")
    return Change(moved, rows, _counter(table, since))


def _is_addition(snapshot: Snapshot) -> bool:
    """Whether a snapshot appends rows; one of a run of ours may also delete rows of people whom it recomputed."""
    if snapshot.summary is None:
        return False
    return snapshot.summary.operation.value == "append" or summary_of(snapshot).get(MODE) == "incremental"


def _is_deletion_of(snapshot: Snapshot, child: Snapshot | None) -> bool:
    return child is not None and summary_of(child).get(DELETED_IN) == str(snapshot.snapshot_id)


def _counter(table: Table, snapshot_id: int | None) -> Callable[[], int]:
    return lambda: count_rows(table, snapshot_id) if snapshot_id is not None else 0


def added_files(table: Table, snapshot: Snapshot) -> Iterator[DataFile]:
    """The data files that a snapshot added."""
    from pyiceberg.manifest import ManifestContent, ManifestEntryStatus

    for manifest in snapshot.manifests(table.io):
        if manifest.added_snapshot_id == snapshot.snapshot_id and manifest.content is ManifestContent.DATA:
            for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True):
                if entry.status is ManifestEntryStatus.ADDED:
                    yield entry.data_file


def adds_values(table: Table, snapshot: Snapshot, column: str) -> bool:
    """Whether rows that a snapshot added have values in a column, by files' counts.

    A file that does not say how many of its values are null is taken to have some.
    """
    if not changes_rows(snapshot):
        return False
    field_id = table.schema().find_field(column).field_id
    for file in added_files(table, snapshot):
        values, nulls = ((counts or {}).get(field_id) for counts in (file.value_counts, file.null_value_counts))
        if values is None or nulls is None or values > nulls:
            return True
    return False


def older(metadata: TableMetadata, snapshots: set[int | None]) -> int | None:
    """The oldest of a table's snapshots; one that has expired is older than any other, and none the oldest."""
    if None in snapshots:
        return None

    def age(snapshot_id: int | None) -> int:
        snapshot = metadata.snapshot_by_id(snapshot_id) if snapshot_id is not None else None
        return snapshot.sequence_number or 0 if snapshot is not None else -1

    return min(snapshots, key=age)
