"""What a run does about those before it that died: their work is completed or dropped, and what they left is swept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from catalog.commit.leftovers import drop_leftovers
from catalog.history.changes import origin_of
from catalog.history.time_travel import open_table
from catalog.plural import counted
from catalog.profiles.writer_lock import interrupted_before
from catalog.specs import TABLES
from catalog.specs.quality import VALIDATION_RESULT
from jobs.run.audit import Audit, revalidate
from jobs.run.ingest import finish_interrupted_ingest

if TYPE_CHECKING:
    from catalog.lake import Lake
    from jobs.run.context import RunContext
    from jobs.run.pipeline import RunResult


def recover(lake: Lake, *, sweeps: bool = True) -> list[str]:
    """Complete what runs that died had begun to publish, drop and delete the rest; what was done, in words.

    Call it under the writer's lock.

    Args:
        lake: the lake.
        sweeps: whether to delete files that nothing holds.

    Raises:
        DamagedLakeError: a table misses files.
        RetryableError: the catalog or storage cannot be reached.
    """
    from catalog.maintenance.sweep import sweep

    notes = [f"completed interrupted ingest {run}" for run in finish_interrupted_ingest(lake)]
    notes += [f"dropped what run {run} left" for run in drop_leftovers(lake)]
    since = interrupted_before(lake.profile) if sweeps else None
    if since is not None and (files := sweep(lake, since)):
        notes.append(f"deleted {counted(files, 'file')} of a writer that died")
    return notes


def with_missing_verdicts(context: RunContext, result: RunResult) -> RunResult:
    """Validate what a run published that died before it recorded why; also what that published is told apart by it."""
    if result.refusal is not None or interrupted_before(context.lake.profile) is None:
        return result
    judged = {verdict.table for verdict in result.verdicts}
    missing = [name for name in TABLES if name not in judged and _lacks_verdict(context.lake, name, result)]
    if not missing:
        return result
    again = revalidate(context, Audit(tuple(missing), {name: at for name, at in result.snapshots.items() if at}))
    return replace(result, verdicts=[*result.verdicts, *again.verdicts], refusal=again.refusal)


def _lacks_verdict(lake: Lake, name: str, result: RunResult) -> bool:
    snapshot = result.snapshots[name]
    if snapshot is None or name == VALIDATION_RESULT.identifier:
        return False
    same = {snapshot, origin_of(lake.known_table(TABLES[name]).metadata, snapshot)}
    judged = f"tableName = '{name}' and snapshotId in ({', '.join(map(str, same))})"
    verdicts = open_table(lake.profile, VALIDATION_RESULT)
    return not verdicts.scan(row_filter=judged, selected_fields=("runId",), limit=1).to_arrow().num_rows
