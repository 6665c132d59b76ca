"""Compaction: few files, in the order of people, without the deleted rows; whoever commits meanwhile loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.typedef import Record

from catalog.commit.publish import publish
from catalog.errors import CompactedError, MovedError, StediError, UsageError
from catalog.maintenance import compaction
from catalog.maintenance.compaction import compact, plan_compaction
from catalog.maintenance.maintain import Limits
from catalog.profiles.profile import local_profile
from catalog.read.snapshot_reader import RowsOfFile
from catalog.storage.files import local_path
from tests.lake import content, current, found_rows, seed, written
from tests.maintained import LANDING, TRUSTED, customers, grow, maintain, opened, readings, unreached

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.lake import Lake
    from catalog.schema.table_spec import TableSpec


@pytest.fixture
def grown(tmp_path: Path) -> Lake:
    lake = opened(local_profile(tmp_path / "lake"))
    grow(lake)
    return lake


def _files(lake: Lake, spec: TableSpec) -> list[Any]:
    return [task.file for task in lake.table(spec).scan().plan_files()]


def _people(lake: Lake, spec: TableSpec) -> list[str]:
    return sorted(row["person"] for row in content(lake, spec))


def _summary(lake: Lake, spec: TableSpec) -> dict[str, str]:
    snapshot = lake.table(spec).current_snapshot()
    assert snapshot is not None
    assert snapshot.summary is not None
    return {"operation": snapshot.summary.operation.value, **snapshot.summary.additional_properties}


def test_deleted_rows_are_in_no_current_file_and_a_person_stands_together(grown: Lake) -> None:
    seed(grown, TRUSTED, readings("c", "a"))
    assert compact(grown, TRUSTED) == 2
    files = _files(grown, TRUSTED)
    assert len({file.partition[0] for file in files}) == 2
    for file in files:
        people = pq.read_table(local_path(file.file_path))["person"].to_pylist()
        assert people == ["a", "a", "c", "c"]
    summary = _summary(grown, TRUSTED)
    totals = ("total-records", "total-data-files", "total-delete-files", "total-position-deletes")
    assert (summary["operation"], *(summary[each] for each in totals)) == ("replace", "8", "2", "0", "0")
    snapshot = grown.table(TRUSTED).current_snapshot()
    assert snapshot is not None
    io = grown.table(TRUSTED).io
    live = [entry.data_file for manifest in snapshot.manifests(io) for entry in manifest.fetch_manifest_entry(io)]
    assert [file.content.name for file in live] == ["DATA", "DATA"]
    assert compact(grown, TRUSTED) is None


def test_a_partition_without_anything_to_compact_keeps_its_file(grown: Lake) -> None:
    compact(grown, TRUSTED)
    kept = {file.file_path for file in _files(grown, TRUSTED)}
    seed(grown, TRUSTED, readings("d")[:1])
    compact(grown, TRUSTED)
    assert len(kept & {file.file_path for file in _files(grown, TRUSTED)}) == 1


def test_deletes_that_apply_to_nothing_go(grown: Lake) -> None:
    compact(grown, LANDING)
    gone = RowsOfFile("file:///gone.parquet", 0, Record(), pa.array([0], pa.int64()))
    seed(grown, LANDING, [], deletes=[gone])
    todo = plan_compaction(grown.table(LANDING), LANDING)
    assert (todo.files, todo.dangling) == ((), True)
    assert compact(grown, LANDING) == 0
    assert not plan_compaction(grown.table(LANDING), LANDING)
    assert _people(grown, LANDING) == ["a", "b", "c"]


def test_many_manifests_become_one(grown: Lake) -> None:
    compact(grown, TRUSTED)
    for day in range(19_100, 19_100 + TRUSTED.maintenance.manifests):
        row = {"user": "m", "person": "m", "timestamp": 0, "readingTime": day * 86_400_000_000}
        seed(grown, TRUSTED, [row])
    before = _people(grown, TRUSTED)
    assert compact(grown, TRUSTED) == 0
    snapshot = grown.table(TRUSTED).current_snapshot()
    assert snapshot is not None
    assert len(snapshot.manifests(grown.table(TRUSTED).io)) == 1
    assert compact(grown, TRUSTED) is None
    assert _people(grown, TRUSTED) == before


def test_a_commit_between_reading_and_committing_leads_to_another_attempt(
    grown: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = compaction._commit

    def overtaken(*arguments: Any) -> None:
        monkeypatch.undo()
        seed(grown, TRUSTED, readings("d"), deletes=found_rows(grown, TRUSTED, "c"))
        genuine(*arguments)

    monkeypatch.setattr(compaction, "_commit", overtaken)
    assert compact(grown, TRUSTED) == 2
    assert _people(grown, TRUSTED) == ["a", "a", "d", "d"]
    assert len(_files(grown, TRUSTED)) == 2
    maintain(grown, Limits(keep_days=0, orphan_hours=0))
    assert unreached(grown, TRUSTED) == set()


def test_a_table_that_is_always_overtaken_is_left_and_told(grown: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = compaction._commit

    def overtaken(lake: Lake, spec: TableSpec, *arguments: Any) -> None:
        if spec == LANDING:
            seed(lake, spec, customers("d"))
        genuine(lake, spec, *arguments)

    monkeypatch.setattr(compaction, "_commit", overtaken)
    with pytest.raises(MovedError):
        compact(grown, LANDING)
    done = maintain(grown, Limits())
    assert [note.partition(":")[0] for note in done.notes] == ["landing.customer_landing was not compacted"]
    assert {each.spec.identifier: each.written for each in done.tables}[TRUSTED.identifier] == 2


def test_a_candidate_of_before_is_told_to_begin_again(grown: Lake) -> None:
    slow = written(grown, LANDING, customers("d"))
    compact(grown, LANDING)
    with pytest.raises(CompactedError):
        publish(grown, slow)
    assert _people(grown, LANDING) == ["a", "b", "c"]


def test_files_that_hold_other_rows_are_not_committed(grown: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    before, snapshot = _people(grown, LANDING), current(grown, LANDING)
    monkeypatch.setattr(compaction, "_order", lambda spec: '"person" LIMIT 2')
    with pytest.raises(StediError, match="hold other rows than before: nothing changed"):
        compact(grown, LANDING)
    assert (_people(grown, LANDING), current(grown, LANDING)) == (before, snapshot)
    assert unreached(grown, LANDING) == set()


def test_columns_that_no_spec_names_are_not_lost(grown: Lake) -> None:
    from pyiceberg.types import StringType

    with grown.table(LANDING).update_schema() as change:
        change.add_column("extra", StringType())
    with pytest.raises(UsageError, match=r"added extra to landing\.customer_landing"):
        compact(grown, LANDING)
