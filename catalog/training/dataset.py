"""Training sets: the training table as it was at a moment, without what people withdrew since."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.commit.marks import NOW
from catalog.errors import DataRefusedError
from catalog.history.changes import origin_of
from catalog.history.time_travel import open_table, resolve
from catalog.profiles.profile import local_profile
from catalog.read.parquet_sql import quoted
from catalog.read.row_count import count_rows
from catalog.read.snapshot_reader import SnapshotReader
from catalog.specs import table as spec_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import pyarrow as pa
    from pyiceberg.table import Table

    from catalog.profiles.profile import Profile

TRAINING = spec_of("curated.machine_learning_curated")
JUDGED_BY_KEY = "rows_are_of_whom_they_name"
"""The expectation by which a verdict shows that it was given with the pseudonym key at hand."""
_VERDICTS = spec_of("quality.validation_result")


@dataclass(frozen=True)
class TrainingVerdict:
    """The verdict that let a snapshot of the training table be published.

    Attributes:
        run: the run that judged it.
        evaluated: when the last expectation was, ISO 8601 UTC.
        expectations: how many there were.
    """

    run: str
    evaluated: str
    expectations: int


def load(tag_or_time: str | datetime, *, lake: Path | str = "lake", withdrawn: bool = False) -> pa.Table:
    """The training table as it was at a moment.

    Args:
        tag_or_time: a tag, an instant (text without a zone is UTC), a snapshot id, or ``main`` for now.
        lake: the lake's folder.
        withdrawn: also rows that have left the published table since then, as those of people who withdrew have:
            to look at what was, not to train on.

    Returns:
        The columns of curated.machine_learning_curated, sorted by its grain.

    Raises:
        UsageError: there is no lake, or nothing was published then.
    """
    import pyarrow as pa

    profile = local_profile(Path(lake))
    table = open_table(profile, TRAINING)
    snapshot = resolve(table, TRAINING, tag_or_time)
    with training_rows(profile, table, snapshot, withdrawn=withdrawn) as rows:
        return pa.Table.from_batches(list(rows), rows.schema)


@contextmanager
def training_rows(
    profile: Profile, table: Table, snapshot_id: int, *, withdrawn: bool
) -> Iterator[pa.RecordBatchReader]:
    """The rows of a snapshot, sorted by grain, in bounded memory; those not published any more only if asked for."""
    import pyarrow as pa
    from pyiceberg.io.pyarrow import schema_to_pyarrow

    current, grain = resolve(table, TRAINING, NOW), quoted(TRAINING.grain)
    schema = schema_to_pyarrow(table.scan(snapshot_id=snapshot_id).projection(), include_field_ids=False)
    with SnapshotReader(profile) as reader:
        published = ""
        if not withdrawn and snapshot_id != current:
            published = f"SEMI JOIN {reader.relation(TRAINING, current)} USING ({grain})"
        rows = reader.stream(f"SELECT * FROM {reader.relation(TRAINING, snapshot_id)} {published} ORDER BY {grain}")
        yield pa.RecordBatchReader.from_batches(schema, (batch.cast(schema) for batch in rows))


def rows_at(table: Table, snapshot_id: int) -> int:
    """Rows of the training table at that snapshot."""
    return count_rows(table, snapshot_id)


def verdict_of(profile: Profile, table: Table, snapshot_id: int) -> TrainingVerdict:
    """The recorded verdict that let the snapshot be published; else the newest of an audit of it with the key.

    A run that is killed when it has published, and before it has recorded why, leaves a snapshot without a verdict.

    Raises:
        DataRefusedError: none is recorded, or one that is not green.
    """
    import pyarrow.compute as pc

    snapshot = table.snapshot_by_id(snapshot_id)
    run = snapshot.summary.additional_properties.get("stedi.run-id") if snapshot and snapshot.summary else None
    judged = (
        f"tableName = '{TRAINING.identifier}' "
        f"and snapshotId in ({snapshot_id}, {origin_of(table.metadata, snapshot_id)})"  # compaction changes no row
    )
    verdicts = open_table(profile, _VERDICTS).scan(row_filter=judged).to_arrow()
    if (run or "") not in verdicts["runId"].to_pylist():
        run = _newest_audit(verdicts)
    verdicts = verdicts.filter(pc.field("runId") == (run or ""))
    if not verdicts.num_rows:
        raise DataRefusedError(
            f"snapshot {snapshot_id} of {TRAINING.identifier} has no recorded verdict made with its pseudonym key; "
            f"validate it with the key: stedi validate {TRAINING.identifier}; or choose one that a run has "
            f"published and validated: stedi history {TRAINING.identifier}"
        )
    failed = [
        str(name)
        for name in verdicts.filter(~pc.field("success") & (pc.field("severity") == "critical"))[
            "expectation"
        ].to_pylist()
    ]
    if failed:
        raise DataRefusedError(
            f"snapshot {snapshot_id} of {TRAINING.identifier} has a verdict that is not green: {', '.join(failed)}; "
            f"choose another: stedi history {TRAINING.identifier}"
        )
    return TrainingVerdict(run or "", pc.max(verdicts["evaluatedAt"]).as_py().isoformat(), verdicts.num_rows)


def _newest_audit(verdicts: pa.Table) -> str | None:
    """The run that judged last, if it did with the key at hand."""
    if not verdicts.num_rows:
        return None
    newest = verdicts.sort_by([("evaluatedAt", "descending")])["runId"][0].as_py()
    judged = {(each["runId"], each["expectation"]) for each in verdicts.select(["runId", "expectation"]).to_pylist()}
    return str(newest) if (newest, JUDGED_BY_KEY) in judged else None
