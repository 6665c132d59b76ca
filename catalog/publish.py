"""Write, audit, publish: readers of ``main`` never see what a suite has not let through.

A candidate is written to the branch ``audit_<run>``. Publishing fast-forwards ``main`` to it and drops the branch, in
one commit; Iceberg refuses where ``main`` has moved meanwhile. A refused candidate keeps its branch, with a retention,
for inspection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from catalog.aws_errors import told
from catalog.changes import DELETED_IN
from catalog.errors import MovedError
from catalog.moment import INGEST_MARK
from catalog.position_deletes import delete_positions
from catalog.spec import DAY_MS
from catalog.tables import iceberg_table, qualified
from catalog.upkeep import missing_properties

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyspark.sql import DataFrame, SparkSession

    from catalog.profile import Profile
    from catalog.snapshot_reader import RowsOfFile
    from catalog.spec import TableSpec

WriteMode = Literal["append", "replace"]
_MAIN = "main"
_REFUSED_RETENTION_MS = 7 * DAY_MS


@dataclass(frozen=True)
class Candidate:
    """Rows written for a table and not yet published.

    Attributes:
        spec: the table.
        branch: the branch that holds them.
        snapshot_id: the head of that branch.
    """

    spec: TableSpec
    branch: str
    snapshot_id: int


@dataclass(frozen=True)
class Draft:
    """A branch of a table that a candidate is being written to.

    Attributes:
        spec: the table.
        branch: the branch.
        table: Iceberg's own table.
        summary: what the summary of the snapshot that is to follow says.
    """

    spec: TableSpec
    branch: str
    table: Any
    summary: Mapping[str, str]

    def candidate(self) -> Candidate:
        """The candidate, once it is committed."""
        self.table.refresh()
        return Candidate(self.spec, self.branch, self.table.snapshot(self.branch).snapshotId())


@dataclass(frozen=True)
class Deletion:
    """Rows to delete of the published table.

    Attributes:
        profile: the lake.
        rows: where they are.
    """

    profile: Profile
    rows: Sequence[RowsOfFile]


def audit_branch(run_id: str) -> str:
    """The branch that a run writes to."""
    return f"audit_{run_id}"


def run_summary(run_id: str, properties: Mapping[str, str]) -> dict[str, str]:
    """What a snapshot's summary says of the run that made it, under ``stedi.``."""
    return {f"stedi.{key}": value for key, value in {"run-id": run_id, **properties}.items()}


def open_branch(
    spark: SparkSession, spec: TableSpec, run_id: str, properties: Mapping[str, str], delete: Deletion | None
) -> Draft:
    """Make the run's audit branch of the table, and take away the rows to delete."""
    table, branch = iceberg_table(spark, spec), audit_branch(run_id)
    _keep_bounds_out(table, spec)
    table.manageSnapshots().createBranch(branch).setMaxRefAgeMs(branch, _REFUSED_RETENTION_MS).commit()
    summary = run_summary(run_id, properties)
    if delete is not None and delete.rows:
        summary[DELETED_IN] = str(delete_positions(spark, delete.profile, spec, branch, delete.rows))
        table.refresh()
    return Draft(spec, branch, table, summary)


def _keep_bounds_out(table: Any, spec: TableSpec) -> None:
    """Whoever made the table: no manifest may hold bounds of its personal columns."""
    if missing := missing_properties(spec, dict(table.properties())):
        update = table.updateProperties()
        for key, value in missing.items():
            update.set(key, value)
        update.commit()
        table.refresh()


def write_candidate(
    spark: SparkSession,
    spec: TableSpec,
    rows: DataFrame,
    run_id: str,
    mode: WriteMode,
    properties: Mapping[str, str],
    delete: Deletion | None = None,
) -> Candidate:
    """Write rows to the run's audit branch of the table.

    Args:
        spark: the session.
        spec: the table.
        rows: a DataFrame with the table's columns.
        run_id: the run.
        mode: ``append`` adds to what is published, ``replace`` stands for all of it (history stays).
        properties: kept in the snapshot's summary under ``stedi.``.
        delete: rows to take away before the others are written.
    """
    from pyspark.sql import functions as sf

    draft = open_branch(spark, spec, run_id, properties, delete)
    writer = rows.select(*spec.column_names).writeTo(f"{qualified(spec)}.branch_{draft.branch}")
    # Spark forgets that computed columns are never null; a null in a required column fails the write all the same.
    writer = writer.option("check-nullability", "false")
    for key, value in draft.summary.items():
        writer = writer.option(f"snapshot-property.{key}", value)
    if mode == "append":
        writer.append()
    else:
        writer.overwrite(sf.lit(True))
    return draft.candidate()


def publish(spark: SparkSession, candidate: Candidate) -> None:
    """Make the candidate what readers see.

    Raises:
        MovedError: another writer published to the table meanwhile.
        RetryableError: the catalog or storage cannot be reached.
    """
    _fast_forward(spark, candidate.spec, candidate.branch)


def publish_together(spark: SparkSession, candidates: Sequence[Candidate], run_id: str) -> None:
    """Publish candidates of several tables so that a crash in between is completed by the next run.

    The last table carries the mark that all were validated; it is published last, and the mark goes in that commit.
    """
    marked = candidates[-1]
    iceberg_table(spark, marked.spec).manageSnapshots().createTag(INGEST_MARK + run_id, marked.snapshot_id).commit()
    _roll_forward(spark, [candidate.spec for candidate in candidates], run_id)


def complete_interrupted(spark: SparkSession, specs: Sequence[TableSpec]) -> list[str]:
    """Finish what a killed ``publish_together`` over these tables left; the run ids completed."""
    refs = dict(iceberg_table(spark, specs[-1]).refs())
    runs = [name.removeprefix(INGEST_MARK) for name in refs if name.startswith(INGEST_MARK)]
    for run_id in runs:
        _roll_forward(spark, specs, run_id)
    return runs


def discard(spark: SparkSession, run_id: str, specs: Iterable[TableSpec]) -> None:
    """Drop what the run wrote to these tables and did not publish: nobody will look at it; it may be personal data."""
    for spec in specs:
        table = iceberg_table(spark, spec)
        if audit_branch(run_id) in dict(table.refs()):
            table.manageSnapshots().removeBranch(audit_branch(run_id)).commit()


def _roll_forward(spark: SparkSession, specs: Sequence[TableSpec], run_id: str) -> None:
    for spec in specs:
        if audit_branch(run_id) in dict(iceberg_table(spark, spec).refs()):
            _fast_forward(spark, spec, audit_branch(run_id), mark=INGEST_MARK + run_id if spec == specs[-1] else None)


def _fast_forward(spark: SparkSession, spec: TableSpec, branch: str, mark: str | None = None) -> None:
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    try:
        changes = iceberg_table(spark, spec).manageSnapshots().fastForwardBranch(_MAIN, branch).removeBranch(branch)
        if mark is not None:
            changes = changes.removeTag(mark)
        changes.commit()
    except (Py4JJavaError, PySparkException) as error:
        known = told(error)
        if known is None:
            raise  # nobody knows whether the table has moved
        if not isinstance(known, MovedError):
            raise known from error
        raise MovedError(
            f"{spec.identifier} was published by another writer meanwhile; branch {branch} holds this run's rows. "
            "Run again"
        ) from error
