"""Where rows of people who do not agree are still stored: in files that any snapshot keeps, deleted rows among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.history.time_travel import open_table
from catalog.history.withdrawn import SHARED
from catalog.read.parquet_sql import path_of
from catalog.storage.reachable import data_files_by_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from catalog.profiles.profile import Profile
    from catalog.read.snapshot_reader import SnapshotReader
    from catalog.schema.table_spec import TableSpec
    from jobs.withdrawal.consents import Consents

    _Withdrawal = tuple[str | None, datetime | None, str, int, list[str]]
    """Pseudonym, arrival, reason, rows and files."""

_REASON = """CASE WHEN l.suspended THEN 'suspended' WHEN l.since IS NULL THEN 'withdrawn' ELSE 'begins later' END"""


@dataclass(frozen=True)
class HeldRows:
    """What a table's files hold of a person's withdrawal.

    Attributes:
        pseudonym: the person's; None: nobody knows whose rows they are.
        arrived: when the record arrived that ended the consent, or let it begin later, UTC; None with the pseudonym.
        reason: withdrawn, suspended (a refused record did), begins later, or never agreed.
        table: the table's identifier.
        rows: rows in files, those that are deleted by position among them.
        files: how many files hold them.
        snapshots: how many snapshots keep these files.
        refs: the branches and tags whose snapshots do.
    """

    pseudonym: str | None
    arrived: datetime | None
    reason: str
    table: str
    rows: int
    files: int
    snapshots: int
    refs: tuple[str, ...]


def held_rows(reader: SnapshotReader, spec: TableSpec, locations: list[str], consents: Consents) -> str:
    """SQL of the rows of data files that today's consents do not allow: filename, file_row_number, person, instant.

    The person is null where nobody in landing has that name: a person who was erased there alone, or a pseudonym that
    another key made.
    """
    subject = SHARED[spec.identifier][1]
    key = "pseudonym" if subject.kind == "pseudonym" else "person"
    instant = f'r."{spec.instant}"' if spec.instant else "NULL::BIGINT"
    return f"""
        SELECT r.filename, r.file_row_number, p.person, {instant} AS instant
        FROM {reader.stored_rows(spec, locations)} LEFT JOIN {consents.people} p ON p.{key} = r."{subject.column}"
        WHERE p.since IS NULL OR {instant} < p.since"""


def find_held(profile: Profile, reader: SnapshotReader, consents: Consents) -> Iterator[HeldRows]:
    """What each table of people's rows still holds, by withdrawal.

    Raises:
        OSError: a manifest cannot be read: what it names is not known.
    """
    for spec, _ in SHARED.values():
        table = open_table(profile, spec)
        by_snapshot = data_files_by_snapshot(table)
        locations = sorted(set().union(*by_snapshot.values()))
        if locations:
            refs = {name: ref.snapshot_id for name, ref in table.metadata.refs.items()}
            found = _by_withdrawal(reader, spec, locations, consents)
            yield from _placed(spec, found, by_snapshot, refs)


def _by_withdrawal(
    reader: SnapshotReader, spec: TableSpec, locations: list[str], consents: Consents
) -> list[_Withdrawal]:
    """A row's withdrawal is the last that took it away; of what no record explains, the person's first arrival."""
    return reader.fetch(
        f"""
        WITH held AS ({held_rows(reader, spec, locations, consents)}),
        dated AS (
            SELECT h.filename, h.file_row_number, h.person, max(l.arrived) AS arrived,
                arg_max({_REASON}, l.arrived) AS reason
            FROM held h LEFT JOIN {consents.losses} l
            ON l.person = h.person
            AND coalesce(l.before <= h.instant, true) AND (l.since IS NULL OR l.since > h.instant)
            GROUP BY h.filename, h.file_row_number, h.person
        )
        SELECT p.pseudonym, coalesce(d.arrived, p.first) AS arrived, coalesce(d.reason, 'never agreed'), count(*),
            list(DISTINCT d.filename)
        FROM dated d LEFT JOIN {consents.people} p USING (person)
        GROUP BY ALL ORDER BY 2, 1"""
    )


def _placed(
    spec: TableSpec, found: list[_Withdrawal], by_snapshot: Mapping[int, frozenset[str]], refs: Mapping[str, int]
) -> Iterator[HeldRows]:
    """What was found, with the snapshots, branches and tags that keep it."""
    kept = {snapshot: {path_of(file) for file in files} for snapshot, files in by_snapshot.items()}
    for name, arrived, reason, rows, files in found:
        snapshots = {snapshot for snapshot, paths in kept.items() if not paths.isdisjoint(files)}
        keeping = sorted(ref for ref, snapshot in refs.items() if snapshot in snapshots)
        yield HeldRows(name, arrived, reason, spec.identifier, rows, len(files), len(snapshots), tuple(keeping))
