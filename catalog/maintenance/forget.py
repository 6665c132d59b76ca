"""Rows leave a table's history, and the files that held them are deleted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from catalog.maintenance.deletion import Deletion, delete_unreachable
from catalog.rewrite.history import HistoryChange, Rewritten, rewrite_history
from catalog.storage.reachable import reachable_files

if TYPE_CHECKING:
    from catalog.lake import Lake
    from catalog.rewrite.row_change import DataFiles
    from catalog.schema.table_spec import TableSpec

_HOUR_MS = 3_600_000


def forget_rows(
    lake: Lake, spec: TableSpec, reader: DataFiles, change: HistoryChange
) -> tuple[Rewritten, list[Deletion]]:
    """Rewrite a table's history, then delete what it names no more, with every version, and what nothing ever named.

    Where others may commit, files that are younger than the table's policy says of orphans may be theirs, and stay.

    Raises:
        DamagedLakeError: as of ``delete_unreachable``.
        RetryableError: the catalog or storage cannot be reached, or something could not be deleted.
    """
    before = reachable_files(lake.table(spec))
    done = rewrite_history(lake, spec, reader, change)
    now_ms = time.time_ns() // 1_000_000 + 1
    alone = lake.profile.lock_folder is not None
    orphans_before = now_ms if alone else now_ms - spec.maintenance.orphan_hours * _HOUR_MS
    return done, delete_unreachable(lake, spec, before, orphans_before, versions_before_ms=now_ms)
