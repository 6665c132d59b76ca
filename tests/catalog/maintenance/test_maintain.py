"""Maintenance changes no row, does what it said, goes on after a crash, and leaves readers and runs what they need."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any, cast

import pytest
from pyiceberg.table import Table

from catalog.errors import UsageError
from catalog.history.changes import change_between, inputs_of, origin_of, provenance_of
from catalog.history.tags import tag_lake
from catalog.lake import Lake, connect_catalog
from catalog.maintenance.maintain import Limits, Maintainer
from catalog.profiles.profile import local_profile
from catalog.specs import TABLES
from catalog.storage.files import LocalStorage
from tests.lake import content, current, seed
from tests.maintained import (
    ALL_AT_ONCE,
    LANDING,
    TRUSTED,
    contents,
    customers,
    grow,
    made_from,
    maintain,
    nothing_left,
    opened,
    readings,
    stored,
    unreached,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def grown(tmp_path: Path) -> Lake:
    """A lake of two deliveries."""
    lake = opened(local_profile(tmp_path / "lake"))
    grow(lake)
    return lake


@pytest.fixture(params=["local", "emulated"])
def both(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A lake of two deliveries, on this machine or on Glue and S3."""
    if request.param == "local":
        return cast("Lake", request.getfixturevalue("grown"))
    lake = opened(request.getfixturevalue("emulated").with_prefix("whole_"))
    # As if nobody else could be at work, so that what has just been written can go.
    monkeypatch.setattr(type(lake.profile), "lock_folder", tmp_path)
    grow(lake)
    return lake


def test_no_row_changes_and_what_was_said_is_done_once(both: Lake) -> None:
    grown = both
    tag_lake(grown.profile, "kept", 1)
    seed(grown, LANDING, customers("d"))
    seed(grown, TRUSTED, readings("d"), properties=made_from(grown))
    held, files = contents(grown), {spec: stored(grown, spec) for spec in TABLES.values()}
    maintainer = Maintainer(grown, TABLES.values(), ALL_AT_ONCE)
    plan = maintainer.plan()
    assert {spec: stored(grown, spec) for spec in TABLES.values()} == files  # nothing is written
    done = maintainer.carry_out(plan)
    assert contents(grown) == held
    for was, did in zip(plan.tables, done.tables, strict=True):
        assert {each.file for each in did.deletions} ^ {each.file for each in was.deletions} == set()
    assert sum(len(each.deletions) for each in done.tables) > 0
    for spec in (LANDING, TRUSTED):
        assert unreached(grown, spec) == set()
    assert nothing_left(grown)
    assert not any(maintain(grown).tables)


def test_the_next_run_goes_on_from_the_compaction(grown: Lake) -> None:
    before = provenance_of(grown.table(TRUSTED).metadata, current(grown, TRUSTED))
    origin = current(grown, LANDING)
    maintain(grown)
    landing, trusted = grown.table(LANDING), grown.table(TRUSTED)
    assert [len(each.metadata.snapshots) for each in (landing, trusted)] == [1, 1]
    after = provenance_of(trusted.metadata, trusted.metadata.current_snapshot_id)
    assert before is not None
    assert after is not None
    assert (after.code, after.run_key) == (before.code, before.run_key)
    seen = after.inputs[LANDING.identifier]
    assert after.customer_watermark == after.inputs == {LANDING.identifier: current(grown, LANDING)}
    assert not change_between(landing, "customers", seen, seen).moved
    assert origin_of(landing.metadata, seen or 0) == origin
    until = seed(grown, LANDING, customers("d"))
    change = change_between(grown.table(LANDING), "customers", seen, until)
    assert (change.moved, change.rows, change.rewritten) == (True, 1, None)


def test_what_a_run_has_not_seen_yet_keeps_the_snapshots_since(grown: Lake) -> None:
    seen = inputs_of(grown.table(TRUSTED).metadata, current(grown, TRUSTED))[LANDING.identifier]
    seed(grown, LANDING, customers("d"))
    maintain(grown)
    since = inputs_of(grown.table(TRUSTED).metadata, current(grown, TRUSTED))[LANDING.identifier]
    assert since == seen
    change = change_between(grown.table(LANDING), "customers", since, current(grown, LANDING))
    assert (change.rows, change.rewritten) == (1, None)
    assert nothing_left(grown)


def test_within_the_retention_every_moment_is_read(grown: Lake) -> None:
    snapshots = [each.snapshot_id for each in grown.table(TRUSTED).metadata.snapshots]
    rows = [sorted(map(repr, content(grown, TRUSTED, each))) for each in snapshots]
    done = maintain(grown, Limits(keep_days=1))
    assert sum(len(each.deletions) for each in done.tables) == 0
    assert [sorted(map(repr, content(grown, TRUSTED, each))) for each in snapshots] == rows


class _KilledError(BaseException):
    """As if the process died."""


def _dying(patch: pytest.MonkeyPatch, at: int) -> Callable[[], int]:
    """Let the process die before its act of that number: a commit, or half of a deletion; how many there were."""
    acts = 0

    def act() -> None:
        nonlocal acts
        acts += 1
        if acts > at:
            raise _KilledError

    commit, delete = Table._do_commit, LocalStorage.delete

    def commits(self: Table, *arguments: Any, **named: Any) -> None:
        act()
        commit(self, *arguments, **named)

    def deletes(self: LocalStorage, files: Any) -> None:
        found = list(files)
        for half in (found[: len(found) // 2], found[len(found) // 2 :]):
            act()
            delete(self, half)

    patch.setattr(Table, "_do_commit", commits)
    patch.setattr(LocalStorage, "delete", deletes)
    return lambda: acts


def test_whenever_it_dies_the_next_one_finishes(tmp_path: Path) -> None:
    profile = local_profile(tmp_path / "lake")
    lake = opened(profile)
    grow(lake)
    held = contents(lake)
    lake.catalog.close()
    shutil.copytree(profile.lake, tmp_path / "saved")
    for at in range(100):
        shutil.rmtree(profile.lake)
        shutil.copytree(tmp_path / "saved", profile.lake)
        lake = Lake(profile, connect_catalog(profile))
        with pytest.MonkeyPatch.context() as patch:
            acts = _dying(patch, at)
            try:
                maintain(lake)
            except _KilledError:
                pass
            else:
                break
        assert contents(lake) == held
        # Old enough for no orphan: what was reached once is known all the same.
        maintain(lake, Limits(keep_days=0))
        assert contents(lake) == held
        rewritten = {each for spec in (LANDING, TRUSTED) for each in unreached(lake, spec)}
        assert all(each.endswith((".parquet", ".avro")) for each in rewritten)
        maintain(lake)
        assert nothing_left(lake)
        assert not unreached(lake, LANDING) | unreached(lake, TRUSTED)
        lake.catalog.close()
    assert acts() >= 8
    assert at == acts()


def test_where_runs_may_be_at_work_their_files_stay(emulated: Any) -> None:
    lake = opened(emulated.with_prefix("busy_"))
    with pytest.raises(UsageError, match="--orphan-hours must be at least 24"):
        Maintainer(lake, TABLES.values(), ALL_AT_ONCE)
    grow(lake)
    done = maintain(lake, Limits(keep_days=0))
    assert sum(each.written or 0 for each in done.tables) == 3
    assert sum(len(each.deletions) + len(each.expiry.snapshots) for each in done.tables) == 0
