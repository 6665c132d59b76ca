"""Manifests and manifest lists written anew, where files that they name were replaced or bounds of theirs must go."""

from __future__ import annotations

import uuid
from collections import Counter
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pyiceberg.manifest import (
    DataFile,
    DataFileContent,
    ManifestContent,
    ManifestEntry,
    ManifestEntryStatus,
    write_manifest_list,
)

from catalog.commit.snapshot import entry_like, manifest_writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pyiceberg.manifest import ManifestFile
    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot

_COMPRESSION: Any = "deflate"
_FIELDS = (
    "content", "file_path", "file_format", "partition", "record_count", "file_size_in_bytes", "column_sizes",
    "value_counts", "null_value_counts", "nan_value_counts", "lower_bounds", "upper_bounds", "key_metadata",
    "split_offsets", "equality_ids", "sort_order_id",
)  # fmt: skip


@dataclass
class TableEntries:
    """What the manifests of some snapshots name; each manifest is read once.

    Attributes:
        table: the table.
        manifests: the manifests of each snapshot, by its id.
        entries: the entries of each manifest, deleted ones among them, by its path.
        data: data files that some snapshot reads, by location.
        deletes: delete files likewise.
    """

    table: Table
    manifests: dict[int, list[ManifestFile]] = field(default_factory=dict)
    entries: dict[str, list[ManifestEntry]] = field(default_factory=dict)
    data: dict[str, DataFile] = field(default_factory=dict)
    deletes: dict[str, DataFile] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Table, snapshots: Iterable[Snapshot]) -> TableEntries:
        """Read them.

        Raises:
            OSError: one cannot be read.
        """
        known = cls(table)
        for snapshot in snapshots:
            known.manifests[snapshot.snapshot_id] = snapshot.manifests(table.io)
            for manifest in known.manifests[snapshot.snapshot_id]:
                if manifest.manifest_path not in known.entries:
                    known._read(manifest)
        return known

    def _read(self, manifest: ManifestFile) -> None:
        entries = manifest.fetch_manifest_entry(self.table.io, discard_deleted=False)
        self.entries[manifest.manifest_path] = entries
        for entry in entries:
            if entry.status is not ManifestEntryStatus.DELETED:
                file = entry.data_file
                kind = self.data if file.content is DataFileContent.DATA else self.deletes
                kind[file.file_path] = file


