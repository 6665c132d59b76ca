"""The history of a table: what was published, when, by which run, and under which names it can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.commit.marks import ROLLED_BACK_TO
from catalog.history.changes import DELETED_IN, MODE
from catalog.history.time_travel import open_table, publications, utc
from catalog.read.row_count import count_rows

if TYPE_CHECKING:
    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot

    from catalog.profiles.profile import Profile
    from catalog.schema.table_spec import TableSpec


@dataclass(frozen=True)
class Entry:
    """One publication of a table.

    Attributes:
        published: when readers first saw it, YYYY-MM-DD HH:MM:SS.mmm UTC.
        snapshot: its id.
        operation: append, overwrite, delete or replace, as Iceberg names them; ``delete and append`` where a run did
            both; ``rollback`` where one made it.
        rows: rows of the table then.
        run: the run that published it; None: something else than a run.
        refs: branches and tags that point at it.
        rolled_back_to: for a rollback, the snapshot whose rows it publishes.
    """

    published: str
    snapshot: int
    operation: str
    rows: int
    run: str | None
    refs: tuple[str, ...]
    rolled_back_to: int | None


def table_history(profile: Profile, spec: TableSpec, limit: int | None = None) -> list[Entry]:
    """What was published in the table, newest first.

    Args:
        profile: the lake.
        spec: the table.
        limit: at most so many entries; all where None.

    Raises:
        UsageError: there is no lake.
        DamagedLakeError: the lake misses the table.
    """
    table = open_table(profile, spec)
    newest_first = publications(table)[::-1][:limit]
    snapshots = {snapshot.snapshot_id: snapshot for snapshot in table.metadata.snapshots}
    return [_entry(table, snapshots[publication.snapshot_id], publication.published_ms) for publication in newest_first]


def _entry(table: Table, snapshot: Snapshot, published_ms: int) -> Entry:
    summary = snapshot.summary.additional_properties if snapshot.summary else {}
    operation = snapshot.summary.operation.value if snapshot.summary else "unknown"
    rolled_back_to = summary.get(ROLLED_BACK_TO)
    if rolled_back_to:
        operation = "rollback"
    elif DELETED_IN in summary or (summary.get(MODE) == "incremental" and operation == "overwrite"):
        operation = "delete and append"
    return Entry(
        utc(published_ms),
        snapshot.snapshot_id,
        operation,
        count_rows(table, snapshot.snapshot_id),
        summary.get("stedi.run-id"),
        tuple(sorted(name for name, ref in table.metadata.refs.items() if ref.snapshot_id == snapshot.snapshot_id)),
        int(rolled_back_to) if rolled_back_to else None,
    )
