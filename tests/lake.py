"""A lake of its own for tests, and what they do to it besides running jobs."""

from __future__ import annotations

import shutil
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from catalog.commit.arrow_files import arrow_files
from catalog.commit.publish import Changes, publish, write_candidate
from catalog.commit.tables import create_tables
from catalog.engine.engines import open_engine
from catalog.read.snapshot_reader import SnapshotReader
from catalog.schema.types import arrow_schema
from catalog.specs import TABLES
from jobs.run.context import begin_run
from jobs.run.pipeline import make_table
from jobs.run.progress import Stages
from jobs.run.publish import PublicationQueue
from jobs.run.snapshots import published_snapshots

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from catalog.commit.publish import Candidate
    from catalog.lake import Lake
    from catalog.read.snapshot_reader import RowsOfFile
    from catalog.schema.table_spec import TableSpec
    from jobs.job import Job
    from jobs.run.context import RunContext
    from jobs.run.plan import Policy

KEY = bytes(32)


def emptied(lake: Lake) -> None:
    """Make every table anew, without rows or history."""
    for spec in TABLES.values():
        name = (lake.profile.database(spec.zone), spec.name)
        if lake.catalog.table_exists(name):
            location = lake.catalog.load_table(name).location()
            lake.catalog.drop_table(name)
            if location.startswith("file://"):
                shutil.rmtree(location.removeprefix("file://"), ignore_errors=True)
    create_tables(lake)
    for known in (lake._known, lake._histories):
        known.clear()  # tables that were dropped are no longer known


def rows_of(spec: TableSpec, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows given by column; columns that are not given are null, or in required ones some value."""
    filler: dict[pa.DataType, Any] = {pa.string(): "-", pa.bool_(): False, pa.timestamp("us", "UTC"): 0}
    schema = arrow_schema(spec)
    blank = {field.name: None if field.nullable else filler.get(field.type, 0) for field in schema}
    return pa.Table.from_pylist([blank | dict(row) for row in rows], schema)


def written(
    lake: Lake,
    spec: TableSpec,
    rows: Sequence[Mapping[str, Any]] | pa.Table,
    *,
    replaces: bool = False,
    deletes: Sequence[RowsOfFile] = (),
    run_id: str | None = None,
    properties: Mapping[str, str] | None = None,
) -> Candidate:
    """A candidate of rows, on what readers of the table see now."""
    given = rows if isinstance(rows, pa.Table) else rows_of(spec, rows)
    if spec.partitioned_by_days_of:
        given = given.sort_by(spec.partitioned_by_days_of)
    files = list(arrow_files(lake, spec).write_by_day(iter(given.to_batches())))
    changes = Changes(files, deletes, replaces)
    run_id = run_id or f"test_{uuid.uuid4().hex[:8]}"
    return write_candidate(lake, spec, current(lake, spec), changes, run_id, properties or {})


def seed(lake: Lake, spec: TableSpec, rows: Sequence[Mapping[str, Any]] | pa.Table, **more: Any) -> int:
    """Publish rows; the snapshot's id."""
    candidate = written(lake, spec, rows, **more)
    publish(lake, candidate)
    return candidate.snapshot_id


def current(lake: Lake, spec: TableSpec) -> int | None:
    """The snapshot that readers see."""
    return lake.table(spec).metadata.current_snapshot_id


def content(lake: Lake, spec: TableSpec, snapshot_id: int | None = None) -> list[dict[str, Any]]:
    """The rows that pyiceberg reads of a table, at a snapshot or now."""
    table = lake.table(spec)
    if (snapshot_id or table.metadata.current_snapshot_id) is None:
        return []
    found: list[dict[str, Any]] = table.scan(snapshot_id=snapshot_id).to_arrow().to_pylist()
    return found


def found_rows(lake: Lake, spec: TableSpec, *keys: str) -> list[RowsOfFile]:
    """Where the rows of some of the table's subjects are now."""
    assert spec.subject is not None
    with SnapshotReader(lake.profile) as reader:
        return reader.find(spec, current(lake, spec), spec.subject.column, reader.keys(keys))


@contextmanager
def begun(lake: Lake, policy: Policy | None = None, key: bytes = KEY) -> Iterator[RunContext]:
    """A run on the lake."""
    with open_engine(lake) as engine, begin_run(lake, engine, Stages(), key, policy) as context:
        yield context


def make_and_publish(context: RunContext, *jobs: Job) -> PublicationQueue:
    """Make the jobs' tables and publish what suites pass."""
    queue, snapshots = PublicationQueue(context), published_snapshots(context.lake)
    with queue.publish_or_discard():
        for job in jobs:
            snapshots = make_table(context, queue, job, snapshots)
    return queue
