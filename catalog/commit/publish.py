"""Write, audit, publish: readers of ``main`` never see rows that no suite has passed.

A candidate is one commit that makes the branch ``audit_<run>`` and a snapshot on it. Publishing fast-forwards ``main``
to it and drops the branch, in one commit, and only where ``main`` is still what the candidate follows. A refused
candidate keeps its branch, with a retention, for inspection.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from catalog.commit.marks import INGEST_MARK
from catalog.commit.retries import commit_retried
from catalog.errors import CompactedError, MovedError
from catalog.lake import HISTORY
from catalog.schema.table_spec import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyiceberg.table import Table
    from pyiceberg.table.update import TableRequirement, TableUpdate

    from catalog.commit.arrow_files import WrittenFile
    from catalog.lake import Lake
    from catalog.read.snapshot_reader import RowsOfFile
    from catalog.schema.table_spec import TableSpec

AUDIT = "audit_"
"""How the names of audit branches begin; the run's id follows."""
_MAIN = "main"
_REFUSED_RETENTION_MS = 7 * DAY_MS
_CHANGES_NO_ROWS = "replace"


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
class Changes:
    """What a candidate changes of a table.

    Attributes:
        files: data files to add.
        deletes: rows to delete.
        replaces: whether the files stand for all that the table holds; its history stays.
    """

    files: Sequence[WrittenFile] = ()
    deletes: Sequence[RowsOfFile] = ()
    replaces: bool = False


def audit_branch(run_id: str) -> str:
    """The branch that a run writes to."""
    return AUDIT + run_id


def run_summary(run_id: str, properties: Mapping[str, str]) -> dict[str, str]:
    """What a snapshot's summary says of the run that made it, under ``stedi.``."""
    return {f"stedi.{key}": value for key, value in {"run-id": run_id, **properties}.items()}


def write_candidate(
    lake: Lake, spec: TableSpec, base: int | None, changes: Changes, run_id: str, properties: Mapping[str, str]
) -> Candidate:
    """Commit changes to the run's audit branch of the table.

    Args:
        lake: the lake.
        spec: the table.
        base: the snapshot that the changes are of: what readers saw when they were computed.
        changes: the changes.
        run_id: the run.
        properties: kept in the snapshot's summary under ``stedi.``.

    Raises:
        MovedError: rows left the table's history since the lake was opened: the changes may hold some of them.
        RetryableError: the catalog or storage cannot be reached.
    """
    from catalog.commit.data_files import describe_files, write_deletes
    from catalog.commit.snapshot import NewSnapshot, commit_snapshot

    table = lake.known_table(spec)
    keep_bounds_out(table, spec)
    new = NewSnapshot(
        branch=audit_branch(run_id),
        base=base,
        added=describe_files(table, spec, changes.files),
        deletes=write_deletes(lake, table, changes.deletes) if changes.deletes else (),
        replaces=changes.replaces,
        summary=run_summary(run_id, properties),
        history=lake.history(spec),
        retention_ms=_REFUSED_RETENTION_MS,
    )
    return Candidate(spec, new.branch, commit_retried(lambda: commit_snapshot(lake.table(spec), new)))


def keep_bounds_out(table: Table, spec: TableSpec) -> None:
    """Whoever made the table: no manifest may hold bounds of its personal columns."""
    from catalog.commit.upkeep import missing_properties

    if missing := missing_properties(spec, table.properties):
        with table.transaction() as change:
            change.set_properties(missing)


def publish(lake: Lake, candidate: Candidate) -> None:
    """Make the candidate what readers see.

    Raises:
        MovedError: another writer published to the table meanwhile.
        CompactedError: the table's files were rewritten meanwhile.
        RetryableError: the catalog or storage cannot be reached.
    """
    _fast_forward(lake, candidate.spec, candidate.branch)


