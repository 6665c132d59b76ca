"""A lost local catalog is made again of tables' metadata, or refused where a doubt is left."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from catalog.backup.rebuild import rebuild_catalog
from catalog.backup.restore import restore
from catalog.errors import DamagedLakeError, UsageError
from catalog.lake import connect_catalog
from catalog.profiles.profile import LocalProfile, local_profile
from tests.catalog.backup.lived import CUSTOMERS, contents
from tests.stedi import stedi_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.catalog.backup.lived import Lived


@pytest.fixture
def lost(lived: Lived) -> Iterator[LocalProfile]:
    """The lake itself, whose catalog is lost while a test lasts; its folder is as it was afterwards."""
    lake, safe = lived.profile.lake, lived.profile.lake.with_name("safe")
    shutil.copytree(lake, safe)
    lived.profile.catalog_file.unlink()
    yield lived.profile
    shutil.rmtree(lake)
    safe.rename(lake)


@pytest.fixture(scope="module")
def past(lived: Lived) -> dict[str, Any]:
    return contents(lived.profile)


def test_a_lost_catalog_is_found_again(past: dict[str, Any], lost: LocalProfile) -> None:
    told = stedi_json("restore", "--catalog", "--lake", lost.lake)
    assert told["tables"].keys() == past.keys()
    assert told["answers"]
    assert contents(lost) == past


def test_an_empty_catalog_is_a_lost_one(past: dict[str, Any], lost: LocalProfile) -> None:
    lost.catalog_file.touch()
    rebuild_catalog(lost)
    assert contents(lost, rows=False)[CUSTOMERS]["refs"] == past[CUSTOMERS]["refs"]


def test_tables_that_the_catalog_has_stay(past: dict[str, Any], lost: LocalProfile) -> None:
    rebuild_catalog(lost)
    before = lost.metadata_locations()
    connect_catalog(lost).drop_table(CUSTOMERS)
    with pytest.raises(DamagedLakeError, match=r"lacks it; .*stedi restore --catalog"):
        lost.must_exist()
    assert list(rebuild_catalog(lost)) == [CUSTOMERS]
    assert lost.metadata_locations() == before
    with pytest.raises(UsageError, match="lacks no table"):
        rebuild_catalog(lost)
    assert contents(lost) == past


def _metadata(profile: LocalProfile) -> list[Path]:
    return sorted((profile.warehouse / "trusted" / "customer_trusted" / "metadata").glob("*.metadata.json"))


def _beside(file: Path, **changed: Any) -> Path:
    """Metadata of another commit on the same base."""
    other = file.with_name(f"{file.name[:6]}ffffffff.metadata.json")
    other.write_text(json.dumps(json.loads(file.read_text()) | changed))
    return other


def test_a_commit_that_failed_is_told_from_the_one_that_was_built_on(past: dict[str, Any], lost: LocalProfile) -> None:
    _beside(_metadata(lost)[2])
    rebuild_catalog(lost)
    assert contents(lost, rows=False)[CUSTOMERS]["refs"] == past[CUSTOMERS]["refs"]


def _sibling(profile: LocalProfile) -> str:
    return _beside(_metadata(profile)[-1]).name


def _later_clock(profile: LocalProfile) -> str:
    return _beside(_metadata(profile)[2], **{"last-updated-ms": 1 << 42, "last-sequence-number": 99}).name


def _history_rewritten(profile: LocalProfile) -> str:
    return _beside(_metadata(profile)[-1], **{"metadata-log": []}).name


@pytest.mark.parametrize("doubt", [_sibling, _later_clock, _history_rewritten])
def test_in_doubt_nothing_is_made(lost: LocalProfile, doubt: Callable[[LocalProfile], str]) -> None:
    other = doubt(lost)
    with pytest.raises(DamagedLakeError, match="cannot be told") as told:
        rebuild_catalog(lost)
    assert other in str(told.value)
    assert not lost.catalog_file.exists()


def test_no_catalog_is_made_where_a_file_is_missing(lost: LocalProfile) -> None:
    file = next((lost.warehouse / "curated" / "customer_curated" / "data").rglob("*.parquet"))
    file.unlink()
    with pytest.raises(DamagedLakeError, match=file.name):
        rebuild_catalog(lost)
    assert not lost.catalog_file.exists()


def test_no_catalog_is_made_of_a_copy(lost: LocalProfile, tmp_path: Path) -> None:
    shutil.copytree(lost.lake, tmp_path / "copy")
    with pytest.raises(DamagedLakeError, match="is a copy of"):
        rebuild_catalog(local_profile(tmp_path / "copy"))
    (tmp_path / "copy" / "lake.json").unlink()
    with pytest.raises(DamagedLakeError, match="make a lake of its backup"):
        rebuild_catalog(local_profile(tmp_path / "copy"))


def test_a_restored_lake_loses_its_catalog_like_any_other(lived: Lived, tmp_path: Path) -> None:
    place = local_profile(tmp_path / "lake")
    restore(lived.backup(), place)
    before = place.metadata_locations()
    place.catalog_file.unlink()
    assert rebuild_catalog(place) == before
    with pytest.raises(DamagedLakeError, match="privacy replay"):
        place.must_exist()
