"""A clock that is set back a day: runs go on, readers see all, and no table's time goes back."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from catalog.clock import in_order
from catalog.lake import open_lake
from catalog.profiles.writer_lock import writer_lock
from catalog.query.engine import query_local
from catalog.specs import TABLES

if TYPE_CHECKING:
    from tests.faults.bench import Bench

DAY_MS = 86_400_000
READINGS = "trusted.accelerometer_trusted"


def _assert_in_order(bench: Bench) -> None:
    for table in map(open_lake(bench.profile).table, TABLES.values()):
        logged = [entry.timestamp_ms for entry in table.metadata.snapshot_log]
        assert logged == sorted(logged), table.name()
        assert table.metadata.last_updated_ms >= max(logged, default=0), table.name()
        assert len({each.timestamp_ms for each in table.metadata.snapshots}) == len(table.metadata.snapshots)
        metadata = [entry.timestamp_ms for entry in table.metadata.metadata_log]
        assert metadata == sorted(metadata), table.name()


def test_a_clock_set_back_a_day(bench: Bench) -> None:
    bench.restore()
    ahead = bench.stedi("run", "--rebuild", faults=["ahead:before:open:1"])
    assert ahead.returncode == 0, ahead.stderr
    training = open_lake(bench.profile).table(TABLES["curated.machine_learning_curated"])
    assert training.metadata.last_updated_ms > time.time() * 1000 + DAY_MS / 2
    with writer_lock(bench.profile, 0), query_local(bench.profile, f"SELECT count(*) FROM {READINGS}") as result:
        [count] = [
            row[0] for batch in result.batches for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)
        ]
    assert count == bench.before[READINGS].total() > 0
    back = bench.stedi("run", "--landing", bench.drop, "--accept-refused", "--output", "json")
    assert back.returncode == 0, back.stderr
    assert bench.contents() == bench.after
    _assert_in_order(bench)
    # The last run is the last one to whoever asks, and every moment that history shows can be asked for.
    run = json.loads(back.stdout)["run"]
    assert f"run {run}: " in bench.stedi("report").stdout
    assert f"(run {run})" in bench.stedi("status").stdout
    history = json.loads(bench.stedi("history", READINGS, "--output", "json").stdout)
    newest = history["history"][0]["published"]
    then = bench.stedi("query", f"SELECT count(*) FROM {READINGS}", "--as-of", newest, "--output", "json")
    assert then.returncode == 0, then.stdout
    assert json.loads(then.stdout)["rows"] == [[bench.after[READINGS].total()]]


def test_only_what_is_added_is_dated_anew(bench: Bench) -> None:
    bench.restore()
    table = open_lake(bench.profile).table(TABLES[READINGS]).metadata
    [first, *_] = table.snapshots
    ahead = table.model_copy(update={"last_updated_ms": table.last_updated_ms + DAY_MS})
    assert in_order(table, ahead) is ahead
    added = first.model_copy(update={"snapshot_id": 1, "timestamp_ms": 5})
    behind = ahead.model_copy(update={"snapshots": [*table.snapshots, added], "last_updated_ms": 5})
    fixed = in_order(ahead, behind)
    assert fixed.snapshots[:-1] == table.snapshots
    assert fixed.snapshots[-1].timestamp_ms == fixed.last_updated_ms == ahead.last_updated_ms + 1


@pytest.mark.faults
@pytest.mark.spark
def test_spark_reads_what_was_written_by_a_clock_set_back(bench: Bench) -> None:
    bench.restore()
    assert bench.stedi("run", "--rebuild", faults=["ahead:before:open:1"]).returncode == 0
    done = bench.by_spark()
    assert done.returncode == 0, done.stderr
    assert bench.contents() == bench.after
