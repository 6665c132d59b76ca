"""Rows of older snapshots whose people do not agree now: withheld from time travel for as long as snapshots hold them.

What is published now is never withheld, and neither is landing, which is not shared with research. Whether somebody
agrees is told by what is published now (docs/meaning.md):

- Customers, and accelerometer readings: by today's customer_trusted, of readings with the instant of consent.
- Step trainer and training rows: by today's table itself, which must have the row as the same person's. A device may
  have been handed over, and a pseudonym is not told apart without its key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.errors import DataRefusedError
from catalog.history.time_travel import open_table
from catalog.plural import counted
from catalog.read.parquet_sql import quoted
from catalog.read.snapshot_reader import SnapshotReader
from catalog.schema.table_spec import Zone
from catalog.specs import TABLES
from catalog.specs.curated import CUSTOMER_CURATED
from catalog.specs.trusted import ACCELEROMETER_TRUSTED, CUSTOMER_TRUSTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from catalog.profiles.profile import Profile
    from catalog.schema.table_spec import Subject, TableSpec

    Published = Callable[[TableSpec], int | None]
    """The snapshot of a table that readers see now; None: it has none."""

SHARED: dict[str, tuple[TableSpec, Subject]] = {
    name: (spec, spec.subject) for name, spec in TABLES.items() if spec.subject and spec.zone is not Zone.LANDING
}
"""The tables of people's rows that are shared with research, by identifier, with whom their rows belong to."""
_TOLD_BY_CONSENT = {CUSTOMER_TRUSTED, CUSTOMER_CURATED, ACCELEROMETER_TRUSTED}


@dataclass(frozen=True)
class Withheld:
    """What a snapshot holds of people who do not agree now.

    Attributes:
        table: its identifier.
        snapshot: the snapshot.
        rows: rows.
        people: whose they are.
    """

    table: str
    snapshot: int
    rows: int
    people: int


def published_now(profile: Profile) -> Published:
    """The snapshots that readers of a lake see now."""

    def current(spec: TableSpec) -> int | None:
        return open_table(profile, spec).metadata.current_snapshot_id

    return current


def withdrawn_rows(reader: SnapshotReader, spec: TableSpec, snapshot_id: int, published: Published) -> str | None:
    """SQL of the rows of a snapshot whose people do not agree now, with the table's columns; None: there can be none.

    Files that today's snapshot reads likewise are not read.
    """
    now = published(spec)
    if spec.identifier not in SHARED or snapshot_id == now:
        return None
    if now is None:
        gone, come = reader.relation(spec, snapshot_id), reader.relation(spec, None)
    else:
        gone, come = reader.unshared(spec, snapshot_id, now)
    if not reader.fetch(f"SELECT 1 FROM {gone} LIMIT 1"):
        return None
    if spec in _TOLD_BY_CONSENT:
        since = "p.shareWithResearchAsOfDate"
        early = f' OR r."{spec.instant}" < {since}' if spec.instant else ""
        people = reader.relation(CUSTOMER_TRUSTED, published(CUSTOMER_TRUSTED))
        return f"SELECT r.* FROM {gone} r LEFT JOIN {people} p ON p.person = r.person WHERE {since} IS NULL{early}"
    same = quoted(dict.fromkeys((*spec.grain, SHARED[spec.identifier][1].column)))
    return f"SELECT r.* FROM {gone} r ANTI JOIN {come} c USING ({same})"


def find_withheld(profile: Profile, asked: Iterable[tuple[TableSpec, int]], published: Published) -> list[Withheld]:
    """What these snapshots hold of people who do not agree now; each is looked at once.

    Raises:
        StediError: nobody can tell.
    """
    older = [each for each in dict.fromkeys(asked) if each[0].identifier in SHARED and each[1] != published(each[0])]
    if not older:
        return []
    found = []
    with SnapshotReader(profile) as reader:
        for spec, snapshot_id in older:
            if rows := withdrawn_rows(reader, spec, snapshot_id, published):
                subject = SHARED[spec.identifier][1].column
                [(number, people)] = reader.fetch(f'SELECT count(*), count(DISTINCT "{subject}") FROM ({rows})')
                found.append(Withheld(spec.identifier, snapshot_id, number, people))
    return [each for each in found if each.rows]


def refuse_withdrawn(profile: Profile, asked: Iterable[tuple[TableSpec, int]], published: Published) -> None:
    """Refuse snapshots that still hold rows of people who do not agree now.

    Raises:
        DataRefusedError: one does.
    """
    if withheld := find_withheld(profile, asked, published):
        held = "; ".join(
            f"{each.table} at snapshot {each.snapshot} holds {counted(each.rows, 'row')} of "
            f"{counted(each.people, 'person', 'people')}"
            for each in withheld
        )
        raise DataRefusedError(
            f"{held}, and readers no longer get them: the people have withdrawn since, a refused record suspends their "
            "consent, or a device is no longer theirs; ask about now or a later moment, or, as the privacy officer, "
            "with --withdrawn"
        )
