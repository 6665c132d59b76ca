"""A lake with a past: runs, deletes by position, partitions, tags; and what it holds at every moment."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.backup.make import make_backup
from catalog.backup.manifest import Backup, open_backup
from catalog.backup.replay import clear_restored_mark
from catalog.backup.restore import restore
from catalog.backup.store import backup_store
from catalog.history.tags import tag_lake
from catalog.lake import open_lake
from catalog.profiles.profile import LocalProfile, local_profile
from catalog.specs import TABLES
from catalog.storage.files import storage_of
from catalog.storage.reachable import FileKind, reachable_files
from catalog.training.content_hash import content_hash
from jobs.cli.output import Output, OutputFormat
from jobs.demo import deliveries
from jobs.run.lake import LakeOptions, run_lake

if TYPE_CHECKING:
    from pathlib import Path

    from pyiceberg.table import Table

    from catalog.profiles.profile import Profile
    from jobs.run.lake import ReportedRun

CUSTOMERS = "trusted.customer_trusted"


@dataclass(frozen=True)
class Lived:
    """A lake, its drop folder, and a backup of it."""

    profile: LocalProfile
    drop: Path
    named: str

    def backup(self) -> Backup:
        return open_backup(backup_store(self.profile, self.named), self.named)


def live(folder: Path) -> Lived:
    """Two deliveries, between which people withdraw and agree, each tagged; and a backup."""
    profile, drop, scenario = local_profile(folder / "lake"), folder / "drop", deliveries.demo_scenario(40, 2)
    deliveries.write_first(drop, scenario)
    run(profile, drop)
    tag_lake(profile, "first", 30)
    deliveries.write_second(drop, scenario)
    run(profile, drop)
    tag_lake(profile, "second", 30)
    storage_of(profile).write(f"{profile.privacy}/certificates/0001.json", b"{}")
    make_backup(profile, backup_store(profile, str(folder / "backup")))
    return Lived(profile, drop, str(folder / "backup"))


def run(profile: Profile, drop: Path) -> ReportedRun:
    options = LakeOptions(profile, 10, create=True, engine="embedded")
    return run_lake(options, Output(OutputFormat.JSON), drop, None)


def deliver_more(drop: Path) -> None:
    """One more customer record: the name of somebody who is known already, changed."""
    file = next((drop / "customer" / "landing").glob("customer-second.json"))
    record = json.loads(file.read_text().splitlines()[1])
    record |= {"customerName": "Somebody Else", "lastUpdateDate": record["lastUpdateDate"] + 1}
    (file.parent / "customer-third.json").write_text(json.dumps(record))


def restored(backup: Backup, profile: Profile) -> None:
    """A lake of the backup, which answers."""
    restore(backup, profile)
    clear_restored_mark(profile)


def contents(profile: Profile, *, rows: bool = True) -> dict[str, Any]:
    """Of every table: rows at every snapshot, as a hash; snapshots, times and summaries; and what points at them."""
    lake, found = open_lake(profile), dict[str, Any]()
    for identifier, spec in TABLES.items():
        table = lake.table(spec)
        metadata = table.metadata
        found[identifier] = {
            "rows": {each.snapshot_id: _hash(table, each.snapshot_id) for each in metadata.snapshots} if rows else {},
            "snapshots": [(s.snapshot_id, s.parent_snapshot_id, s.timestamp_ms) for s in metadata.snapshots],
            "summaries": [each.summary.additional_properties if each.summary else {} for each in metadata.snapshots],
            "refs": {name: ref.model_dump() for name, ref in metadata.refs.items()},
            "log": [entry.model_dump() for entry in metadata.snapshot_log],
            "schema": table.schema().model_dump(),
        }
    return found


def _hash(table: Table, snapshot_id: int) -> str:
    return content_hash(table.scan(snapshot_id=snapshot_id).to_arrow())


def rows_now(profile: Profile, *without: str) -> dict[str, str]:
    """What readers see of every table but some columns of the moment."""
    lake, found = open_lake(profile), {}
    for identifier, spec in TABLES.items():
        rows = lake.table(spec).scan().to_arrow()
        found[identifier] = content_hash(rows.drop_columns([name for name in without if name in rows.column_names]))
    return found


def files_by_kind(profile: LocalProfile) -> dict[FileKind, list[str]]:
    """Where all files are that tables reach."""
    found: dict[FileKind, list[str]] = {kind: [] for kind in FileKind}
    for spec in TABLES.values():
        for location, kind in reachable_files(open_lake(profile).table(spec)).items():
            found[kind].append(location)
    return found


def bytes_of(folder: Path) -> dict[str, str]:
    """SHA-256 of every file in a folder."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
