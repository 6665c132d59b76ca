"""Whether maintenance is due: by what there is, and not any more once it was done."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from catalog.maintenance import health
from catalog.maintenance.health import TableHealth, Thresholds, lake_health
from catalog.profiles.profile import local_profile
from tests.lake import seed
from tests.maintained import LANDING, TRUSTED, customers, grow, maintain, opened

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def _of(profile_folder: Path, table: str) -> TableHealth:
    return next(each for each in lake_health(local_profile(profile_folder)) if each.table == table)


def test_what_is_due_is_done_by_maintenance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "THRESHOLDS", Thresholds(small_files=2, delete_files=1, manifests=4))
    lake = opened(local_profile(tmp_path / "lake"))
    grow(lake)
    readings = _of(tmp_path / "lake", TRUSTED.identifier)
    assert (readings.data_files, readings.small_files, readings.delete_files) == (4, 4, 2)
    assert (readings.due, readings.maintained_ms) == (("small_files", "delete_files"), None)
    for person in "def":
        seed(lake, LANDING, customers(person))
    landing = _of(tmp_path / "lake", LANDING.identifier)
    assert (landing.manifests, landing.small_files) == (5, None)
    assert landing.due == ("manifests",)
    assert (landing.snapshots, landing.expired_snapshots) == (5, 0)
    maintain(lake)
    for each in lake_health(lake.profile):
        assert each.due == ()
    assert _of(tmp_path / "lake", TRUSTED.identifier).maintained_ms is not None


def test_snapshots_that_are_too_old_are_due(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = opened(local_profile(tmp_path / "lake"))
    grow(lake)
    monkeypatch.setattr(time, "time_ns", lambda: 10**18 * 9)
    landing = _of(tmp_path / "lake", LANDING.identifier)
    assert (landing.expired_snapshots, landing.due) == (1, ("expired_snapshots",))
