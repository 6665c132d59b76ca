"""Which files a table's metadata reaches, each kind of them: all else under its folder is nobody's."""

from __future__ import annotations

from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyiceberg.io import FileIO
    from pyiceberg.manifest import ManifestFile
    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot


class FileKind(StrEnum):
    """What a table's file is."""

    METADATA = "metadata"
    METADATA_LOG = "metadata log"
    STATISTICS = "statistics"
    MANIFEST_LIST = "manifest list"
    MANIFEST = "manifest"
    DATA = "data"
    DELETES = "deletes"


class ReadManifests:
    """What manifests name, by their locations: they never change, and snapshots share most of them."""

    def __init__(self) -> None:
        self._named: dict[str, dict[str, FileKind]] = {}

    def files(self, io: FileIO, manifest: ManifestFile) -> dict[str, FileKind]:
        """The files that a manifest names and does not say to be gone."""
        from pyiceberg.manifest import DataFileContent

        if manifest.manifest_path not in self._named:
            self._named[manifest.manifest_path] = {
                entry.data_file.file_path: FileKind.DATA
                if entry.data_file.content is DataFileContent.DATA
                else FileKind.DELETES
                for entry in manifest.fetch_manifest_entry(io, discard_deleted=True)
            }
        return self._named[manifest.manifest_path]


def reachable_files(
    table: Table, snapshots: Iterable[Snapshot] | None = None, read: ReadManifests | None = None
) -> dict[str, FileKind]:
    """Every file that the table's metadata names, by location.

    Args:
        table: the table, as it is in the catalog.
        snapshots: these of its snapshots; None: all.
        read: what was read of manifests before.

    Raises:
        OSError: a manifest or manifest list cannot be read: what it names is not known, so nothing may be deleted.
    """
    read, metadata = read or ReadManifests(), table.metadata
    found = {entry.metadata_file: FileKind.METADATA_LOG for entry in metadata.metadata_log}
    found[table.metadata_location] = FileKind.METADATA
    found |= {file.statistics_path: FileKind.STATISTICS for file in metadata.statistics}
    found |= {file.statistics_path: FileKind.STATISTICS for file in metadata.partition_statistics}
    for snapshot in metadata.snapshots if snapshots is None else snapshots:
        found |= _files_of(table.io, snapshot, read)
    return found


def formerly_reachable(table: Table, read: ReadManifests | None = None) -> dict[str, FileKind]:
    """What snapshots reached that the table has no more and its earlier metadata files had.

    They tell what a deletion that was interrupted has left. Manifests go last, so what they name is still known.
    """
    from pyiceberg.serializers import FromInputFile

    read, found = read or ReadManifests(), dict[str, FileKind]()
    known = {snapshot.snapshot_id for snapshot in table.metadata.snapshots}
    for entry in table.metadata.metadata_log:
        with suppress(FileNotFoundError):
            metadata = FromInputFile.table_metadata(table.io.new_input(entry.metadata_file))
            for snapshot in metadata.snapshots:
                if snapshot.snapshot_id not in known:
                    known.add(snapshot.snapshot_id)
                    found |= _files_left(table.io, snapshot, read)
    return found


def _files_of(io: FileIO, snapshot: Snapshot, read: ReadManifests) -> dict[str, FileKind]:
    found = {snapshot.manifest_list: FileKind.MANIFEST_LIST}
    for manifest in snapshot.manifests(io):
        found[manifest.manifest_path] = FileKind.MANIFEST
        found |= read.files(io, manifest)
    return found


def _files_left(io: FileIO, snapshot: Snapshot, read: ReadManifests) -> dict[str, FileKind]:
    """The same of a snapshot whose files may be gone in part."""
    found = {snapshot.manifest_list: FileKind.MANIFEST_LIST}
    with suppress(FileNotFoundError):
        for manifest in snapshot.manifests(io):
            found[manifest.manifest_path] = FileKind.MANIFEST
            with suppress(FileNotFoundError):
                found |= read.files(io, manifest)
    return found


def data_files_by_snapshot(table: Table) -> dict[int, frozenset[str]]:
    """Locations of the data files that each of the table's snapshots keeps, whatever rows of them are deleted.

    Raises:
        OSError: as of ``reachable_files``.
    """
    read = ReadManifests()
    return {
        snapshot.snapshot_id: frozenset(
            location
            for manifest in snapshot.manifests(table.io)
            for location, kind in read.files(table.io, manifest).items()
            if kind is FileKind.DATA
        )
        for snapshot in table.metadata.snapshots
    }
