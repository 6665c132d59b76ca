"""Whether tables stem from the same run: a run that dies between tables leaves some of them behind the others.

Run ids do not tell, as a run leaves a table alone that nothing new concerns. Each snapshot says from which snapshots of
its inputs it was made; where an input has moved on since, by more than compaction, or is itself behind, the table is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from catalog.commit.marks import INGEST_MARK
from catalog.history.changes import adds_values, changes_rows, history_of, inputs_of
from catalog.lake import load_catalog, load_table
from catalog.profiles.writer_lock import interrupted_since
from catalog.specs import TABLES
from catalog.specs.landing import QUARANTINE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pyiceberg.table import Table
    from pyiceberg.table.metadata import TableMetadata

    from catalog.profiles.profile import Profile


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
        return {} if snapshot_id is None else inputs_of(self.metadata(identifier), snapshot_id)

    def _same_rows(self, identifier: str, seen: int | None, now: int | None) -> bool:
        if now is None or now == seen:
            return now == seen
        for snapshot in history_of(self.metadata(identifier), now):
            if snapshot.snapshot_id == seen:
                return True
            if changes_rows(snapshot) and self.matters(identifier, snapshot.snapshot_id):
                return False
            now = snapshot.parent_snapshot_id
        return now == seen


def concerns_people(table_of: Callable[[str], Table]) -> Callable[[str, int], bool]:
    """Whether rows that a snapshot added matter: of refused records, only those that name people concern consent."""

    def matters(identifier: str, snapshot_id: int) -> bool:
        if identifier != QUARANTINE.identifier:
            return True
        table = table_of(identifier)
        snapshot = table.snapshot_by_id(snapshot_id)
        return snapshot is not None and adds_values(table, snapshot, "people")

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
    catalog, since = load_catalog(profile), interrupted_since(profile)
    notes = notes_on({identifier: load_table(profile, spec, catalog) for identifier, spec in TABLES.items()})
    if since is None or notes:
        return notes
    began = f"{datetime.fromtimestamp(since / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
    return [f"a command that began at {began} did not finish, perhaps before it recorded verdicts; next: stedi run"]
