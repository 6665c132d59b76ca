"""The snapshots that a run reads: one of every table, fixed when the run begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from catalog.specs import TABLES
from jobs.ingest_landing import WRITES
from jobs.lineage import jobs_in_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.commit.publish import Candidate
    from catalog.lake import Lake
    from catalog.schema.table_spec import TableSpec


class Snapshots(Mapping[str, int | None]):
    """Snapshot ids by identifier of the table; None: the table has none yet. Never changes."""

    def __init__(self, ids: Mapping[str, int | None]) -> None:
        self._ids = dict(ids)

    def __getitem__(self, identifier: str) -> int | None:
        """The table's snapshot."""
        return self._ids[identifier]

    def __iter__(self) -> Iterator[str]:
        """The tables' identifiers."""
        return iter(self._ids)

    def __len__(self) -> int:
        """The number of tables."""
        return len(self._ids)

    def of(self, spec: TableSpec) -> int | None:
        """The table's snapshot."""
        return self._ids[spec.identifier]

    def with_snapshot(self, identifier: str, snapshot_id: int) -> Snapshots:
        """The same, with this snapshot of the table."""
        return Snapshots(self._ids | {identifier: snapshot_id})

    def with_candidates(self, *candidates: Candidate) -> Snapshots:
        """The same, with these candidates in place of what readers see of their tables."""
        return Snapshots(self._ids | {each.spec.identifier: each.snapshot_id for each in candidates})


def published_snapshots(lake: Lake) -> Snapshots:
    """What readers of the lake see now.

    Tables come before what they are made from, the ledger before the landing tables: where another run publishes
    meanwhile, a table may lack what is in its inputs, but its inputs never lack what is in the table already.
    """
    upstream_first = [*(spec.identifier for spec in WRITES), *(job.writes for job in jobs_in_order())]
    others = TABLES.keys() - set(upstream_first)
    found = {
        name: lake.table(TABLES[name]).metadata.current_snapshot_id for name in (*others, *reversed(upstream_first))
    }
    return Snapshots({name: found[name] for name in TABLES})
