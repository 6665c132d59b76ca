"""How tables are: whether maintenance is due, by the metadata of what readers see now."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.history.changes import SAME_ROWS_AS, summary_of
from catalog.lake import open_lake
from catalog.maintenance.compaction import plan_compaction
from catalog.maintenance.expiry import Ages, needed_snapshots, plan_expiry
from catalog.schema.table_spec import DAY_MS
from catalog.specs import TABLES

if TYPE_CHECKING:
    from collections.abc import Collection

    from pyiceberg.manifest import ManifestFile
    from pyiceberg.table import Table

    from catalog.profiles.profile import Profile
    from catalog.schema.table_spec import TableSpec


@dataclass(frozen=True)
class Thresholds:
    """From which numbers on a table should be maintained.

    Attributes:
        small_files: files that compaction would write anew.
        delete_files: files that say which rows are deleted.
        manifests: files that a reader opens before any row.
        expired_snapshots: snapshots that are older than the table's retention.
        metadata_bytes: of what a reader opens before any row.
    """

    small_files: int = 50
    delete_files: int = 20
    manifests: int = 40
    expired_snapshots: int = 1
    metadata_bytes: int = 8_000_000


THRESHOLDS = Thresholds()


@dataclass(frozen=True)
class TableHealth:
    """How a table is.

    Attributes:
        table: its identifier.
        data_files: of the published snapshot.
        small_files: files that compaction would write anew; None: not counted, as all files are few or manifests many.
        delete_files: files that say which of their rows are deleted.
        manifests: of the published snapshot.
        snapshots: that the table has.
        expired_snapshots: those that its policy lets go.
        metadata_bytes: of its metadata file and manifests, as a reader reads them.
        maintained_ms: when it was last compacted, as far as snapshots tell, epoch ms UTC; None: never.
    """

    table: str
    data_files: int
    small_files: int | None
    delete_files: int
    manifests: int
    snapshots: int
    expired_snapshots: int
    metadata_bytes: int
    maintained_ms: int | None

    @property
    def due(self) -> tuple[str, ...]:
        """The thresholds that are reached, by name."""
        return tuple(name for name, least in vars(THRESHOLDS).items() if (getattr(self, name) or 0) >= least)


def lake_health(profile: Profile) -> list[TableHealth]:
    """How every table is, in the order of the specs; few files of each are read, however large it is."""
    lake = open_lake(profile)
    tables = {identifier: lake.table(spec) for identifier, spec in TABLES.items()}
    needed = needed_snapshots({name: table.metadata for name, table in tables.items()})
    return [_health(table, TABLES[name], needed[name]) for name, table in tables.items()]


def _health(table: Table, spec: TableSpec, needed: Collection[int]) -> TableHealth:
    from pyiceberg.manifest import ManifestContent

    metadata, snapshot = table.metadata, table.current_snapshot()
    manifests = [] if snapshot is None else snapshot.manifests(table.io)
    live = [each for each in manifests if _files(each)]
    deletes = [each for each in live if each.content is not ManifestContent.DATA]
    files = sum(map(_files, live)) - sum(map(_files, deletes))
    unreached = spec.maintenance.orphan_hours * DAY_MS // 24
    ages = Ages(time.time_ns() // 1_000_000, spec.retention_days * DAY_MS, unreached)
    looked = files >= THRESHOLDS.small_files and len(live) < THRESHOLDS.manifests
    return TableHealth(
        spec.identifier,
        files,
        len(plan_compaction(table, spec).files) if looked else None,
        sum(map(_files, deletes)),
        len(live),
        len(metadata.snapshots),
        len(plan_expiry(metadata, spec, needed, ages).snapshots),
        len(table.io.new_input(table.metadata_location)) + sum(each.manifest_length for each in manifests),
        max((each.timestamp_ms for each in metadata.snapshots if SAME_ROWS_AS in summary_of(each)), default=None),
    )


def _files(manifest: ManifestFile) -> int:
    return (manifest.added_files_count or 0) + (manifest.existing_files_count or 0)
