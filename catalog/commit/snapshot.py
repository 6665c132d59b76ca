"""One snapshot at the head of a branch: data files added, rows deleted by position, everything replaced, or compacted.

pyiceberg 0.12 writes no delete manifests and gives no way to say what a new branch begins from, so this is put together
from its parts, private ones among them: its version is pinned, and a test fails where it moves.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyiceberg.exceptions import CommitFailedException
from pyiceberg.manifest import (
    ManifestContent,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestWriterV2,
)
from pyiceberg.table.snapshots import Operation, Summary
from pyiceberg.table.update import SetSnapshotRefUpdate
from pyiceberg.table.update.snapshot import _FastAppendFiles

from catalog.commit.unchanged import AssertSameHistory
from catalog.errors import MovedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyiceberg.manifest import DataFile, ManifestFile
    from pyiceberg.table import Table
    from pyiceberg.table.update import UpdatesAndRequirements

ENTRIES_OF_A_MANIFEST = 10_000
"""Of merged manifests; some megabytes."""
_OVERTAKEN = "older than last sequence number"


@dataclass(frozen=True)
class NewSnapshot:
    """What a snapshot changes.

    Attributes:
        branch: the branch that is to point at it.
        head: what that branch points at now; None: there is none of that name.
        base: the snapshot that it follows; None: it is the table's first.
        added: data files to add.
        deletes: position delete files to add.
        replaces: whether the added files stand for all that the base holds.
        compacts: locations of the data files for whose rows the added ones stand: no row changes. No delete applies to
            the others, so those of the base go, and its manifests are merged. None: the snapshot changes rows.
        summary: what the snapshot's summary says besides.
        history: which rewriting of the table's history was the last when it was read for this.
        retention_ms: how long the branch is kept where nobody drops it; None: for ever.
    """

    branch: str
    base: int | None
    summary: Mapping[str, str]
    history: str | None
    added: Sequence[DataFile] = ()
    head: int | None = None
    retention_ms: int | None = None
    deletes: Sequence[DataFile] = ()
    replaces: bool = False
    compacts: frozenset[str] | None = None

    @property
    def operation(self) -> Operation:
        """Append where nothing is taken away."""
        if self.compacts is not None:
            return Operation.REPLACE
        return Operation.OVERWRITE if self.deletes or self.replaces else Operation.APPEND


def commit_snapshot(table: Table, new: NewSnapshot) -> int:
    """Commit a snapshot and the branch that points at it, in one commit; the snapshot's id.

    Raises:
        MovedError: the branch is not what it was, or history was rewritten.
        CommitFailedException: pyiceberg's: others committed to the table all the time.
    """
    try:
        with table.transaction() as transaction:
            producer = _Producer(new, transaction, table)
            producer.commit()
    except ValueError as error:
        if _OVERTAKEN in str(error):  # somebody committed since the table was loaded, to another branch
            raise CommitFailedException(_OVERTAKEN) from error
        raise
    return producer.snapshot_id


def entry_like(entry: ManifestEntry, **other: Any) -> ManifestEntry:
    """The same entry but for what is given; snapshot and sequence numbers say since when its file is there."""
    same = {
        "status": entry.status,
        "snapshot_id": entry.snapshot_id,
        "sequence_number": entry.sequence_number,
        "file_sequence_number": entry.file_sequence_number,
        "data_file": entry.data_file,
    }
    return ManifestEntry.from_args(**(same | other))


def manifest_writer(content: ManifestContent, *arguments: Any) -> ManifestWriterV2:
    """A writer of manifests of data files, or of delete files, which pyiceberg has none for."""
    return (ManifestWriterV2 if content is ManifestContent.DATA else _DeleteManifestWriter)(*arguments)


class _DeleteManifestWriter(ManifestWriterV2):
    """Writes manifests of delete files."""

    def content(self) -> ManifestContent:
        return ManifestContent.DELETES

    @property
    def _meta(self) -> dict[str, str]:
        return {**super()._meta, "content": "deletes"}


class _Producer(_FastAppendFiles):
    """Makes the snapshot; where a commit fails as others committed meanwhile, pyiceberg makes it again."""

    def __init__(self, new: NewSnapshot, transaction: Any, table: Table) -> None:
        self._new = new
        super().__init__(
            operation=new.operation,
            transaction=transaction,
            io=table.io,
            snapshot_properties=dict(new.summary),
            branch=new.branch,
        )
        for file in new.added:
            self.append_data_file(file)

    def _current_branch_head_id(self) -> int | None:
        """What the snapshot follows, which need not be the branch's head."""
        return self._new.base

    def _base_manifests(self) -> list[ManifestFile]:
        snapshot = self._transaction.table_metadata.snapshot_by_id(self._new.base) if self._new.base else None
        return snapshot.manifests(self._io) if snapshot is not None else []

    def _existing_manifests(self) -> list[ManifestFile]:
        if self._new.replaces:
            return []
        return super()._existing_manifests() if self._new.compacts is None else self._merged_manifests()

    def _merged_manifests(self) -> list[ManifestFile]:
        """The data files of the base that stay, in few manifests."""
        by_spec: dict[int, list[ManifestEntry]] = defaultdict(list)
        for content, entry in self._live():
            if content is ManifestContent.DATA and not self._goes(entry):
                by_spec[entry.data_file.spec_id].append(entry)
        manifests = []
        for spec_id, entries in by_spec.items():
            for start in range(0, len(entries), ENTRIES_OF_A_MANIFEST):
                with self.new_manifest_writer(self.spec(spec_id)) as writer:
                    for entry in entries[start : start + ENTRIES_OF_A_MANIFEST]:
                        writer.add_entry(entry_like(entry, status=ManifestEntryStatus.EXISTING))
                manifests.append(writer.to_manifest_file())
        return manifests

    def _live(self) -> list[tuple[ManifestContent, ManifestEntry]]:
        return [
            (manifest.content, entry)
            for manifest in self._base_manifests()
            for entry in manifest.fetch_manifest_entry(self._io, discard_deleted=True)
        ]

    def _goes(self, entry: ManifestEntry) -> bool:
        return self._new.compacts is None or entry.data_file.file_path in self._new.compacts

    def _deleted_entries(self) -> list[ManifestEntry]:
        """The data files of the base that are replaced; with them go the deletes that are about them."""
        if not self._new.replaces and self._new.compacts is None:
            return []
        gone = [each for each in self._live() if each[0] is ManifestContent.DELETES or self._goes(each[1])]
        self._deleted_data_files = {entry.data_file for _, entry in gone}  # for the summary
        return [
            entry_like(entry, status=ManifestEntryStatus.DELETED, snapshot_id=self.snapshot_id)
            for content, entry in gone
            if content is ManifestContent.DATA
        ]

    def _build_delete_files_partition_predicate(self) -> None:
        """Not needed: which files go is known, and is asked of no predicate."""

    def _process_manifests(self, manifests: list[ManifestFile]) -> list[ManifestFile]:
        return [*self._delete_manifests(), *manifests]

    def _delete_manifests(self) -> list[ManifestFile]:
        manifests = []
        for spec_id in sorted({file.spec_id for file in self._new.deletes}):
            writer = manifest_writer(
                ManifestContent.DELETES,
                self.spec(spec_id),
                self.schema(),
                self.new_manifest_output(),
                self.snapshot_id,
                self._compression,
            )
            with writer:
                for file in self._new.deletes:
                    if file.spec_id == spec_id:
                        writer.add(
                            ManifestEntry.from_args(
                                status=ManifestEntryStatus.ADDED,
                                snapshot_id=self.snapshot_id,
                                sequence_number=None,
                                file_sequence_number=None,
                                data_file=file,
                            )
                        )
            manifests.append(writer.to_manifest_file())
        return manifests

    def _summary(self, snapshot_properties: Any = None) -> Any:
        """The summary counts delete files, too; pyiceberg's own counts nothing of a compaction."""
        added, operation = self._added_data_files, self._operation
        self._added_data_files = [*added, *self._new.deletes]
        self._operation = Operation.OVERWRITE if operation is Operation.REPLACE else operation
        try:
            counted = super()._summary(snapshot_properties or {})
        finally:
            self._added_data_files, self._operation = added, operation
        return Summary(operation, **counted.additional_properties)

    def _commit(self) -> UpdatesAndRequirements:
        """With the branch's retention, of which pyiceberg's own commit says nothing."""
        ref = self._transaction.table_metadata.refs.get(self._new.branch)
        if (ref.snapshot_id if ref else None) != self._new.head:
            raise MovedError(f"another writer committed to the branch {self._new.branch} meanwhile. Run again")
        updates, requirements = super()._commit()
        retained = tuple(
            update.model_copy(update={"max_ref_age_ms": self._new.retention_ms})
            if isinstance(update, SetSnapshotRefUpdate)
            else update
            for update in updates
        )
        # pyiceberg asserts nothing of a new branch of a table without snapshots; that it is new was looked at above.
        same: Any = AssertSameHistory(history=self._new.history)
        return retained, (same, *(requirements if self._transaction.table_metadata.snapshots else ()))
