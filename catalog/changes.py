"""What happened to a table between two of its snapshots, told from the snapshots' own records.

Iceberg's incremental read returns appended rows only and passes over deletes without a word, so the operations in
between are looked at first. Compaction (``replace``) changes no rows. A delete that a run of ours made is named by the
append that followed it (``stedi.deleted-in``): it took away rows of people whom the next tables recompute as well.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.tables import count_rows, iceberg_table, qualified, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame, SparkSession

    from catalog.spec import TableSpec

DELETED_IN = "stedi.deleted-in"
INPUTS = "stedi.inputs"
"""Snapshot property: the snapshot of each input that the rows were made from, as JSON."""


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
class Made:
    """How a run of ours made what a table holds: read from the snapshot's summary.

    Attributes:
        run_key: what it was made from, as one hash.
        code: hash of the code and parameters that give the table its meaning.
        inputs: the snapshot of each input, by identifier; None: it had none.
        people_from: the snapshots up to which customers' records, landed and refused, are taken into account, by
            identifier of the table that they are in.
    """

    run_key: str
    code: str
    inputs: dict[str, int | None]
    people_from: dict[str, int | None]

    def properties(self) -> dict[str, str]:
        """The same, for the summary of a snapshot (``write_candidate`` adds ``stedi.``)."""
        return {
            "run-key": self.run_key,
            "code": self.code,
            "inputs": json.dumps(self.inputs),
            "people-from": json.dumps(self.people_from),
        }


def made(spark: SparkSession, spec: TableSpec, snapshot_id: int | None = None) -> Made | None:
    """How the published rows, or an earlier snapshot's, were made; None where there are none, or by another writer."""
    table = iceberg_table(spark, spec)
    snapshot = table.currentSnapshot() if snapshot_id is None else table.snapshot(snapshot_id)
    while snapshot is not None:
        summary = dict(snapshot.summary())
        if INPUTS in summary:
            return Made(
                summary["stedi.run-key"],
                summary["stedi.code"],
                json.loads(summary[INPUTS]),
                json.loads(summary["stedi.people-from"]),
            )
        if snapshot.operation() != "replace":
            return None
        snapshot = _parent(table, snapshot)
    return None


def _parent(table: Any, snapshot: Any) -> Any:
    """The parent where it is still there; None for the first snapshot and for one whose parent has expired."""
    return table.snapshot(snapshot.parentId()) if snapshot.parentId() is not None else None


def change_between(spark: SparkSession, spec: TableSpec, since: int | None, until: int | None) -> Change:
    """What came after snapshot ``since`` up to ``until``; None stands for the table before its first snapshot."""
    table = iceberg_table(spark, spec)
    if since == until or until is None:
        return Change(moved=False, before=_counted(spark, spec, since))
    snapshot, child, rows, moved = table.snapshot(until), None, 0, False
    while snapshot is not None and snapshot.snapshotId() != since:
        summary = dict(snapshot.summary())
        moved = moved or snapshot.operation() != "replace"
        if summary.get("stedi.mode") == "rebuild":
            return Change(rewritten=f"{spec.identifier} was rebuilt")
        if snapshot.operation() == "append":
            rows += int(summary.get("added-records", "0"))
        elif snapshot.operation() != "replace" and not _ours(snapshot, child):
            return Change(rewritten=f"{spec.identifier} was changed by more than appends ({snapshot.operation()})")
        child, snapshot = snapshot, _parent(table, snapshot)
    if since is None:
        # Whatever has expired since, all that is there now is new.
        return Change(rows=count_rows(spark, spec, until))
    if snapshot is None:
        return Change(rewritten=f"the snapshot of {spec.identifier} that was read last time is not in its history now")
    return Change(moved, rows, _counted(spark, spec, since))


def _counted(spark: SparkSession, spec: TableSpec, snapshot_id: int | None) -> Callable[[], int]:
    return lambda: count_rows(spark, spec, snapshot_id) if snapshot_id is not None else 0


def _ours(snapshot: Any, child: Any) -> bool:
    return child is not None and dict(child.summary()).get(DELETED_IN) == str(snapshot.snapshotId())


def adds_values(spark: SparkSession, spec: TableSpec, column: str, since: int | None, until: int | None) -> bool:
    """Whether rows that came after snapshot ``since`` up to ``until`` have values in a column, by files' null counts.

    A file that does not say so is taken to have some.
    """
    if until is None:
        return False
    table = iceberg_table(spark, spec)
    field = table.schema().findField(column).fieldId()
    snapshot = table.snapshot(until)
    while snapshot is not None and snapshot.snapshotId() != since:
        if snapshot.operation() != "replace":
            for file in snapshot.addedDataFiles(table.io()):
                values, nulls = file.valueCounts(), file.nullValueCounts()
                known = values is not None and nulls is not None and field in values and field in nulls
                if not known or values[field] > nulls[field]:
                    return True
        snapshot = _parent(table, snapshot)
    return False


def appended(spark: SparkSession, spec: TableSpec, since: int | None, until: int | None) -> DataFrame:
    """Rows appended after snapshot ``since`` up to ``until``; rows that were deleted again since are among them."""
    if since == until or until is None:
        return read(spark, spec, until).where("false")
    if since is None:
        return read(spark, spec, until)
    reader = spark.read.option("start-snapshot-id", str(since)).option("end-snapshot-id", str(until))
    return reader.table(qualified(spec))


def older(spark: SparkSession, spec: TableSpec, snapshots: set[int | None]) -> int | None:
    """The oldest of a table's snapshots; one that has expired is older than any other, and none the oldest."""
    if None in snapshots:
        return None
    table = iceberg_table(spark, spec)
    known = {snapshot_id: table.snapshot(snapshot_id) for snapshot_id in snapshots}
    return min(snapshots, key=lambda each: known[each].sequenceNumber() if known[each] is not None else -1)