def publish_together(lake: Lake, candidates: Sequence[Candidate], run_id: str) -> None:
    """Publish candidates of several tables so that a crash in between is completed by the next run.

    The last table carries the mark that all were validated; it is published last, and the mark goes in that commit.

    Raises:
        MovedError: another writer published to a table meanwhile, or is publishing tables together: nothing is
            published; once marked, all is.
        CompactedError: likewise, where a table's files were rewritten.
        RetryableError: the catalog or storage cannot be reached.
    """
    for candidate in candidates:
        _refuse_moved(lake.table(candidate.spec), candidate.spec, candidate.branch)
    commit_retried(partial(_mark, lake, candidates[-1], INGEST_MARK + run_id))
    if moved := _roll_forward(lake, [candidate.spec for candidate in candidates], run_id):
        raise moved[0]  # what was made from the candidates is not of what readers see


def _mark(lake: Lake, marked: Candidate, mark: str) -> None:
    """Set the mark, in a commit that is taken only where nobody publishes, has published, or sets another meanwhile."""
    from pyiceberg.table.update import SetSnapshotRefUpdate

    from catalog.commit.unchanged import AssertUnchangedRefs

    table = lake.table(marked.spec)
    refs = table.metadata.refs
    if mark in refs or marked.branch not in refs:
        return  # an earlier attempt was taken, though its answer was lost
    if any(name.startswith(INGEST_MARK) for name in refs):
        raise MovedError("another run is publishing what it ingested, or died while it did. Run again")
    _refuse_moved(table, marked.spec, marked.branch)
    tag = SetSnapshotRefUpdate.model_validate({"ref-name": mark, "type": "tag", "snapshot-id": marked.snapshot_id})
    unchanged: Any = AssertUnchangedRefs.of(table.metadata)
    table._do_commit((tag,), (unchanged,))  # noqa: SLF001 - pyiceberg's own asserts only that there is no such tag


def is_marked(lake: Lake, spec: TableSpec, run_id: str) -> bool:
    """Whether the run is publishing tables together, this one last: their branches stay until all are published."""
    return INGEST_MARK + run_id in lake.table(spec).metadata.refs


def complete_interrupted(lake: Lake, specs: Sequence[TableSpec]) -> list[str]:
    """Finish what a killed ``publish_together`` over these tables left; the run ids completed."""
    refs = lake.table(specs[-1]).metadata.refs
    runs = [name.removeprefix(INGEST_MARK) for name in refs if name.startswith(INGEST_MARK)]
    for run_id in runs:
        _roll_forward(lake, specs, run_id)
        commit_retried(partial(_drop_mark, lake, specs[-1], INGEST_MARK + run_id))
    return runs


def _drop_mark(lake: Lake, spec: TableSpec, mark: str) -> None:
    """Remove a mark that no publication took with it, as its branch was gone."""
    table = lake.table(spec)
    if mark in table.metadata.refs:
        table.manage_snapshots().remove_tag(mark).commit()


def discard(lake: Lake, run_id: str, specs: Iterable[TableSpec]) -> None:
    """Drop what the run wrote to these tables and did not publish: nobody will look at it; it may be personal data."""
    branch = audit_branch(run_id)

    def drop(spec: TableSpec) -> None:
        table = lake.table(spec)
        if branch in table.metadata.refs:
            table.manage_snapshots().remove_branch(branch).commit()

    for spec in specs:
        commit_retried(partial(drop, spec))


def _roll_forward(lake: Lake, specs: Sequence[TableSpec], run_id: str) -> list[MovedError | CompactedError]:
    """Publish what is left of the run, on top of what other writers published meanwhile; what these did."""
    branch, mark = audit_branch(run_id), INGEST_MARK + run_id
    moved: list[MovedError | CompactedError] = []
    for spec in specs:
        of_last = mark if spec == specs[-1] else None
        try:
            _fast_forward(lake, spec, branch, of_last)
        except (MovedError, CompactedError) as error:
            moved.append(error)
            commit_retried(partial(_put_on_top, lake, spec, branch))
            _fast_forward(lake, spec, branch, of_last)
    return moved


