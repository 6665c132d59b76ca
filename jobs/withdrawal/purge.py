"""Rows of withdrawn people leave old snapshots and files before their deadline; what readers see now stays."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from catalog.history.withdrawn import SHARED
from catalog.maintenance.forget import forget_rows
from catalog.rewrite.history import HistoryChange, touched_files
from catalog.rewrite.row_change import DataFiles, RowChange
from jobs.withdrawal.consents import Consents
from jobs.withdrawal.deadlines import chain_of
from jobs.withdrawal.keys import unknown_pseudonyms

if TYPE_CHECKING:
    from collections.abc import Collection

    from catalog.lake import Lake
    from catalog.schema.table_spec import TableSpec

MAINTENANCE = "maintenance"
"""What ``stedi.rewritten-by`` says in snapshots that lost withdrawn rows."""


@dataclass(frozen=True)
class Purged:
    """Rows of withdrawn people in a table's files.

    Attributes:
        table: ``zone.table``.
        rows: how many are removed.
        behind: whether readers still see some of them, so that nothing was removed: a run has to come first.
        unknown: pseudonyms that the key did not make: whether these people withdrew, nobody can tell.
    """

    table: str
    rows: int
    behind: bool = False
    unknown: int = 0

    @property
    def removes(self) -> bool:
        """Whether there is anything to remove, and it may go."""
        return bool(self.rows) and not self.behind


def purge_withdrawn(
    lake: Lake, key: bytes, specs: Collection[TableSpec], *, days: int | None = None, do: bool = True
) -> list[Purged]:
    """Remove from history the rows whose withdrawal would miss its deadline if they waited for the next maintenance.

    Args:
        lake: the lake; the caller holds the writer's lock.
        key: of the pseudonyms.
        specs: the tables.
        days: remove what was withdrawn so many days ago; None: at the last maintenance before the deadline.
        do: whether to remove them, or only to count.

    Raises:
        RetryableError: the catalog or storage cannot be reached; it goes on the next time.
    """
    chain = chain_of(lake.profile)
    waits = max(0, chain.deadline - chain.maintenance - (chain.noncurrent or 0)) if days is None else days
    until = datetime.now(UTC) - timedelta(days=waits)
    done = []
    with closing(DataFiles(lake)) as reader:
        due = _due(Consents(lake.profile, reader, key), reader, until)
        if not reader.fetch(f"FROM {due} LIMIT 1"):
            return []
        for spec, subject in SHARED.values():
            if spec not in specs:
                continue
            unknown = unknown_pseudonyms(reader, key) if subject.kind == "pseudonym" else 0
            change = _change(spec, subject.kind, subject.column, due)
            _, touched = touched_files(lake, spec, reader, change)
            rows, behind = sum(len(each.removed) for each in touched), False
            if rows:
                live = reader.relation(spec, lake.table(spec).metadata.current_snapshot_id)
                behind = bool(reader.fetch(f"SELECT 1 FROM {live} r WHERE {change.removed} LIMIT 1"))
                if do and not behind:
                    forget_rows(lake, spec, reader, HistoryChange(change, MAINTENANCE))
            if rows or unknown:
                done.append(Purged(spec.identifier, rows, behind, unknown))
    return done


def _due(consents: Consents, reader: DataFiles, until: datetime) -> str:
    """The relation of ends of consent that arrived by then, with what is agreed today."""
    return reader.create_temp_table(
        "withdrawals_due",
        f"""SELECT p.person, p.pseudonym, l.before, l.since AS until, p.since
        FROM {consents.losses} l JOIN {consents.people} p USING (person)
        WHERE epoch_us(l.arrived) <= {int(until.timestamp() * 1_000_000)}""",
    )


def _change(spec: TableSpec, kind: str, column: str, due: str) -> RowChange:
    """Rows that an end of consent took away, and that no later consent gave back."""
    key = "pseudonym" if kind == "pseudonym" else "person"
    lost = "w.since IS NULL"
    if spec.instant is not None:
        instant = f'r."{spec.instant}"'
        lost = (
            f"w.before <= {instant} AND (w.until IS NULL OR w.until > {instant}) "
            f"AND (w.since IS NULL OR w.since > {instant})"
        )
    return RowChange(f'EXISTS (SELECT 1 FROM {due} w WHERE w.{key} = r."{column}" AND {lost})')
