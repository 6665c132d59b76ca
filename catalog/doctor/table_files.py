"""Every file that a table's snapshots need, looked at: there, as long and as many rows as recorded, and undamaged."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from catalog.errors import DamagedFileError, DamagedLakeError
from catalog.machine.aws_errors import classify_error
from catalog.plural import counted
from catalog.storage.checksums import ON_THIS_MACHINE, checksum_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyiceberg.manifest import DataFile, ManifestFile
    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot


@dataclass
class TableFiles:
    """What was found of a table's files.

    Attributes:
        table: the table.
        damaged: why each damaged file is one, by location.
        needed: ids of the snapshots that need each file, by location; not of the manifest lists, one a snapshot.
        unsummed: data files of this machine whose checksum is not recorded.
    """

    table: Table
    damaged: dict[str, str] = field(default_factory=dict)
    needed: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    unsummed: int = 0
    _files: dict[str, DataFile] = field(default_factory=dict)
    _named: dict[str, list[str]] = field(default_factory=dict)

    def check(self) -> None:
        """Read everything; what cannot be read is noted, and the rest is read all the same."""
        for snapshot in self.table.metadata.snapshots:
            with self._noted(snapshot):
                self._read_snapshot(snapshot)
        for file in self._files.values():
            with self._noted():
                self._check_file(file)

    def needs(self, location: str) -> str:
        """Which snapshots need a file, in words."""
        snapshots = self.needed[location]
        refs = sorted(name for name, ref in self.table.metadata.refs.items() if ref.snapshot_id in snapshots)
        current = self.table.metadata.current_snapshot_id in snapshots
        named = ", ".join(["what readers see now"] * current + [name for name in refs if name != "main"])
        return f"{counted(len(snapshots), 'snapshot')} {'needs' if len(snapshots) == 1 else 'need'} it" + (
            f", among them {named}" if named else ""
        )

    @contextmanager
    def _noted(self, snapshot: Snapshot | None = None) -> Iterator[None]:
        try:
            yield
        except DamagedFileError as error:
            self.damaged[error.location] = str(error).removeprefix(error.location).strip()
            if snapshot is not None:
                self.needed[error.location].add(snapshot.snapshot_id)

    def _read_snapshot(self, snapshot: Snapshot) -> None:
        for manifest in snapshot.manifests(self.table.io):
            self.needed[manifest.manifest_path].add(snapshot.snapshot_id)
            if manifest.manifest_path in self.damaged:
                continue
            with self._noted(snapshot):
                for location in self._read_manifest(manifest):
                    self.needed[location].add(snapshot.snapshot_id)

    def _read_manifest(self, manifest: ManifestFile) -> list[str]:
        """Locations of the files that a manifest names."""
        path = manifest.manifest_path
        if path not in self._named:
            entries = manifest.fetch_manifest_entry(self.table.io, discard_deleted=True)
            self._files |= {entry.data_file.file_path: entry.data_file for entry in entries}
            self._named[path] = [entry.data_file.file_path for entry in entries]
        return self._named[path]

    def _check_file(self, recorded: DataFile) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        location = recorded.file_path
        file = self.table.io.new_input(location)
        stream: Any
        try:
            with file.open() as stream:  # which verifies what checksum its name has
                if len(file) != recorded.file_size_in_bytes:
                    raise DamagedFileError.of(location, f"has {len(file):,} bytes, not {recorded.file_size_in_bytes:,}")
                opened = parquet.ParquetFile(stream, page_checksum_verification=True)
                rows = opened.metadata.num_rows
                here = location.startswith(ON_THIS_MACHINE)
                if not here or checksum_in(location) is None:
                    self.unsummed += here
                    rows = sum(batch.num_rows for batch in opened.iter_batches())
        except (pa.ArrowException, OSError) as error:
            known = classify_error(error)
            if isinstance(error, DamagedFileError):
                raise
            if known is not None and not isinstance(known, DamagedLakeError):
                raise known from error  # the network, or rights: which says nothing of the file
            raise DamagedFileError.of(location, "is damaged: Parquet's own checks fail") from error
        if rows != recorded.record_count:
            raise DamagedFileError.of(location, f"has {rows:,} rows, and {recorded.record_count:,} are recorded")