def _put_on_top(lake: Lake, spec: TableSpec, branch: str) -> None:
    """Let the branch's head, which only appends, follow what readers see now."""
    from pyiceberg.manifest import ManifestEntryStatus
    from pyiceberg.table.snapshots import Operation

    from catalog.commit.snapshot import NewSnapshot, commit_snapshot

    table = lake.table(spec)
    if branch not in table.metadata.refs:
        return  # whoever found the mark has published it
    head = table.snapshot_by_id(table.metadata.refs[branch].snapshot_id)
    if head is None or head.summary is None or head.summary.operation is not Operation.APPEND:
        _refuse_moved(table, spec, branch)
        return
    entries = [
        entry
        for manifest in head.manifests(table.io)
        if manifest.added_snapshot_id == head.snapshot_id
        for entry in manifest.fetch_manifest_entry(table.io)
        if entry.status is ManifestEntryStatus.ADDED
    ]
    summary = {key: value for key, value in head.summary.additional_properties.items() if key.startswith("stedi.")}
    new = NewSnapshot(
        branch=branch,
        head=head.snapshot_id,
        base=table.metadata.current_snapshot_id,
        added=[entry.data_file for entry in entries],
        summary=summary,
        history=table.properties.get(HISTORY),
        retention_ms=_REFUSED_RETENTION_MS,
    )
    commit_snapshot(table, new)


def _fast_forward(lake: Lake, spec: TableSpec, branch: str, mark: str | None = None) -> None:
    def commit() -> None:
        table = lake.table(spec)
        if branch not in table.metadata.refs:
            return  # an earlier attempt was taken, though its answer was lost
        _refuse_moved(table, spec, branch)
        table._do_commit(*_forward(table, branch, mark))  # noqa: SLF001 - a transaction would set a ref that moved

    commit_retried(commit)


def _forward(
    table: Table, branch: str, mark: str | None
) -> tuple[tuple[TableUpdate, ...], tuple[TableRequirement, ...]]:
    """The updates of one commit, which the catalog takes only where both branches are still what they are here."""
    from pyiceberg.table.update import (
        AssertRefSnapshotId,
        AssertTableUUID,
        RemoveSnapshotRefUpdate,
        SetSnapshotRefUpdate,
    )

    refs = table.metadata.refs
    head, main = refs[branch].snapshot_id, refs.get(_MAIN)
    kept = main.model_dump(by_alias=True, exclude_none=True) if main else {"type": "branch"}
    gone = [branch, mark] if mark is not None and mark in refs else [branch]
    updates: tuple[TableUpdate, ...] = (
        SetSnapshotRefUpdate.model_validate(kept | {"ref-name": _MAIN, "snapshot-id": head}),
        *(RemoveSnapshotRefUpdate.model_validate({"ref-name": name}) for name in gone),
    )
    asserted = {_MAIN: main.snapshot_id if main else None, branch: head}
    requirements: tuple[TableRequirement, ...] = (
        AssertTableUUID(uuid=table.metadata.table_uuid),
        *(AssertRefSnapshotId.model_validate({"ref": ref, "snapshot-id": at}) for ref, at in asserted.items()),
    )
    return updates, requirements


def _refuse_moved(table: Table, spec: TableSpec, branch: str) -> None:
    """Refuse where ``main`` is no ancestor of the branch."""
    ancestors = set(_ancestors(table, table.metadata.refs[branch].snapshot_id))
    main = table.metadata.refs.get(_MAIN)
    if main is None or main.snapshot_id in ancestors:
        return
    since = []
    for snapshot_id in _ancestors(table, main.snapshot_id):
        if snapshot_id in ancestors:
            break
        snapshot = table.snapshot_by_id(snapshot_id)
        since.append(snapshot.summary.operation.value if snapshot and snapshot.summary else "")
    if all(operation == _CHANGES_NO_ROWS for operation in since):
        raise CompactedError(f"the files of {spec.identifier} were rewritten meanwhile, and no rows changed. Run again")
    raise MovedError(
        f"{spec.identifier} was published by another writer meanwhile; branch {branch} holds this run's rows. Run again"
    )


def _ancestors(table: Table, snapshot_id: int | None) -> Iterable[int]:
    """The snapshot and those before it, as far as they are there."""
    while snapshot_id is not None and (snapshot := table.snapshot_by_id(snapshot_id)) is not None:
        yield snapshot_id
        snapshot_id = snapshot.parent_snapshot_id
