"""What ``stedi doctor --deep`` looks at in the lake: every file of its tables, and what one place says of another.

Nothing is deleted but what the next run would delete at sight. What is damaged is only ever replaced by the very bytes
that were written, which a backup may hold.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from catalog.commit.leftovers import drop_leftovers
from catalog.commit.publish import AUDIT
from catalog.doctor.beside import beside_faults
from catalog.doctor.faults import Fault
from catalog.doctor.machine import Finding
from catalog.doctor.mend import mending
from catalog.doctor.table_files import TableFiles
from catalog.errors import DamagedFileError, DamagedLakeError
from catalog.history.changes import watermarks_of
from catalog.lake import Lake, load_catalog
from catalog.maintenance.deletion import list_files, unreachable
from catalog.plural import counted
from catalog.profiles.profile import LocalProfile
from catalog.schema.table_spec import DAY_MS
from catalog.specs import TABLES
from catalog.storage.reachable import formerly_reachable, reachable_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyiceberg.table import Table

    from catalog.backup.manifest import Backup
    from catalog.profiles.profile import Profile
    from catalog.schema.table_spec import TableSpec

_RESTORE = "restore a backup, or: stedi doctor --deep --repair --from BACKUP"


def deep_findings(profile: Profile, *, repair: bool = False, backup: Backup | None = None) -> list[Finding]:
    """Look at everything; call it under the writer's lock to repair.

    Args:
        profile: the lake.
        repair: do what is safe.
        backup: where to take files from that are missing or damaged.

    Raises:
        UsageError: there is no lake.
        DamagedLakeError: the lake's catalog is lost, or it is another place's.
    """
    catalog = _catalog_faults(profile)
    if catalog:
        return [fault.finding(repair=repair) for fault in catalog]
    lake = Lake(profile, load_catalog(profile))
    tables, findings = dict[str, "Table"](), [Finding("catalog", "ok", profile.place)]
    for identifier, spec in TABLES.items():
        faults, said = list[Fault](), ""
        try:
            tables[identifier] = lake.table(spec)
            said, faults = _table(profile, spec, tables[identifier], backup)
        except DamagedFileError as error:
            why = f"{error}; all of the table needs it"
            mend = mending(profile, identifier, error.location, backup)
            faults = [Fault(identifier, "damaged", why, _RESTORE, mend, error.location)]
        findings += [fault.finding(repair=repair) for fault in faults] or [Finding(identifier, "ok", said)]
    # Where something is damaged nothing can be told to be left over.
    whole = all(finding.state == "ok" for finding in findings)
    left_over = [fault for name in tables if whole for fault in _left_over(lake, TABLES[name], tables[name])]
    others = [*left_over, *_marks_faults(tables), *_branches_faults(lake, tables), *beside_faults(profile)]
    return findings + [fault.finding(repair=repair) for fault in others]


def _catalog_faults(profile: Profile) -> list[Fault]:
    """What is wrong with a catalog in a file; Glue's is AWS's to keep."""
    if isinstance(profile, LocalProfile) and profile.catalog_file.exists():
        try:
            with closing(sqlite3.connect(f"{profile.catalog_file.as_uri()}?mode=ro", uri=True)) as connection:
                wrong = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        except sqlite3.DatabaseError as error:
            wrong = [str(error)]
        if wrong:
            how = f"move {profile.catalog_file} elsewhere, then: stedi restore --catalog {profile.options}"
            return [Fault("catalog", "damaged", f"{profile.catalog_file}: {wrong[0]}", how)]
    profile.must_exist()
    known = profile.metadata_locations()
    how = f"stedi restore --catalog {profile.options}, or where it never was: stedi init {profile.options}"
    return [Fault(each, "damaged", "the catalog lacks it", how) for each in TABLES if each not in known]


def _table(profile: Profile, spec: TableSpec, table: Table, backup: Backup | None) -> tuple[str, list[Fault]]:
    """What is said of a table that is whole, and what is wrong with it."""
    files = TableFiles(table)
    files.check()
    faults = [
        Fault(
            spec.identifier,
            "damaged",
            f"{location} {why}; {files.needs(location)}",
            _RESTORE,
            mending(profile, spec.identifier, location, backup),
            location,
        )
        for location, why in files.damaged.items()
    ]
    said = f"{counted(len(files.needed), 'file')} of {counted(len(table.metadata.snapshots), 'snapshot')} are whole"
    if files.unsummed and isinstance(profile, LocalProfile):
        said += f"; {counted(files.unsummed, 'data file')} of other writers or earlier versions without a checksum"
    return said, faults


def _left_over(lake: Lake, spec: TableSpec, table: Table) -> Iterator[Fault]:
    before = time.time_ns() // 1_000_000 - spec.maintenance.orphan_hours * DAY_MS // 24
    listing = list_files(lake, spec)
    try:
        found = unreachable(listing, {}, reachable_files(table), partial(formerly_reachable, table), before)
    except DamagedLakeError as error:
        what = f"earlier metadata cannot be read: {error}"
        yield Fault(spec.identifier, "left over", what, "leave it: nobody reads the table by it")
        return
    if found:
        size = sum(each.file.size for each in found)
        what = f"{counted(len(found), 'file')}, {size:,} bytes, that no snapshot reaches"
        yield Fault(spec.identifier, "left over", what, f"stedi maintain --yes {lake.profile.options}")


def _marks_faults(tables: Mapping[str, Table]) -> Iterator[Fault]:
    """Tables whose next increment begins from a snapshot that is not there."""
    for identifier, table in tables.items():
        for name, seen in sorted(watermarks_of(table.metadata, table.metadata.current_snapshot_id)):
            if name in tables and tables[name].snapshot_by_id(seen) is None:
                what = f"it was made from snapshot {seen} of {name}, which is not there"
                yield Fault(identifier, "left over", what, "leave it: the next run makes the table from scratch")


def _branches_faults(lake: Lake, tables: Mapping[str, Table]) -> Iterator[Fault]:
    """Audit branches; a run's that died goes, and one that a suite refused stays for inspection."""
    refs = {name for table in tables.values() for name in table.metadata.refs}
    found = {name for name in refs if name.startswith(AUDIT)}
    if found and lake.profile.lock_folder is not None:
        yield Fault(
            "audit branches",
            "left over",
            f"of {counted(len(found), 'run')}",
            "leave them: the next run drops those of runs that died",
            lambda: f"{counted(len(drop_leftovers(lake)), 'run')} had died, what a suite refused is kept",
        )
