"""Which files hold a snapshot's rows, by Iceberg's metadata, which pyiceberg reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from catalog.errors import DamagedLakeError
from catalog.lake import load_catalog, load_table
from catalog.read.row_count import count_rows
from catalog.schema.table_spec import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyiceberg.manifest import DataFile
    from pyiceberg.schema import Schema
    from pyiceberg.table import FileScanTask, Table

    from catalog.profiles.profile import Profile
    from catalog.schema.table_spec import TableSpec


@dataclass(frozen=True)
class Plan:
    """The files of a snapshot.

    Attributes:
        files: data files.
        deletes: locations of the files that say which of their rows are deleted, by position.
    """

    files: Sequence[DataFile]
    deletes: Sequence[str] = ()


class SnapshotFiles:
    """The files of a lake's snapshots; what was looked up once is remembered, as a snapshot never changes."""

    def __init__(self, profile: Profile) -> None:
        self._profile, self._catalog = profile, load_catalog(profile)
        self._tables: dict[TableSpec, Table] = {}
        self._plans: dict[object, Plan] = {}
        self._rows: dict[tuple[str, int], int] = {}

    def table(self, spec: TableSpec, snapshot_id: int | None) -> Table:
        """The table, loaded anew where what is known of it is older than the snapshot."""
        known = self._tables.get(spec)
        if known is None or (snapshot_id is not None and known.snapshot_by_id(snapshot_id) is None):
            self._tables[spec] = load_table(self._profile, spec, self._catalog)
        return self._tables[spec]

    def schema(self, spec: TableSpec, snapshot_id: int) -> Schema:
        """The table's columns at the snapshot.

        Raises:
            DamagedLakeError: there is no such snapshot.
        """
        table = self.table(spec, snapshot_id)
        snapshot = table.snapshot_by_id(snapshot_id)
        if snapshot is None:
            raise DamagedLakeError(f"{spec.identifier} has no snapshot {snapshot_id}; see: stedi history")
        return next((each for each in table.metadata.schemas if each.schema_id == snapshot.schema_id), table.schema())

    def planned(self, spec: TableSpec, snapshot_id: int, days: Sequence[int] | None = None) -> Plan:
        """The files of a snapshot; where days since 1970 (UTC) are given, those of the days' partitions.

        Raises:
            DamagedLakeError: rows are deleted in a way that no writer of ours has.
        """
        key = (spec, snapshot_id, days)
        if key not in self._plans:
            condition = "true" if days is None else _around(days, spec.partitioned_by_days_of)
            self._plans[key] = _planned(self.table(spec, snapshot_id), snapshot_id, days, condition)
        return self._plans[key]

    def unshared(self, spec: TableSpec, before: int, after: int) -> tuple[Plan, Plan]:
        """The files that only one of two snapshots reads, or that one reads with other deletes: of either snapshot.

        Raises:
            DamagedLakeError: as ``planned``.
        """
        table = self.table(spec, after)
        sides = [
            {_contents(task): task for task in table.scan(snapshot_id=each).plan_files()} for each in (before, after)
        ]
        gone, come = (
            _plan(table, [side[contents] for contents in side.keys() - other.keys()])
            for side, other in (sides, sides[::-1])
        )
        return gone, come

    def appended(self, spec: TableSpec, since: int, until: int) -> Plan:
        """The data files that the snapshots after ``since`` up to ``until`` added; compaction adds none.

        Raises:
            DamagedLakeError: ``since`` is not in the history of ``until``.
        """
        return Plan(_entries(self.table(spec, until), since, until, "DATA", "ADDED"))

    def removed(self, spec: TableSpec, since: int, until: int) -> Plan:
        """What the snapshots after ``since`` up to ``until`` took away: whole data files, and rows by delete files.

        Compaction takes no rows away.

        Raises:
            DamagedLakeError: as ``appended``.
        """
        table = self.table(spec, until)
        files = _entries(table, since, until, "DATA", "DELETED")
        deletes = _entries(table, since, until, "DELETES", "ADDED")
        return Plan(files, sorted({file.file_path for file in deletes}))

    def rows(self, spec: TableSpec, snapshot_id: int | None) -> int:
        """How many rows readers of the snapshot get: those of its files without those deleted by position."""
        if snapshot_id is None:
            return 0
        key = (spec.identifier, snapshot_id)
        if key not in self._rows:
            self._rows[key] = count_rows(self.table(spec, snapshot_id), snapshot_id)
        return self._rows[key]

    def rows_by_run(self, spec: TableSpec, snapshot_id: int | None, most: int) -> list[int]:
        """Rows after each of the last runs up to the snapshot, oldest first."""
        table = self.table(spec, snapshot_id)
        rows: dict[str, int] = {}  # a compaction says of which run its rows are, too
        snapshot = table.snapshot_by_id(snapshot_id) if snapshot_id is not None else None
        while snapshot is not None and len(rows) < most:
            run = snapshot.summary.additional_properties.get("stedi.run-id") if snapshot.summary else None
            if run is not None and run not in rows:
                rows[run] = self.rows(spec, snapshot.snapshot_id)
            parent = snapshot.parent_snapshot_id
            snapshot = table.snapshot_by_id(parent) if parent is not None else None
        return list(rows.values())[::-1]


