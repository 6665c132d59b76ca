"""Publishing an earlier snapshot again: its files, under a new snapshot, in one commit; history stays as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.errors import RetryableError
from catalog.history import ROLLED_BACK_TO
from catalog.moment import NOW
from catalog.publish import audit_branch, run_summary
from catalog.tables import iceberg_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

    from catalog.spec import TableSpec


def publish_again(
    spark: SparkSession, spec: TableSpec, snapshot_id: int, run_id: str, properties: Mapping[str, str]
) -> int:
    """Publish the rows of an earlier snapshot of the table.

    Nothing is copied: the new snapshot follows the earlier one, adds no file to it, and ``main`` is set to it. The
    caller has validated the rows and holds the writer lock.

    Args:
        spark: the session.
        spec: the table.
        snapshot_id: the earlier snapshot.
        run_id: the run that rolls back.
        properties: kept in the new snapshot's summary under ``stedi.``.

    Returns:
        The id of the new snapshot.

    Raises:
        RetryableError: the commit failed; the table is as it was.
    """
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    branch = audit_branch(run_id)
    summary = run_summary(run_id, properties) | {ROLLED_BACK_TO: str(snapshot_id)}
    table = iceberg_table(spark, spec)
    try:
        commit = table.newTransaction()
        commit.manageSnapshots().createBranch(branch, snapshot_id).commit()
        follow = commit.newFastAppend().toBranch(branch)
        for key, value in summary.items():
            follow = follow.set(key, value)
        follow.commit()
        commit.manageSnapshots().replaceBranch(NOW, branch).removeBranch(branch).commit()
        commit.commitTransaction()
    except (Py4JJavaError, PySparkException) as error:
        raise RetryableError(f"{spec.identifier} could not be rolled back and is as it was. Run again") from error
    table.refresh()
    return int(table.currentSnapshot().snapshotId())
