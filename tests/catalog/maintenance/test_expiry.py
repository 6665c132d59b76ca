"""What expires, and what never does: by age since readers got something else, by references, by the runs to come."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from catalog.history.tags import tag_lake
from catalog.history.time_travel import resolve
from catalog.maintenance import expiry
from catalog.maintenance.expiry import Ages, Expiry, expire, plan_expiry
from catalog.maintenance.maintain import Limits
from catalog.profiles.profile import local_profile
from tests.lake import content, current, seed, written
from tests.maintained import LANDING, customers, maintain, nothing_left, opened

if TYPE_CHECKING:
    from pathlib import Path

    from pyiceberg.table.metadata import TableMetadata

    from catalog.lake import Lake

DAY = 86_400_000


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return opened(local_profile(tmp_path / "lake"))


def _in(days: float) -> Ages:
    """The table's own policy, so many days from now."""
    return Ages(int(time.time() * 1000 + days * DAY), LANDING.retention_days * DAY, DAY)


def _expired(metadata: TableMetadata, days: float) -> set[int]:
    return set(plan_expiry(metadata, LANDING, (), _in(days)).snapshots)


def test_age_counts_from_when_readers_got_another(lake: Lake) -> None:
    first, second = (seed(lake, LANDING, customers(each)) for each in "ab")
    metadata = lake.table(LANDING).metadata
    assert (_expired(metadata, 29), _expired(metadata, 31)) == (set(), {first})
    # As if the second had come 20 days later: until then the first was what readers saw.
    later = [
        each.model_copy(update={"timestamp_ms": each.timestamp_ms + 20 * DAY}) if each.snapshot_id == second else each
        for each in metadata.snapshots
    ]
    log = [
        each.model_copy(update={"timestamp_ms": each.timestamp_ms + 20 * DAY}) if each.snapshot_id == second else each
        for each in metadata.snapshot_log
    ]
    moved = metadata.model_copy(update={"snapshots": later, "snapshot_log": log})
    assert (_expired(moved, 31), _expired(moved, 51)) == (set(), {first})


def test_a_tag_holds_its_snapshot_as_long_as_it_says(lake: Lake) -> None:
    first = seed(lake, LANDING, customers("a"))
    tag_lake(lake.profile, "v1", 40)
    seed(lake, LANDING, customers("b"))
    metadata = lake.table(LANDING).metadata
    assert plan_expiry(metadata, LANDING, (), _in(39)) == Expiry()
    assert plan_expiry(metadata, LANDING, (), _in(41)) == Expiry(frozenset({first}), frozenset({"v1"}))
    maintain(lake)
    assert [row["person"] for row in content(lake, LANDING, resolve(lake.table(LANDING), LANDING, "v1"))] == ["a"]
    assert nothing_left(lake)


def test_an_audit_branch_goes_when_its_retention_ends_and_its_rows_with_it(lake: Lake) -> None:
    seed(lake, LANDING, customers("a"))
    candidate = written(lake, LANDING, customers("b"))
    metadata = lake.table(LANDING).metadata
    assert plan_expiry(metadata, LANDING, (), _in(6)) == Expiry()
    gone = plan_expiry(metadata, LANDING, (), _in(8))
    assert gone == Expiry(frozenset({candidate.snapshot_id}), frozenset({candidate.branch}))


def test_a_branch_keeps_what_leads_to_it(lake: Lake) -> None:
    """Or its candidate could not be published, as it would follow nothing that readers see."""
    base = seed(lake, LANDING, customers("a"))
    written(lake, LANDING, customers("b"))
    seed(lake, LANDING, customers("c"))
    assert base not in {each for table in maintain(lake, Limits(0)).tables for each in table.expiry.snapshots}


def test_so_many_snapshots_stay_however_old_they_are(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, _ = (seed(lake, LANDING, customers(each)) for each in "abc")
    metadata = lake.table(LANDING).metadata
    assert _expired(metadata, 99) == {first, second}
    monkeypatch.setattr(type(LANDING.maintenance), "snapshots", 2)
    object.__setattr__(LANDING.maintenance, "snapshots", 2)
    try:
        assert _expired(metadata, 99) == {first}
    finally:
        object.__setattr__(LANDING.maintenance, "snapshots", 1)


def test_a_snapshot_that_is_tagged_at_that_moment_stays(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = (seed(lake, LANDING, customers(each)) for each in "ab")
    genuine = expiry._updates

    def tagged(metadata: TableMetadata, gone: Expiry) -> object:
        monkeypatch.undo()
        lake.catalog.load_table(LANDING.identifier).manage_snapshots().create_tag(first, "saved").commit()
        return genuine(metadata, gone)

    monkeypatch.setattr(expiry, "_updates", tagged)
    ages = Ages(int(time.time() * 1000) + 1000, 0, 0)
    plan = plan_expiry(lake.table(LANDING).metadata, LANDING, (), ages)
    assert plan.snapshots == {first}
    assert expire(lake, LANDING, plan, lambda now: plan_expiry(now, LANDING, (), ages)) == Expiry()
    assert lake.table(LANDING).metadata.refs["saved"].snapshot_id == first
    assert current(lake, LANDING) is not None
