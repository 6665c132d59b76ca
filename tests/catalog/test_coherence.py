"""Tables that stem from two runs are told by the snapshots that they were made from, and are not tagged together."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from pyiceberg.table.snapshots import Operation, Snapshot, Summary

from catalog.errors import RetryableError
from catalog.history.coherence import Coherence, lake_notes
from catalog.history.tags import tag_lake
from catalog.query.engine import query_local
from tests.lake_without_spark import _arrow, customer, make_lake, table
from tests.stedi import stedi, stedi_json

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.profiles.profile import LocalProfile

QUARANTINE = "landing.quarantine"
LANDING, TRUSTED, CURATED = "quality.validation_result", "trusted.customer_trusted", "curated.customer_curated"
"""Any table that is filled easily stands for landing."""


def _make(profile: LocalProfile, identifier: str, *inputs: str, run: str = "a") -> None:
    """Publish a row, said to be made from what the inputs hold now."""
    made = {name: table(profile, name).metadata.current_snapshot_id for name in inputs}
    properties = {"stedi.run-id": run} | ({"stedi.inputs": json.dumps(made)} if inputs else {})
    target = table(profile, identifier)
    rows: list[dict[str, Any]] = [customer("ann@x.test")] if identifier != LANDING else []
    target.append(_arrow(target, rows), snapshot_properties=properties)


@pytest.fixture
def lake(tmp_path: Path) -> LocalProfile:
    """All of it made by one run; then the first table anew, by a run that died."""
    profile = make_lake(tmp_path / "lake")
    _make(profile, LANDING)
    _make(profile, TRUSTED, LANDING)
    _make(profile, CURATED, TRUSTED)
    return profile


def _query_notes(profile: LocalProfile, identifier: str, version: str = "") -> tuple[str, ...]:
    with query_local(profile, f"SELECT count(*) FROM {identifier} {version}") as result:
        return result.notes


def test_tables_of_older_runs_are_fine_where_nothing_moved(lake: LocalProfile) -> None:
    assert lake_notes(lake) == []
    assert _query_notes(lake, CURATED) == ()
    assert tag_lake(lake, "v1", 30)


def test_refused_records_that_name_nobody_leave_nothing_behind(lake: LocalProfile) -> None:
    """Most refused records are readings; a table that consents decide is not made again for them."""
    quarantine = table(lake, QUARANTINE)
    row = {"source": "accelerometer", "sourceFile": "f", "sourceFileSha256": "s", "recordNumber": 1, "rawText": "x"}
    row |= {"reason": "r", "detail": "d", "ingestedAt": datetime(2024, 1, 1, tzinfo=UTC)}
    quarantine.append(_arrow(quarantine, [row]))
    _make(lake, TRUSTED, LANDING, QUARANTINE)
    _make(lake, CURATED, TRUSTED)
    assert lake_notes(lake) == []
    quarantine.append(_arrow(quarantine, [row | {"recordNumber": 2}]))
    assert lake_notes(lake) == []
    assert tag_lake(lake, "v2", 30)
    quarantine.append(_arrow(quarantine, [row | {"recordNumber": 3, "people": "ann@x.test"}]))
    assert TRUSTED in lake_notes(lake)[0]


def test_a_table_that_holds_nothing_yet_is_no_reason_not_to_tag(tmp_path: Path) -> None:
    profile = make_lake(tmp_path / "lake")
    _make(profile, TRUSTED, QUARANTINE)
    assert tag_lake(profile, "v1", 30)


class _Metadata:
    """A table's snapshots 1, 2, … of these operations; the first ones have expired."""

    def __init__(self, operations: list[Operation], expired: int = 0, inputs: str | None = None) -> None:
        properties = {} if inputs is None else {"stedi.inputs": inputs}
        self._snapshots = {
            number: Snapshot.model_construct(
                snapshot_id=number, parent_snapshot_id=number - 1 or None, summary=Summary(operation, **properties)
            )
            for number, operation in enumerate(operations, 1)
            if number > expired
        }

    def snapshot_by_id(self, snapshot_id: int) -> Snapshot | None:
        return self._snapshots.get(snapshot_id)


@pytest.mark.parametrize(
    ("operations", "expired", "behind"),
    [
        ([Operation.APPEND, Operation.REPLACE, Operation.REPLACE], 0, None),
        ([Operation.APPEND, Operation.REPLACE], 1, None),
        ([Operation.APPEND, Operation.APPEND], 0, "input"),
        ([Operation.APPEND, Operation.APPEND, Operation.REPLACE], 0, "input"),
        ([Operation.APPEND, Operation.REPLACE, Operation.REPLACE], 2, "input"),
    ],
)
def test_compaction_moves_nothing(operations: list[Operation], expired: int, behind: str | None) -> None:
    of: dict[str, Any] = {
        "input": _Metadata(operations, expired),
        "made": _Metadata([Operation.APPEND], inputs='{"input": 1}'),
    }
    now = {"input": len(operations), "made": 1}
    assert Coherence(of.__getitem__, now.get).behind("made") == behind


def test_a_table_whose_input_moved_is_behind_and_so_is_what_is_made_of_it(lake: LocalProfile) -> None:
    current = table(lake, CURATED).metadata.current_snapshot_id
    _make(lake, LANDING, run="b")
    [note] = lake_notes(lake)
    assert "different runs" in note
    assert TRUSTED in note
    assert CURATED in note
    assert _query_notes(lake, LANDING) == ()
    assert "different runs" in _query_notes(lake, CURATED)[0]
    _make(lake, TRUSTED, LANDING, run="b")
    [note] = lake_notes(lake)
    assert f"{CURATED} (older than the current {TRUSTED})" in note
    assert TRUSTED + " (" not in note
    with pytest.raises(RetryableError, match=r"different runs.*stedi run, then tag"):
        tag_lake(lake, "v1", 30)
    assert "v1" not in table(lake, LANDING).metadata.refs
    _make(lake, CURATED, TRUSTED, run="c")
    assert lake_notes(lake) == []
    # What is asked of as it was is answered without a word on today.
    assert _query_notes(lake, CURATED, f"FOR VERSION AS OF {current}") == ()


def test_status_and_tag_say_so(lake: LocalProfile) -> None:
    assert stedi_json("status", "--lake", lake.lake)["notes"] == []
    _make(lake, TRUSTED, LANDING, run="b")
    assert "different runs" in stedi_json("status", "--lake", lake.lake)["notes"][0]
    assert "different runs" in stedi("status", "--lake", lake.lake).stdout
    assert "different runs" in stedi("query", f"SELECT 1 FROM {CURATED}", "--lake", lake.lake).stdout
    refused = stedi("tag", "v1", "--lake", lake.lake)
    assert refused.returncode == 3
    assert "different runs" in refused.stderr
