"""Exports of a lake that pyiceberg made: people stay in their part, verdicts decide, and nothing withdrawn gets out."""

from __future__ import annotations

import json
import os
import random
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from catalog.errors import DataRefusedError, UsageError
from catalog.training.dataset import JUDGED_BY_KEY, load
from catalog.training.export import ExportFormat, export
from catalog.training.split import PARTS, Shares
from examples.step_detector import main
from tests.lake_without_spark import append, make_lake, overwrite, table

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.profiles.profile import LocalProfile

TRAINING = "curated.machine_learning_curated"
VERDICTS = "quality.validation_result"
HALF = Shares(0.5, 0.25, 0.25)


@pytest.fixture
def lake(tmp_path: Path) -> LocalProfile:
    return make_lake(tmp_path / "lake")


def _rows(people: range, instants: int = 3) -> list[dict[str, Any]]:
    """Rows of people who are near their device when they move much."""
    rng = random.Random(0)  # noqa: S311 - no secret
    rows = []
    for person in people:
        for instant in range(instants):
            x = rng.choice([0.0, 1.0])
            rows.append(
                {
                    "pseudonym": f"{person:064x}",
                    "timestamp": instant,
                    "x": x,
                    "y": 0.0,
                    "z": 0.0,
                    "distanceFromObject": 210 if x else 290,
                    "readingTime": datetime.fromtimestamp(instant, UTC),
                }
            )
    return rows


def _publish(lake: LocalProfile, rows: list[dict[str, Any]], run: str, *, success: bool = True) -> int:
    snapshot = append(lake, TRAINING, rows, run)
    verdict = {
        "runId": run,
        "tableName": TRAINING,
        "snapshotId": snapshot,
        "promise": "consent",
        "sentence": "It is as it should be.",
        "severity": "critical",
        "observed": "{}",
        "evaluatedAt": datetime(2026, 1, 1, tzinfo=UTC),
    }
    append(lake, VERDICTS, [verdict | {"expectation": "first", "success": True}])
    append(lake, VERDICTS, [verdict | {"expectation": "second", "success": success}])
    append(lake, VERDICTS, [verdict | {"expectation": "third", "success": False, "severity": "warning"}])
    return snapshot


def _people(folder: Path) -> dict[str, set[str]]:
    return {part: set(map(str, pq.read_table(folder / f"{part}.parquet")["pseudonym"].to_pylist())) for part in PARTS}


def test_people_stay_in_their_part_when_others_come(lake: LocalProfile, tmp_path: Path) -> None:
    _publish(lake, _rows(range(40)), "run1")
    first = export(lake, "main", tmp_path / "first", ExportFormat.PARQUET, HALF)
    _publish(lake, _rows(range(40, 80)), "run2")
    second = export(lake, "main", tmp_path / "second", ExportFormat.PARQUET, HALF)
    before, after = _people(tmp_path / "first"), _people(tmp_path / "second")
    assert all(before[part] < after[part] for part in PARTS)
    assert (first["people"], second["people"]) == (40, 80)
    assert first["verdict"]["expectations"] == 3


def test_the_same_moment_is_the_same_export(lake: LocalProfile, tmp_path: Path) -> None:
    snapshot = _publish(lake, _rows(range(20)), "run1")
    first = export(lake, "main", tmp_path / "first", ExportFormat.PARQUET, HALF)
    _publish(lake, _rows(range(20, 30)), "run2")
    again = export(lake, str(snapshot), tmp_path / "again", ExportFormat.PARQUET, HALF)
    csv = export(lake, str(snapshot), tmp_path / "csv", ExportFormat.CSV, HALF)
    for key in ("splits", "contentHash", "snapshot", "rows", "schema", "verdict"):
        assert first[key] == again[key]
    assert csv["contentHash"] == first["contentHash"]
    assert csv["splits"]["train"]["rows"] == first["splits"]["train"]["rows"]


def test_what_is_not_published_any_more_stays_in_the_lake(lake: LocalProfile, tmp_path: Path) -> None:
    rows = _rows(range(20))
    old = _publish(lake, rows, "run1")
    # One person withdrew; another's consent begins later, so that an earlier reading is not usable any more.
    left = [row for row in rows if row["pseudonym"] != f"{3:064x}" and row != rows[0]]
    overwrite(lake, TRAINING, left)
    manifest = export(lake, str(old), tmp_path / "old", ExportFormat.PARQUET, HALF)
    assert manifest["leftOutRows"] == 4
    assert manifest["rows"] == len(left)
    assert f"{3:064x}" not in set.union(*_people(tmp_path / "old").values())
    assert load(str(old), lake=lake.lake).to_pylist() == left
    assert load(str(old), lake=lake.lake, withdrawn=True).to_pylist() == rows
    overwrite(lake, TRAINING, _rows(range(50, 51)))
    with pytest.raises(DataRefusedError, match="is still published"):
        export(lake, str(old), tmp_path / "none", ExportFormat.PARQUET, HALF)
    assert not (tmp_path / "none").exists()


