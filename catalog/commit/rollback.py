"""Publishing an earlier snapshot again: its files, under a new snapshot, in one commit; history stays as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.commit.marks import NOW, ROLLED_BACK_TO
from catalog.commit.publish import run_summary
from catalog.commit.retries import commit_retried
from catalog.errors import RetryableError, StediError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalog.lake import Lake
    from catalog.schema.table_spec import TableSpec


def publish_again(
    lake: Lake, spec: TableSpec, snapshot_id: int, run_id: str, properties: Mapping[str, str], seen: int | None
) -> int:
    """Publish the rows of an earlier snapshot of the table.

    Nothing is copied: the new snapshot follows the earlier one, adds no file to it, and ``main`` is set to it. The
    caller has validated the rows and holds the writer lock.

    Args:
        lake: the lake.
        spec: the table.
        snapshot_id: the earlier snapshot.
        run_id: the run that rolls back.
        properties: kept in the new snapshot's summary under ``stedi.``.
        seen: the snapshot that readers see now.

    Returns:
        The id of the new snapshot.

    Raises:
        MovedError: another writer published meanwhile.
        RetryableError: the commit failed; the table is as it was.
    """
    from catalog.commit.snapshot import NewSnapshot, commit_snapshot

    new = NewSnapshot(
        branch=NOW,
        head=seen,
        base=snapshot_id,
        summary=run_summary(run_id, properties) | {ROLLED_BACK_TO: str(snapshot_id)},
        history=lake.history(spec),
    )
    try:
        return commit_retried(lambda: commit_snapshot(lake.table(spec), new))
    except StediError:
        raise
    except Exception as error:
        raise RetryableError(f"{spec.identifier} could not be rolled back and is as it was. Run again") from error
