"""A lake's time never goes back, whatever the clock does.

Iceberg's Java readers, Spark, Trino and Athena among them, refuse a table whose log goes back by more than a minute,
and time travel finds nothing in one that does. pyiceberg writes it all the same. So what is committed while a clock is
behind the table is dated a millisecond after what is there.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyiceberg.catalog import Catalog
    from pyiceberg.table.metadata import TableMetadata

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def keep_order(catalog: Catalog) -> Catalog:
    """Let every commit through this catalog date what it adds after what is there."""
    stage = getattr(catalog, "_update_and_stage_table", None)
    if stage is None:
        return catalog

    def staged(current: Any, *arguments: Any) -> Any:
        made = stage(current, *arguments)
        if current is not None:
            made.metadata = in_order(current.metadata, made.metadata)
        return made

    setattr(catalog, "_update_and_stage_table", staged)  # noqa: B010 - a method of its class, to mypy
    return catalog


def in_order(before: TableMetadata, after: TableMetadata) -> TableMetadata:
    """A table's new metadata, in which nothing that was added is older than what was there."""
    floor = max([before.last_updated_ms, *(entry.timestamp_ms for entry in before.snapshot_log)])
    known = {snapshot.snapshot_id for snapshot in before.snapshots}
    logged = [entry for entry in after.snapshot_log if entry not in before.snapshot_log]
    added = [snapshot for snapshot in after.snapshots if snapshot.snapshot_id not in known]
    dated = [after.last_updated_ms, *(each.timestamp_ms for each in logged), *(each.timestamp_ms for each in added)]
    if min(dated) >= floor:
        return after
    later = {"timestamp_ms": floor + 1}
    return after.model_copy(
        update={
            "last_updated_ms": floor + 1,
            "snapshots": [each.model_copy(update=later) if each in added else each for each in after.snapshots],
            "snapshot_log": [each.model_copy(update=later) if each in logged else each for each in after.snapshot_log],
        }
    )


def not_before(now: datetime, others_ms: Iterable[int]) -> datetime:
    """The instant, or where a clock was set back the first one after these (epoch ms UTC)."""
    return max([now, *(_EPOCH + timedelta(milliseconds=each + 1) for each in others_ms)])