@dataclass
class ManifestRewriter:
    """Writes manifests and lists anew; to each path there is one answer.

    Attributes:
        known: what the manifests name.
        replaced: the files that stand for others, by the others' locations; None: nothing is left.
        without_bounds: ids of the columns of which no manifest may hold bounds.
    """

    known: TableEntries
    replaced: Mapping[str, DataFile | None]
    without_bounds: frozenset[int]
    _answers: dict[str, ManifestFile | None] = field(default_factory=dict)
    _entries: dict[str, list[ManifestEntry]] = field(default_factory=dict)

    def snapshot(self, snapshot: Snapshot, note: Mapping[str, str], scrubbed: Callable[[str], str]) -> Snapshot:
        """The snapshot with its manifests as they are now; the same one where nothing of it changes.

        Args:
            snapshot: the snapshot.
            note: added to the summary of one that changes.
            scrubbed: what becomes of a text in the summary.
        """
        before = self.known.manifests[snapshot.snapshot_id]
        after = [new for manifest in before if (new := self._manifest(manifest)) is not None]
        said = snapshot.summary.additional_properties if snapshot.summary is not None else {}
        clean = {key: scrubbed(value) for key, value in said.items()}
        if [each.manifest_path for each in before] == [each.manifest_path for each in after]:
            if clean == said or snapshot.summary is None:
                return snapshot
            summary = type(snapshot.summary)(snapshot.summary.operation, **(clean | dict(note)))
            return snapshot.model_copy(update={"summary": summary})
        output = self._new_file("avro")
        with write_manifest_list(
            format_version=2,
            output_file=output,
            snapshot_id=snapshot.snapshot_id,
            parent_snapshot_id=snapshot.parent_snapshot_id,
            sequence_number=snapshot.sequence_number,
            avro_compression=_COMPRESSION,
        ) as writer:
            writer.add_manifests(after)
        summary = self._summary(snapshot, after, clean | dict(note))
        return snapshot.model_copy(update={"manifest_list": output.location, "summary": summary})

    def _manifest(self, manifest: ManifestFile) -> ManifestFile | None:
        path = manifest.manifest_path
        if path not in self._answers:
            before = self.known.entries[path]
            after = [new for entry in before if (new := self._entry(entry)) is not None]
            same = len(before) == len(after) and all(a is b for a, b in zip(before, after, strict=True))
            self._entries[path] = after
            self._answers[path] = manifest if same else self._written(manifest, after) if after else None
        return self._answers[path]

    def _entry(self, entry: ManifestEntry) -> ManifestEntry | None:
        """The entry as it is now; None where the file is gone, or where no snapshot reads it any more."""
        file: DataFile | None = entry.data_file
        path = entry.data_file.file_path
        if path in self.replaced:
            file = self.replaced[path]
        elif path not in self.known.data and path not in self.known.deletes:
            return None  # deleted before the oldest snapshot that is left
        if file is None:
            return None
        file = self._without_bounds(file)
        return entry if file is entry.data_file else entry_like(entry, data_file=file)

    def _without_bounds(self, file: DataFile) -> DataFile:
        bounds = {"lower_bounds": file.lower_bounds or {}, "upper_bounds": file.upper_bounds or {}}
        if not any(self.without_bounds & held.keys() for held in bounds.values()):
            return file
        kept = {
            name: {column: bound for column, bound in held.items() if column not in self.without_bounds}
            for name, held in bounds.items()
        }
        new = DataFile.from_args(**({name: getattr(file, name) for name in _FIELDS} | kept))
        new.spec_id = file.spec_id
        return new

    def _written(self, manifest: ManifestFile, entries: list[ManifestEntry]) -> ManifestFile:
        """A manifest of these entries in place of one; its place in the order of commits is the same."""
        table = self.known.table
        with manifest_writer(
            manifest.content,
            table.specs()[manifest.partition_spec_id],
            table.schema(),
            self._new_file("avro"),
            manifest.added_snapshot_id or 0,
            _COMPRESSION,
        ) as writer:
            for entry in entries:
                writer.add_entry(entry)
        new = copy(writer.to_manifest_file())
        new.sequence_number = manifest.sequence_number
        new.min_sequence_number = min(
            (entry.sequence_number or 0 for entry in entries if entry.status is not ManifestEntryStatus.DELETED),
            default=manifest.min_sequence_number,
        )
        return new

    def _new_file(self, extension: str) -> Any:
        table = self.known.table
        return table.io.new_output(f"{table.location().rstrip('/')}/metadata/{uuid.uuid4()}.{extension}")

    def _summary(self, snapshot: Snapshot, manifests: list[ManifestFile], said: Mapping[str, str]) -> Any:
        """The snapshot's summary with today's counts; what it counted before, it counts again."""
        if snapshot.summary is None:
            return None
        counts: Counter[str] = Counter()
        by_path = {new.manifest_path: old for old, new in self._answers.items() if new is not None}
        for manifest in manifests:
            for entry in self._entries[by_path[manifest.manifest_path]]:
                _count(counts, entry, manifest, snapshot.snapshot_id)
        new = {key: str(counts[key]) if key in _COUNTED else value for key, value in said.items()}
        return type(snapshot.summary)(snapshot.summary.operation, **new)


_WORDS = {
    "total": ("total-records", "total-data-files", "total-files-size", "total-position-deletes", "total-delete-files"),
    "added": ("added-records", "added-data-files", "added-files-size", "added-position-deletes", "added-delete-files"),
    "deleted": (
        "deleted-records",
        "deleted-data-files",
        "removed-files-size",
        "removed-position-deletes",
        "removed-delete-files",
    ),
}
_COUNTED = {word for words in _WORDS.values() for word in words}


def _count(counts: Counter[str], entry: ManifestEntry, manifest: ManifestFile, snapshot_id: int) -> None:
    """Count an entry as Iceberg's summaries do."""
    own = manifest.added_snapshot_id == snapshot_id and entry.snapshot_id == snapshot_id
    gone = entry.status is ManifestEntryStatus.DELETED
    of_snapshot = (
        ["deleted"] if own and gone else ["added"] if own and entry.status is ManifestEntryStatus.ADDED else []
    )
    for kind in of_snapshot if gone else [*of_snapshot, "total"]:
        rows, files, size, deletes, delete_files = _WORDS[kind]
        if manifest.content is not ManifestContent.DATA:
            rows, files = deletes, delete_files
        counts[rows] += entry.data_file.record_count
        counts[files] += 1
        counts[size] += entry.data_file.file_size_in_bytes
