"""Rows leave a table's whole history: each snapshot stays, under its id, time and tags, without them.

Nobody else's time travel changes, and whatever names a snapshot (what tables are made from, verdicts, tags) goes on to.
One commit lets the catalog point at the new metadata, which names no earlier metadata; files that nothing names any
more are deleted after that. Whoever dies in between leaves the table as it was, or as it is to be.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table.update import _apply_table_update

from catalog.commit.retries import commit_retried
from catalog.commit.upkeep import missing_properties
from catalog.lake import HISTORY
from catalog.rewrite.files import replace_data, replace_deletes
from catalog.rewrite.manifests import ManifestRewriter, TableEntries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyiceberg.manifest import DataFile
    from pyiceberg.table import Table
    from pyiceberg.table.metadata import TableMetadata

    from catalog.lake import Lake
    from catalog.rewrite.row_change import DataFiles, RowChange, Touched
    from catalog.schema.table_spec import TableSpec

REWRITTEN = "stedi.rewritten-by"
"""Snapshot property: what rewrote the snapshot's files under its id, as the id of an erasure."""


@dataclass(frozen=True)
class HistoryChange:
    """What is to become of a table's history.

    Attributes:
        rows: which rows go or change, in every snapshot.
        by: what asks for it, for the summaries of snapshots that change; no personal data.
        renamed: new names of tags and branches, by their names.
        scrubbed: what becomes of a text in summaries and properties.
    """

    rows: RowChange
    by: str
    renamed: Mapping[str, str] = field(default_factory=dict)
    scrubbed: Callable[[str], str] = str


@dataclass(frozen=True)
class Rewritten:
    """What was done to a table.

    Attributes:
        table: ``zone.table``.
        removed_rows: rows that went, of all data files; rows that were deleted by position before are among them.
        files: data and delete files that were written anew, or that are gone.
        written_bytes: size of the new ones.
        table_bytes: size of all data and delete files that some snapshot reads.
        snapshots: ids of the snapshots that changed.
        refs: tags and branches that point at one of them, by their new names.
    """

    table: str
    removed_rows: int = 0
    files: int = 0
    written_bytes: int = 0
    table_bytes: int = 0
    snapshots: tuple[int, ...] = ()
    refs: tuple[str, ...] = ()


def touched_files(
    lake: Lake, spec: TableSpec, reader: DataFiles, rows: RowChange
) -> tuple[list[DataFile], list[Touched]]:
    """All data files that some snapshot of a table reads, and those of them that a change concerns."""
    table = lake.table(spec)
    stored = TableEntries.of(table, table.metadata.snapshots).data
    return list(stored.values()), reader.touched(table, stored, rows)


def rewrite_history(lake: Lake, spec: TableSpec, reader: DataFiles, change: HistoryChange) -> Rewritten:
    """Rewrite a table's history; done again, it finds nothing to do.

    The caller holds the writer's lock, where the lake has one; elsewhere, who commits meanwhile makes it begin again.

    Args:
        lake: the lake.
        spec: the table.
        reader: looks through data files.
        change: what is to become of it.

    Raises:
        MovedError: others commit to the table all the time.
        RetryableError: the catalog or storage cannot be reached; the table is as it was, or rewritten already.
        OSError: a file of the table cannot be read: nothing was changed.
    """

    def attempt() -> Rewritten:
        table = lake.table(spec)
        new, done = _rewritten(lake, spec, table, reader, change)
        told = (table.properties.get(HISTORY) or "").startswith(f"{change.by} ")
        if done.snapshots or table.metadata.metadata_log or new.refs != table.metadata.refs or not told:
            _swap(lake, table, new)
            lake.rewrote(spec, new.properties[HISTORY])
        return done

    return commit_retried(attempt)


def _rewritten(
    lake: Lake, spec: TableSpec, table: Table, reader: DataFiles, change: HistoryChange
) -> tuple[TableMetadata, Rewritten]:
    """The table's metadata as it is to be; its files are written."""
    metadata = table.metadata
    known = TableEntries.of(table, metadata.snapshots)
    touched = reader.touched(table, known.data, change.rows)
    replaced = replace_data(lake, spec, table, reader, touched, change.rows)
    about = reader.positions(table, known.deletes, replaced.files)
    replace_deletes(lake, table, about, known.deletes, touched, replaced)
    rewriter = ManifestRewriter(known, replaced.files, _without_bounds(table, spec))
    snapshots = [rewriter.snapshot(each, {REWRITTEN: change.by}, change.scrubbed) for each in metadata.snapshots]
    refs = {change.renamed.get(name, name): ref for name, ref in metadata.refs.items()}
    scrubbed = {key: change.scrubbed(value) for key, value in metadata.properties.items()}
    # Whoever has read the table before must commit nothing to it that they made of that.
    properties = scrubbed | missing_properties(spec, scrubbed) | {HISTORY: f"{change.by} {secrets.token_hex(4)}"}
    changed = [new.snapshot_id for old, new in zip(metadata.snapshots, snapshots, strict=True) if old is not new]
    update: dict[str, Any] = {
        "snapshots": snapshots,
        "refs": refs,
        "properties": properties,
        "metadata_log": [],
        "statistics": [],
        "partition_statistics": [],
        "last_updated_ms": max(time.time_ns() // 1_000_000, metadata.last_updated_ms + 1),
    }
    done = Rewritten(
        spec.identifier,
        replaced.removed_rows,
        len(replaced.files),
        replaced.written_bytes,
        sum(file.file_size_in_bytes for kind in (known.data, known.deletes) for file in kind.values()),
        tuple(changed),
        tuple(sorted(name for name, ref in refs.items() if ref.snapshot_id in changed)),
    )
    return metadata.model_copy(update=update), done


def _without_bounds(table: Table, spec: TableSpec) -> frozenset[int]:
    """Ids of the columns of which manifests may hold no bounds."""
    fields = {field.name: field.field_id for field in table.schema().fields}
    return frozenset(fields[name] for name in spec.unbounded_columns if name in fields)


class _ReplaceMetadata:
    """An update of a table by which all of its metadata becomes another's, for pyiceberg's own way to commit."""

    def __init__(self, metadata: TableMetadata) -> None:
        self.metadata = metadata


def _replace(update: _ReplaceMetadata, _base: TableMetadata, _context: Any) -> TableMetadata:
    """The new metadata; the context is told of no change, so that the earlier one is not logged."""
    return update.metadata


cast("Any", _apply_table_update).register(_ReplaceMetadata, _replace)


class _AssertUnchanged:
    """A requirement: nobody has committed to the table since it was loaded."""

    def __init__(self, metadata: TableMetadata) -> None:
        self.metadata = metadata

    def validate(self, base_metadata: TableMetadata | None) -> None:
        if base_metadata != self.metadata:
            raise CommitFailedException("the table was changed by another writer meanwhile")


def _swap(lake: Lake, table: Table, new: TableMetadata) -> None:
    """Let the catalog point at the new metadata, where it still points at the one that was read."""
    requirements: Any = (_AssertUnchanged(table.metadata),)
    updates: Any = (_ReplaceMetadata(new),)
    lake.catalog.commit_table(table, requirements, updates)
