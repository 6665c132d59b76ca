"""The publish protocol on real Iceberg tables."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

import catalog.commit.publish as protocol
from catalog.commit.publish import (
    audit_branch,
    complete_interrupted,
    discard,
    publish,
    publish_together,
)
from catalog.errors import CompactedError, MovedError
from catalog.read.row_count import count_rows
from catalog.specs import table
from tests.lake import content, current, emptied, found_rows, seed, written

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from catalog.commit.publish import Candidate
    from catalog.lake import Lake
    from catalog.schema.table_spec import TableSpec

CUSTOMERS = table("curated.customer_curated")
READINGS = table("trusted.step_trainer_trusted")


def _run_id() -> str:
    return f"test_{uuid.uuid4().hex[:8]}"


def _readings(*times: int) -> list[dict[str, Any]]:
    return [{"sensorReadingTime": time, "serialNumber": "device", "person": "n@example.test"} for time in times]


def _published_times(lake: Lake) -> list[int]:
    return sorted(row["sensorReadingTime"] for row in content(lake, READINGS))


def _refs(lake: Lake, spec: TableSpec) -> set[str]:
    return set(lake.table(spec).metadata.refs)


def test_readers_see_a_candidate_only_once_it_is_published(lake: Lake) -> None:
    seed(lake, READINGS, _readings(1, 2), replaces=True)
    run_id = _run_id()
    candidate = written(lake, READINGS, _readings(3), run_id=run_id, properties={"run-key": "k"})
    assert _published_times(lake) == [1, 2]
    publish(lake, candidate)
    assert _published_times(lake) == [1, 2, 3]
    snapshot = lake.table(READINGS).current_snapshot()
    assert snapshot is not None
    assert snapshot.summary is not None
    assert snapshot.summary["stedi.run-key"] == "k"
    assert snapshot.summary["stedi.run-id"] == run_id
    assert count_rows(lake.table(READINGS), snapshot.snapshot_id) == 3
    assert audit_branch(run_id) not in _refs(lake, READINGS)
    [*_, published] = lake.table(READINGS).history()
    assert published.snapshot_id == candidate.snapshot_id


def test_the_first_snapshot_of_a_table_is_a_candidate_too(lake: Lake) -> None:
    emptied(lake)
    candidate = written(lake, READINGS, _readings(1))
    assert current(lake, READINGS) is None
    assert lake.table(READINGS).metadata.refs[candidate.branch].max_ref_age_ms == 7 * 86_400_000
    publish(lake, candidate)
    assert _published_times(lake) == [1]


def test_replace_keeps_history(lake: Lake) -> None:
    before = seed(lake, READINGS, _readings(1), replaces=True)
    seed(lake, READINGS, _readings(2), deletes=found_rows(lake, READINGS, "n@example.test"))
    seed(lake, READINGS, _readings(9), replaces=True)
    assert _published_times(lake) == [9]
    assert [row["sensorReadingTime"] for row in content(lake, READINGS, before)] == [1]
    summary = lake.table(READINGS).snapshot_by_id(current(lake, READINGS) or 0)
    assert summary is not None
    assert summary.summary is not None
    totals = ("total-records", "total-data-files", "total-delete-files", "total-position-deletes")
    assert [summary.summary[total] for total in totals] == ["1", "1", "0", "0"]


def test_nothing_replaces_everything(lake: Lake) -> None:
    seed(lake, READINGS, _readings(1), replaces=True)
    seed(lake, READINGS, [], replaces=True)
    assert _published_times(lake) == []


def test_a_table_that_moved_meanwhile_is_not_overwritten(lake: Lake) -> None:
    seed(lake, READINGS, _readings(1), replaces=True)
    slow = written(lake, READINGS, _readings(2), replaces=True)
    seed(lake, READINGS, _readings(3), replaces=True)
    with pytest.raises(MovedError, match=f"trusted.step_trainer_trusted.*{slow.branch}"):
        publish(lake, slow)
    assert _published_times(lake) == [3]


def test_a_table_that_moves_while_its_commit_is_under_way_is_not_overwritten(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other publication comes after the look at ``main`` and before the commit: the catalog itself refuses."""
    seed(lake, READINGS, _readings(1), replaces=True)
    slow, fast = written(lake, READINGS, _readings(2)), written(lake, READINGS, _readings(3))
    genuine = protocol._refuse_moved

    def overtaken(table: Any, spec: TableSpec, branch: str) -> None:
        genuine(table, spec, branch)
        monkeypatch.undo()
        publish(lake, fast)

    monkeypatch.setattr(protocol, "_refuse_moved", overtaken)
    with pytest.raises(MovedError):
        publish(lake, slow)
    assert _published_times(lake) == [1, 3]


