"""Which files a table's metadata reaches, each kind of them: all else under its folder is nobody's."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def reachable_files(table: Table, snapshots: Iterable[Snapshot] | None = None) -> dict[str, FileKind]:
    """Every file that the table's metadata names, by location.

    Args:
        table: the table, as it is in the catalog.
        snapshots: these of its snapshots; None: all.

    Raises:
        OSError: a manifest or manifest list cannot be read: what it names is not known, so nothing may be deleted.
    """
    from pyiceberg.manifest import DataFileContent, ManifestEntryStatus

    metadata = table.metadata
    found = {table.metadata_location: FileKind.METADATA}
    found |= {entry.metadata_file: FileKind.METADATA_LOG for entry in metadata.metadata_log}
    found |= {file.statistics_path: FileKind.STATISTICS for file in metadata.statistics}
    found |= {file.statistics_path: FileKind.STATISTICS for file in metadata.partition_statistics}
    for snapshot in metadata.snapshots if snapshots is None else snapshots:
        found[snapshot.manifest_list] = FileKind.MANIFEST_LIST
        for manifest in snapshot.manifests(table.io):
            if manifest.manifest_path in found:
                continue
            found[manifest.manifest_path] = FileKind.MANIFEST
            for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=False):
                if entry.status is not ManifestEntryStatus.DELETED:
                    is_data = entry.data_file.content is DataFileContent.DATA
                    found[entry.data_file.file_path] = FileKind.DATA if is_data else FileKind.DELETES
    return found


def data_files_by_snapshot(table: Table) -> dict[int, frozenset[str]]:
    """Locations of the data files that each of the table's snapshots keeps, whatever rows of them are deleted.

    Raises:
        OSError: as of ``reachable_files``.
    """
    from pyiceberg.manifest import ManifestContent

    known: dict[str, frozenset[str]] = {}
    found = {}
    for snapshot in table.metadata.snapshots:
        manifests = [each for each in snapshot.manifests(table.io) if each.content is ManifestContent.DATA]
        for manifest in manifests:
            if manifest.manifest_path not in known:
                entries = manifest.fetch_manifest_entry(table.io, discard_deleted=True)
                known[manifest.manifest_path] = frozenset(entry.data_file.file_path for entry in entries)
        found[snapshot.snapshot_id] = frozenset[str]().union(*(known[each.manifest_path] for each in manifests))
    return found
