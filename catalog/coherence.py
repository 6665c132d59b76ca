"""Whether tables stem from the same run: a run that dies between tables leaves some of them behind the others.

Run ids do not tell, as a run leaves a table alone that nothing new concerns. Each snapshot says from which snapshots of
its inputs it was made; where an input has moved on since, by more than compaction, or is itself behind, the table is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from catalog.changes import INPUTS
from catalog.moment import INGEST_MARK
from catalog.specs import TABLES
from catalog.specs.landing import QUARANTINE
from catalog.status import load_catalog, load_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pyiceberg.table import Table
    from pyiceberg.table.metadata import TableMetadata

    from catalog.profile import Profile

_CHANGES_NO_ROWS = "replace"


@dataclass
class Coherence:
    """Looks tables up as they are at one moment; each is looked at once.

    Attributes:
        metadata: the metadata of a table, by identifier.
        current: the snapshot of a table that readers see at that moment, by identifier; None: it has none.
        matters: whether what is made from a table depends on the rows that a snapshot of it added.
    """

    metadata: Callable[[str], TableMetadata]
    current: Callable[[str], int | None]
    matters: Callable[[str, int], bool] = lambda _identifier, _snapshot_id: True
    _behind: dict[str, str | None] = field(default_factory=dict)

    def notes(self, identifiers: Iterable[str]) -> list[str]:
        """What to say of these tables to who reads them: nothing where each is made from what its inputs hold."""
        behind = {name: cause for name in identifiers if (cause := self.behind(name))}
        if not behind:
            return []
        told = ", ".join(f"{name} (older than the current {cause})" for name, cause in behind.items())
        why = "because a run did not finish or updated some tables only"
        return [f"tables come from different runs, {why}: {told}; next: stedi run"]

    def behind(self, identifier: str) -> str | None:
        """The table upstream that moved on after this one was made; None where none did, or nobody can tell."""
        if identifier not in self._behind:
            self._behind[identifier] = None
            self._behind[identifier] = self._look(identifier)
        return self._behind[identifier]

    def _look(self, identifier: str) -> str | None:
        for name, seen in self._inputs(identifier).items():
            if cause := self.behind(name):
                return cause
            if not self._same_rows(name, seen, self.current(name)):
                return name
        return None

    def _inputs(self, identifier: str) -> Mapping[str, int | None]:
        """From which snapshots the table's rows were made; nothing where no run of ours made them."""
        snapshot_id = self.current(identifier)
        while (
            snapshot_id is not None and (snapshot := self.metadata(identifier).snapshot_by_id(snapshot_id)) is not None
        ):
            summary = snapshot.summary
            if summary is not None and INPUTS in summary.additional_properties:
                inputs: dict[str, int | None] = json.loads(summary.additional_properties[INPUTS])
                return inputs
            if summary is None or summary.operation.value != _CHANGES_NO_ROWS:
                return {}
            snapshot_id = snapshot.parent_snapshot_id
        return {}

    def _same_rows(self, identifier: str, seen: int | None, now: int | None) -> bool:
        while now != seen:
            snapshot = self.metadata(identifier).snapshot_by_id(now) if now is not None else None
            if snapshot is None or snapshot.summary is None:
                return False
            if snapshot.summary.operation.value != _CHANGES_NO_ROWS and self.matters(identifier, snapshot.snapshot_id):
                return False
            now = snapshot.parent_snapshot_id
        return True


def concerns_people(table_of: Callable[[str], Table]) -> Callable[[str, int], bool]:
    """Whether rows that a snapshot added matter: of refused records, only those that name people concern any consent.

    A file that does not say how many of its values are null is taken to have some.
    """

    def matters(identifier: str, snapshot_id: int) -> bool:
        if identifier != QUARANTINE.identifier:
            return True
        from pyiceberg.manifest import ManifestEntryStatus

        table = table_of(identifier)
        snapshot, field_id = table.snapshot_by_id(snapshot_id), table.schema().find_field("people").field_id
        for manifest in snapshot.manifests(table.io) if snapshot is not None else ():
            if manifest.added_snapshot_id != snapshot_id:
                continue
            for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=False):
                counts = (entry.data_file.value_counts or {}).get(field_id)
                if entry.status is not ManifestEntryStatus.ADDED or counts is None:
                    return True
                if counts != (entry.data_file.null_value_counts or {}).get(field_id):
                    return True
        return False

    return matters


def notes_on(tables: Mapping[str, Table], snapshots: Mapping[str, int] | None = None) -> list[str]:
    """What to say of a lake's tables to who reads them.

    Args:
        tables: every table of the lake, by identifier.
        snapshots: the snapshots that are read, of those tables that had one; None: what is published now.
    """
    interrupted = any(ref.startswith(INGEST_MARK) for table in tables.values() for ref in table.metadata.refs)
    now = {name: table.metadata.current_snapshot_id for name, table in tables.items()}
    ids: Mapping[str, int | None] = now if snapshots is None else snapshots
    # A table that nothing is in yet is not among them, though others are made from it.
    known = Coherence(lambda name: tables[name].metadata, ids.get, concerns_people(tables.__getitem__))
    notes = ["an ingest is partly published; next: stedi run"] if interrupted and snapshots is None else []
    return notes + known.notes(name for name in tables if name in ids)


def lake_notes(profile: Profile) -> list[str]:
    """What to say of a lake's tables as they are published now."""
    catalog = load_catalog(profile)
    return notes_on({identifier: load_table(profile, spec, catalog) for identifier, spec in TABLES.items()})