def test_only_a_green_verdict_lets_a_snapshot_out(lake: LocalProfile, tmp_path: Path) -> None:
    append(lake, TRAINING, _rows(range(5)), "run0")
    with pytest.raises(DataRefusedError, match="no recorded verdict"):
        export(lake, "main", tmp_path / "out", ExportFormat.PARQUET, HALF)
    _publish(lake, _rows(range(5, 6)), "run1", success=False)
    with pytest.raises(DataRefusedError, match="not green: second"):
        export(lake, "main", tmp_path / "out", ExportFormat.PARQUET, HALF)
    _publish(lake, _rows(range(6, 7)), "run2")
    assert export(lake, "main", tmp_path / "out", ExportFormat.PARQUET, HALF)["people"] == 7
    # Another run's judgement of the same snapshot, such as of a refused rollback, is not the one it was published by.
    refused = table(lake, VERDICTS).scan().to_arrow().to_pylist()[-1] | {"runId": "run3", "success": False}
    append(lake, VERDICTS, [refused])
    assert export(lake, "main", tmp_path / "more", ExportFormat.PARQUET, HALF)["people"] == 7


@pytest.mark.parametrize("with_key", [True, False])
@pytest.mark.parametrize("green", [True, False])
def test_an_audit_with_the_key_stands_in_for_a_verdict_that_was_not_recorded(
    lake: LocalProfile, tmp_path: Path, *, green: bool, with_key: bool
) -> None:
    """A run that was killed when it had published, before it recorded why."""
    _publish(lake, _rows(range(5)), "other")
    snapshot = append(lake, TRAINING, _rows(range(5, 9)), "killed")
    with pytest.raises(DataRefusedError, match=f"snapshot {snapshot} .* no recorded verdict"):
        export(lake, "main", tmp_path / "out", ExportFormat.PARQUET, HALF)
    recorded = table(lake, VERDICTS).scan().to_arrow().to_pylist()[0] | {
        "snapshotId": snapshot,
        "runId": "audit",
        "severity": "critical",
    }
    names = [JUDGED_BY_KEY] if with_key else []
    append(lake, VERDICTS, [recorded | {"expectation": name, "success": green} for name in ("first", *names)])
    if green and with_key:
        assert export(lake, "main", tmp_path / "out", ExportFormat.PARQUET, HALF)["verdict"]["run"] == "audit"
    else:
        with pytest.raises(DataRefusedError, match="not green" if with_key else "no recorded verdict"):
            export(lake, "main", tmp_path / "out", ExportFormat.PARQUET, HALF)
    later = recorded | {"runId": "later", "evaluatedAt": datetime(2026, 2, 1, tzinfo=UTC), "success": False}
    append(lake, VERDICTS, [later | {"expectation": JUDGED_BY_KEY}])
    with pytest.raises(DataRefusedError, match="not green"):  # the newest audit counts
        export(lake, "main", tmp_path / "more", ExportFormat.PARQUET, HALF)


def test_an_export_is_closed_and_says_where_tables_stem_from_two_runs(lake: LocalProfile, tmp_path: Path) -> None:
    readings = "trusted.accelerometer_trusted"
    seen = append(lake, readings, [])
    _publish(lake, _rows(range(5)), "run1")
    overwrite(lake, TRAINING, [])
    with table(lake, TRAINING).transaction() as change:
        rows = (
            table(lake, TRAINING).scan(snapshot_id=table(lake, TRAINING).metadata.snapshots[0].snapshot_id).to_arrow()
        )
        change.append(rows, {"stedi.run-id": "run2", "stedi.inputs": json.dumps({readings: seen})})
    now = table(lake, TRAINING).metadata.current_snapshot_id
    verdict = table(lake, VERDICTS).scan().to_arrow().to_pylist()[-1] | {"runId": "run2", "snapshotId": now}
    append(lake, VERDICTS, [verdict | {"success": True}])
    before = os.umask(0o022)
    try:
        assert export(lake, "main", tmp_path / "one", ExportFormat.PARQUET, HALF)["notes"] == []
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o700
    append(lake, readings, [])
    [note] = export(lake, "main", tmp_path / "two", ExportFormat.PARQUET, HALF)["notes"]
    assert f"{TRAINING} (older than the current {readings})" in note


def test_a_failing_export_leaves_nothing(lake: LocalProfile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _publish(lake, _rows(range(5)), "run1")

    def full(_: Path, __: Any, ___: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("catalog.training.export.writer_of", full)
    with pytest.raises(UsageError, match="No space left"):
        export(lake, "main", tmp_path / "out", ExportFormat.PARQUET, HALF)
    assert [path.name for path in tmp_path.iterdir()] == ["lake"]


def test_the_example_learns_what_there_is_to_learn(
    lake: LocalProfile, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _publish(lake, _rows(range(40), instants=20), "run1")
    export(lake, "main", tmp_path / "out", ExportFormat.CSV, HALF)
    main([str(tmp_path / "out"), "--plot", str(tmp_path / "distance.png")])
    came = json.loads(capsys.readouterr().out)
    assert came["test"] == 1.0
    assert came["test_always_the_likelier"] < 0.7
    assert (tmp_path / "distance.png").read_bytes().startswith(b"\x89PNG")
