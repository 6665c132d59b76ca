"""Backups between a local lake and Glue and S3, either way; the same on a restored lake."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pyiceberg.catalog.glue import GlueCatalog

from catalog.backup import restore as restores
from catalog.backup.make import make_backup
from catalog.backup.manifest import Backup, open_backup
from catalog.backup.replay import clear_restored_mark, take_erasures
from catalog.backup.restore import restore
from catalog.backup.store import backup_store
from catalog.errors import DamagedLakeError, RetryableError, UsageError
from catalog.profiles.glue import GlueProfile
from catalog.profiles.profile import local_profile
from catalog.storage.files import StoredFile, storage_of
from tests.catalog.backup.lived import contents, restored, rows_now

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.profiles.profile import Profile
    from tests.catalog.backup.lived import Lived


def _opened(profile: Profile, named: str) -> Backup:
    return open_backup(backup_store(profile, named), named)


def _there(profile: GlueProfile) -> set[str]:
    buckets = (profile.settings.warehouse_bucket, profile.settings.artefacts_bucket)
    return {file.location for bucket in buckets for file in storage_of(profile).files(f"s3://{bucket}/")}


@pytest.fixture(scope="module")
def on_glue(lived: Lived, emulated: GlueProfile) -> GlueProfile:
    """The lake, restored to Glue and S3, with every proof that it waits for erasures."""
    place = emulated.with_prefix("one_")
    restore(_opened(place, lived.named), place)
    for opens in (place.must_exist, place.prepare):
        with pytest.raises(DamagedLakeError, match="stedi privacy replay --profile emulated"):
            opens()
    place.for_replay().must_exist()
    assert take_erasures(place, str(lived.profile.lake / "privacy")) == []
    return place


def test_a_lake_goes_to_glue_and_back(lived: Lived, on_glue: GlueProfile, tmp_path: Path) -> None:
    other, home = on_glue.with_prefix("other_"), local_profile(tmp_path / "lake")
    named, folder = f"s3://{on_glue.settings.artefacts_bucket}/backups/first", str(tmp_path / "backup")
    make_backup(on_glue, backup_store(on_glue, named))
    restored(_opened(other, named), other)
    assert contents(other, rows=False) == contents(lived.profile, rows=False)
    assert rows_now(other) == rows_now(lived.profile)
    locations = [table["location"] for table in _metadata(other)]
    assert all(location.startswith(f"{other.warehouse}/other_") for location in locations)
    make_backup(other, backup_store(other, folder))
    restored(_opened(home, folder), home)
    assert contents(home) == contents(lived.profile)
    for again in (named, folder):
        with pytest.raises(UsageError, match="in use"):
            restore(_opened(other, again), other)
    with pytest.raises(UsageError, match="in use"):
        make_backup(other, backup_store(other, named))
    with pytest.raises(UsageError, match="no whole backup"):
        _opened(other, f"{named}/nowhere")
    with pytest.raises(UsageError, match="no access to S3"):
        backup_store(home, named)


def _metadata(profile: GlueProfile) -> list[dict[str, Any]]:
    storage = storage_of(profile)
    return [json.loads(storage.read(StoredFile(at, 0, 0))) for at in profile.metadata_locations().values()]


class _Killed(BaseException):
    pass


@pytest.mark.parametrize("point", ["objects", "tables"])
def test_a_restore_that_dies_answers_nothing_and_goes_on(
    lived: Lived, emulated: GlueProfile, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    place, backup, calls = emulated.with_prefix(f"{point}_"), _opened(emulated, lived.named), list[Any]()

    holder, name = (restores, "_put") if point == "objects" else (GlueCatalog, "register_table")
    work = getattr(holder, name)

    def dying(*given: Any) -> None:
        calls.append(given)
        if len(calls) == 5:
            raise _Killed
        work(*given)

    with monkeypatch.context() as patch:
        patch.setattr(holder, name, dying)
        with pytest.raises(_Killed):
            restore(backup, place)
    with pytest.raises(DamagedLakeError, match="privacy replay"):
        place.must_exist()
    restore(backup, place)
    clear_restored_mark(place)
    assert contents(place, rows=False) == contents(lived.profile, rows=False)


def test_a_damaged_backup_leaves_no_object(
    lived: Lived, emulated: GlueProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = emulated.with_prefix("damaged_")
    backup, before = _opened(place, lived.named), _there(place)
    last = list(backup.manifest.files)[-1]
    get = type(backup.store).get
    monkeypatch.setattr(type(backup.store), "get", lambda store, name: b"other" if name == last else get(store, name))
    with pytest.raises(DamagedLakeError, match="is not what was backed up"):
        restore(backup, place)
    assert _there(place) == before
    with pytest.raises(UsageError, match="there is no lake yet"):
        place.must_exist()


def test_pointers_are_of_one_moment(on_glue: GlueProfile, monkeypatch: pytest.MonkeyPatch) -> None:
    readings, known, named = (
        list[int](),
        on_glue.metadata_locations(),
        f"s3://{on_glue.settings.artefacts_bucket}/moving",
    )

    def moving(_: GlueProfile) -> dict[str, str]:
        readings.append(len(readings))
        return known | {"trusted.customer_trusted": str(readings[-1])}

    monkeypatch.setattr(GlueProfile, "metadata_locations", moving)
    with pytest.raises(RetryableError, match="written to all the time"):
        make_backup(on_glue, backup_store(on_glue, named))
    assert len(readings) > 2