@pytest.mark.spark
def test_a_table_that_was_compacted_meanwhile_is_told_apart(lake: Lake, spark: SparkSession) -> None:
    seed(lake, READINGS, _readings(1), replaces=True)
    seed(lake, READINGS, _readings(2))
    slow = written(lake, READINGS, _readings(3))
    spark.sql(
        "CALL stedi.system.rewrite_data_files("
        "table => 'trusted.step_trainer_trusted', options => map('rewrite-all', 'true'))"
    )
    with pytest.raises(CompactedError):
        publish(lake, slow)
    assert _published_times(lake) == [1, 2]


def test_discard_leaves_nothing_of_a_run(lake: Lake) -> None:
    seed(lake, READINGS, _readings(1), replaces=True)
    run_id = _run_id()
    written(lake, READINGS, _readings(2), run_id=run_id)
    discard(lake, run_id, [READINGS])
    assert audit_branch(run_id) not in _refs(lake, READINGS)
    assert _published_times(lake) == [1]


def test_tables_published_together_are_completed_after_a_crash(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    seed(lake, READINGS, _readings(1), replaces=True)
    customers, readings, run_id = _two(lake)
    genuine = protocol._fast_forward

    def dies_after_first(*arguments: Any, **named: Any) -> None:
        genuine(*arguments, **named)
        raise KeyboardInterrupt

    monkeypatch.setattr(protocol, "_fast_forward", dies_after_first)
    with pytest.raises(KeyboardInterrupt):
        publish_together(lake, [customers, readings], run_id)
    monkeypatch.undo()
    assert _published_times(lake) == [1]

    assert complete_interrupted(lake, [CUSTOMERS, READINGS]) == [run_id]
    assert _published_times(lake) == [5]
    assert current(lake, CUSTOMERS) == customers.snapshot_id
    assert complete_interrupted(lake, [CUSTOMERS, READINGS]) == []
    assert not {ref for ref in _refs(lake, READINGS) if run_id in ref}


def _two(lake: Lake) -> tuple[Candidate, Candidate, str]:
    run_id = _run_id()
    customer = [{"email": "n@example.test", "person": "n@example.test"}]
    customers = written(lake, CUSTOMERS, customer, run_id=run_id, replaces=True)
    return customers, written(lake, READINGS, _readings(5), run_id=run_id, replaces=True), run_id


def test_a_commit_whose_answer_was_lost_is_not_made_again(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalog took the commit, and said that it did not."""
    from pyiceberg.exceptions import CommitFailedException
    from pyiceberg.table import Table

    seed(lake, READINGS, _readings(1), replaces=True)
    candidate, genuine = written(lake, READINGS, _readings(2)), Table._do_commit

    def lost(*arguments: Any, **named: Any) -> None:
        genuine(*arguments, **named)
        monkeypatch.undo()
        raise CommitFailedException("lost")

    monkeypatch.setattr(Table, "_do_commit", lost)
    publish(lake, candidate)
    assert _published_times(lake) == [1, 2]


def test_a_candidate_that_is_overtaken_by_another_is_made_again(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another branch is committed to between the loading of the table and the commit: nobody has to run again."""
    from pyiceberg.table import Table

    seed(lake, READINGS, _readings(1), replaces=True)
    genuine = Table._do_commit

    def overtaken(*arguments: Any, **named: Any) -> None:
        monkeypatch.undo()
        written(lake, READINGS, _readings(2))
        genuine(*arguments, **named)

    monkeypatch.setattr(Table, "_do_commit", overtaken)
    publish(lake, written(lake, READINGS, _readings(3)))
    assert _published_times(lake) == [1, 3]
