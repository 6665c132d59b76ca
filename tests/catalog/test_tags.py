"""A tag is on every table or on none, whatever goes wrong while it is made."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock
from pyiceberg.table.update.snapshot import ManageSnapshots

from catalog.errors import DamagedLakeError, RetryableError, UsageError
from catalog.history.tags import tag_lake, untag_lake
from catalog.history.time_travel import open_table, resolve
from catalog.schema.table_spec import DAY_MS
from catalog.specs import TABLES
from tests.lake_without_spark import customer, make_lake, overwrite, table
from tests.stedi import stedi, stedi_json

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.profiles.profile import LocalProfile

PUBLISHED = ("trusted.customer_trusted", "curated.customer_curated", "landing.delivered_file")


@pytest.fixture
def lake(tmp_path: Path) -> LocalProfile:
    profile = make_lake(tmp_path / "lake")
    for identifier in PUBLISHED[:2]:
        overwrite(profile, identifier, [customer("a")])
    overwrite(profile, PUBLISHED[2], [])
    return profile


def _tagged(profile: LocalProfile, name: str) -> set[str]:
    return {identifier for identifier in TABLES if name in table(profile, identifier).metadata.refs}


def _break_commit(patch: pytest.MonkeyPatch, nth: int, error: BaseException, *, after: bool, last: int) -> None:
    """Let commits number ``nth`` to ``last`` fail, before or after they are done."""
    genuine = ManageSnapshots.commit
    calls = 0

    def commit(self: Any) -> None:
        nonlocal calls
        calls += 1
        broken = nth <= calls <= last
        if after or not broken:
            genuine(self)
        if broken:
            raise error

    patch.setattr(ManageSnapshots, "commit", commit)


def test_a_tag_is_on_every_table_that_has_something(lake: LocalProfile) -> None:
    snapshots = tag_lake(lake, "v1", keep_days=7)
    assert set(snapshots) == _tagged(lake, "v1") == set(PUBLISHED)
    newer = overwrite(lake, PUBLISHED[0], [customer("b")])
    spec = TABLES[PUBLISHED[0]]
    assert resolve(open_table(lake, spec), spec, "v1") == snapshots[PUBLISHED[0]] != newer
    assert sorted(untag_lake(lake, "v1")) == sorted(PUBLISHED)
    assert _tagged(lake, "v1") == set()


def test_it_is_kept_for_so_long_from_now_on(lake: LocalProfile) -> None:
    time.sleep(0.05)
    before = time.time() * 1000
    tag_lake(lake, "v1", keep_days=7)
    made = time.time() * 1000
    for identifier in PUBLISHED:
        opened = table(lake, identifier)
        ref, snapshot = opened.metadata.refs["v1"], opened.current_snapshot()
        assert snapshot is not None
        assert ref.max_ref_age_ms is not None
        # Iceberg expires a tag when its snapshot is older than this.
        expires = snapshot.timestamp_ms + ref.max_ref_age_ms
        assert before - 1 <= expires - 7 * DAY_MS <= made + 1


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_when_one_fails_none_is_tagged(lake: LocalProfile, nth: int, after: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        _break_commit(patch, nth, OSError("disk full"), after=after, last=nth)
        with pytest.raises(RetryableError, match="no table has the tag 'v1' now"):
            tag_lake(lake, "v1", keep_days=7)
    assert _tagged(lake, "v1") == set()
    assert set(tag_lake(lake, "v1", keep_days=7)) == set(PUBLISHED)


def test_an_interrupted_one_is_undone(lake: LocalProfile) -> None:
    with pytest.MonkeyPatch.context() as patch:
        _break_commit(patch, 2, KeyboardInterrupt(), after=True, last=2)
        with pytest.raises(KeyboardInterrupt):
            tag_lake(lake, "v1", keep_days=7)
    assert _tagged(lake, "v1") == set()


def test_what_cannot_be_undone_is_told_and_can_be_removed(lake: LocalProfile) -> None:
    with pytest.MonkeyPatch.context() as patch:
        _break_commit(patch, 3, OSError("disk full"), after=False, last=99)
        with pytest.raises(DamagedLakeError, match="stedi tag v1 --remove"):
            tag_lake(lake, "v1", keep_days=7)
    assert len(_tagged(lake, "v1")) == 2
    with pytest.raises(UsageError, match="the tag 'v1' already exists on"):
        tag_lake(lake, "v1", keep_days=7)
    assert len(untag_lake(lake, "v1")) == 2


@pytest.mark.parametrize("name", ["", "7", "2026-01-01", "main", "audit_x", "ready_x", "a b", "a'b", "../a", "a" * 65])
def test_names_that_would_mean_something_else(lake: LocalProfile, name: str) -> None:
    with pytest.raises(UsageError, match="is not a valid tag"):
        tag_lake(lake, name, keep_days=7)


def test_a_half_published_ingest_is_not_tagged(lake: LocalProfile) -> None:
    ledger = table(lake, PUBLISHED[2])
    snapshot = ledger.current_snapshot()
    assert snapshot is not None
    ledger.manage_snapshots().create_tag(snapshot.snapshot_id, "ready_20260101").commit()
    with pytest.raises(RetryableError, match="finish it with: stedi run"):
        tag_lake(lake, "v1", keep_days=7)
    assert _tagged(lake, "v1") == set()


def test_the_verb(lake: LocalProfile, tmp_path: Path) -> None:
    with FileLock(lake.lake / "writer.lock"):
        busy = stedi("tag", "v1", "--lake", lake.lake, "--wait", "0.2")
    assert busy.returncode == 3
    assert set(stedi_json("tag", "v1", "--keep", 3, "--lake", lake.lake)["snapshots"]) == set(PUBLISHED)
    again = stedi("tag", "v1", "--lake", lake.lake)
    assert again.returncode == 2
    assert "--remove" in again.stderr
    assert sorted(stedi_json("tag", "v1", "--remove", "--lake", lake.lake)["removed"]) == sorted(PUBLISHED)
    nowhere = stedi("tag", "v1", "--lake", tmp_path / "nowhere")
    assert nowhere.returncode == 2
    assert not (tmp_path / "nowhere").exists()
