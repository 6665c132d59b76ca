"""What runs that died left on audit branches: rows that nobody will look at, perhaps of people who have left since."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from catalog.commit.publish import AUDIT, discard
from catalog.specs import TABLES
from catalog.specs.quality import VALIDATION_RESULT

if TYPE_CHECKING:
    from catalog.lake import Lake
    from catalog.schema.table_spec import TableSpec


def drop_leftovers(lake: Lake) -> list[str]:
    """Drop the audit branches of runs that died; their run ids. What a suite refused is kept for inspection.

    Call it under the writer's lock, and after interrupted ingests were finished. Without a lock nobody can tell a run
    that died from one that is at work: branches then go when their retention ends.
    """
    if lake.profile.lock_folder is None:
        return []
    found: dict[str, list[TableSpec]] = defaultdict(list)
    for spec in TABLES.values():
        for name in lake.known_table(spec).metadata.refs:
            if name.startswith(AUDIT):
                found[name.removeprefix(AUDIT)].append(spec)
    dead = sorted(found.keys() - _refused(lake, found)) if found else []
    for run_id in dead:
        discard(lake, run_id, found[run_id])
    return dead


def _refused(lake: Lake, runs: dict[str, list[TableSpec]]) -> set[str]:
    """Those of the runs of which a verdict that refused a table is recorded."""
    verdicts = lake.table(VALIDATION_RESULT)
    if verdicts.current_snapshot() is None:
        return set()
    rows = verdicts.scan(row_filter="success = false", selected_fields=("runId",)).to_arrow()
    return {str(run_id) for run_id in rows["runId"].to_pylist()} & runs.keys()