def _planned(table: Table, snapshot_id: int, days: Sequence[int] | None, condition: str) -> Plan:
    tasks = table.scan(row_filter=condition, snapshot_id=snapshot_id).plan_files()
    return _plan(table, [task for task in tasks if days is None or task.file.partition[0] in days])


def _contents(task: FileScanTask) -> tuple[str, frozenset[str]]:
    """Tells what a task reads: files never change."""
    return task.file.file_path, frozenset(file.file_path for file in task.delete_files)


def _plan(table: Table, tasks: Sequence[FileScanTask]) -> Plan:
    from pyiceberg.manifest import DataFileContent

    deletes = {file.file_path: file for task in tasks for file in task.delete_files}
    if any(file.content is not DataFileContent.POSITION_DELETES for file in deletes.values()):
        raise DamagedLakeError(f"{'.'.join(table.name())} has deletes that are not by position; compact it")
    return Plan([task.file for task in tasks], sorted(deletes))


def _around(days: Sequence[int], time: str | None) -> str:
    """Pyiceberg's condition on a timestamp from the first day to the last, which leaves out the partitions of others.

    A condition that names each day took pyiceberg a second for a month of them.
    """
    from datetime import UTC, datetime

    start, end = (datetime.fromtimestamp(day * DAY_MS / 1000, UTC).isoformat() for day in (min(days), max(days) + 1))
    return f"{time} >= '{start}' AND {time} < '{end}'"


def _entries(
    table: Table, since: int, until: int, content: Literal["DATA", "DELETES"], status: Literal["ADDED", "DELETED"]
) -> list[DataFile]:
    """The files that the snapshots after ``since`` up to ``until`` added or deleted, but for compactions."""
    from pyiceberg.manifest import ManifestContent, ManifestEntryStatus
    from pyiceberg.table.snapshots import Operation

    files, snapshot = [], table.snapshot_by_id(until)
    while snapshot is not None and snapshot.snapshot_id != since:
        if snapshot.summary is None or snapshot.summary.operation is not Operation.REPLACE:
            for manifest in snapshot.manifests(table.io):
                if manifest.added_snapshot_id == snapshot.snapshot_id and manifest.content is ManifestContent[content]:
                    entries = manifest.fetch_manifest_entry(table.io, discard_deleted=False)
                    files += [
                        entry.data_file
                        for entry in entries
                        # A manifest that was written anew for one entry names others that earlier snapshots deleted.
                        if entry.status is ManifestEntryStatus[status]
                        and entry.snapshot_id in {None, snapshot.snapshot_id}
                    ]
        parent = snapshot.parent_snapshot_id
        snapshot = table.snapshot_by_id(parent) if parent is not None else None
    if snapshot is None:
        raise DamagedLakeError(f"{'.'.join(table.name())}: snapshot {since} is not in the history of {until}")
    return files
