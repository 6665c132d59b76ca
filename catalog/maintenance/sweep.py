"""What a writer that died left in tables' folders goes at once: nobody will look at it, and it may be personal data.

Under the writer's lock nobody else writes, so what no branch, tag or history holds of that time is the dead writer's.
Elsewhere runs go on side by side, and ``stedi maintain`` deletes by age.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from catalog.maintenance.deletion import delete_unreachable, list_files
from catalog.maintenance.expiry import Ages, expire, needed_snapshots, plan_expiry
from catalog.specs import TABLES
from catalog.storage.reachable import ReadManifests, reachable_files

if TYPE_CHECKING:
    from pyiceberg.table.metadata import TableMetadata

    from catalog.lake import Lake
    from catalog.maintenance.expiry import Expiry
    from catalog.schema.table_spec import TableSpec

_EVER_MS = 1 << 60


def sweep(lake: Lake, since_ms: int) -> int:
    """Delete the files that were written since a moment and that nothing holds; how many.

    Call it under the writer's lock, when branches of dead runs were dropped.

    Args:
        lake: the lake.
        since_ms: when the dead writer began, epoch ms UTC.

    Raises:
        DamagedLakeError: a table misses files: nothing of it was deleted.
        RetryableError: the catalog cannot be reached, or files are still there.
    """
    metadata = {name: lake.table(spec).metadata for name, spec in TABLES.items()}
    needed = needed_snapshots(metadata)
    return sum(_sweep(lake, spec, needed[name], since_ms) for name, spec in TABLES.items())


def _sweep(lake: Lake, spec: TableSpec, needed: set[int], since_ms: int) -> int:
    recent = [file for file in list_files(lake, spec) if file.modified_ms >= since_ms]
    if not recent:
        return 0
    now_ms, read = time.time_ns() // 1_000_000, ReadManifests()
    before = reachable_files(lake.table(spec), read=read)

    def let_go(metadata: TableMetadata) -> Expiry:
        # Only what readers never saw, and no branch holds; everything else is for maintenance to say.
        found = plan_expiry(metadata, spec, needed, Ages(now_ms, _EVER_MS, -_EVER_MS))
        return replace(found, refs=frozenset())

    if gone := let_go(lake.table(spec).metadata):
        expire(lake, spec, gone, let_go)
    return len(delete_unreachable(lake, spec, before, now_ms + _EVER_MS, recent, read))
