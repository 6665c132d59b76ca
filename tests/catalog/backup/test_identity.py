"""A lake knows itself: one that was copied or moved is refused, and can be made a lake of its own."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from catalog.backup import here
from catalog.backup.here import register_here
from catalog.backup.replay import clear_restored_mark
from catalog.errors import DamagedLakeError, UsageError
from catalog.lake import open_lake
from catalog.profiles.identity import IDENTITY, read_identity
from catalog.query.engine import query_local
from catalog.storage.files import LocalStorage
from tests.catalog.backup.lived import bytes_of, contents, rows_now
from tests.lake_without_spark import make_lake
from tests.stedi import stedi, stedi_json

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.profiles.profile import LocalProfile
    from tests.catalog.backup.lived import Lived

REFUSED = r"nothing was read or written.* stedi restore --here --lake "


@pytest.fixture(params=["with its identity", "of an older version"])
def strange(copied: LocalProfile, request: pytest.FixtureRequest) -> LocalProfile:
    if request.param != "with its identity":
        (copied.lake / IDENTITY).unlink()
    return copied


def test_a_copy_is_refused_for_reading_and_writing(lived: Lived, strange: LocalProfile) -> None:
    original, copy = bytes_of(lived.profile.lake), bytes_of(strange.lake)
    for opens in (strange.must_exist, strange.prepare, lambda: open_lake(strange), lambda: _query(strange)):
        with pytest.raises(DamagedLakeError, match=f"is a copy of the lake {lived.profile.lake}, .*{REFUSED}"):
            opens()
    done = stedi("run", "--landing", lived.drop, "--lake", strange.lake)
    assert (done.returncode, "is a copy of the lake" in done.stderr) == (4, True), done.stderr
    assert (bytes_of(lived.profile.lake), bytes_of(strange.lake)) == (original, copy)


def _query(profile: LocalProfile) -> None:
    with query_local(profile, "SELECT 1 FROM customer_trusted"):
        pass


def test_a_lake_that_was_moved_is_refused(gone: Lived) -> None:
    away = replace(gone.profile, lake=gone.profile.lake.with_name("away"))
    for opens in (away.must_exist, away.prepare):
        with pytest.raises(DamagedLakeError, match=f"was moved from the lake {gone.profile.lake}, .*{REFUSED}"):
            opens()


def test_a_link_to_a_lake_is_the_lake(lived: Lived, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(lived.profile.lake)
    replace(lived.profile, lake=tmp_path / "link").must_exist()


def test_a_copy_becomes_a_lake_of_its_own(lived: Lived, strange: LocalProfile) -> None:
    original, past = bytes_of(lived.profile.lake), contents(lived.profile)
    stedi_json("restore", "--here", "--lake", strange.lake)
    with pytest.raises(DamagedLakeError, match="may hold people who were erased since"):
        strange.must_exist()
    clear_restored_mark(strange)
    away = lived.profile.lake.rename(lived.profile.lake.with_name("away"))
    assert contents(strange) == past
    away.rename(lived.profile.lake)
    assert bytes_of(lived.profile.lake) == original
    identity, its = read_identity(strange.lake), read_identity(lived.profile.lake)
    assert identity is not None
    assert its is not None
    assert identity.id != its.id
    with pytest.raises(UsageError, match="is where it was made"):
        register_here(strange)


def test_a_moved_lake_stays_itself(lived: Lived, copied: LocalProfile) -> None:
    own = json.loads((copied.lake / IDENTITY).read_text())
    away = lived.profile.lake.rename(lived.profile.lake.with_name("away"))
    register_here(copied)
    away.rename(lived.profile.lake)
    assert json.loads((copied.lake / IDENTITY).read_text()) == own | {"location": str(copied.lake)}


class _Killed(BaseException):
    pass


@pytest.mark.parametrize("point", [1, 20, 40, "pointers", "identity"])
def test_a_registration_that_dies_leaves_a_refused_lake(
    lived: Lived, copied: LocalProfile, monkeypatch: pytest.MonkeyPatch, point: int | str
) -> None:
    write, seen = LocalStorage.write, list[str]()

    def dying(self: LocalStorage, location: str, data: bytes) -> None:
        seen.append(location)
        if len(seen) == point:
            raise _Killed
        write(self, location, data)

    def dies(*_: object, **__: object) -> None:
        raise _Killed

    with monkeypatch.context() as patch:
        if isinstance(point, int):
            patch.setattr(LocalStorage, "write", dying)
        else:
            patch.setattr(here, f"write_{point}", dies)
        with pytest.raises(_Killed):
            register_here(copied)
    for opens in (copied.must_exist, copied.prepare):
        with pytest.raises(DamagedLakeError, match="is a copy of the lake"):
            opens()
    register_here(copied)
    clear_restored_mark(copied)
    assert contents(copied, rows=False) == contents(lived.profile, rows=False)
    assert rows_now(copied) == rows_now(lived.profile)


def test_a_lake_gets_its_identity_once(tmp_path: Path) -> None:
    profile = make_lake(tmp_path / "lake")
    first = read_identity(profile.lake)
    assert first is not None
    profile.prepare()
    assert read_identity(profile.lake) == first
    (profile.lake / IDENTITY).unlink()
    profile.must_exist()
    assert read_identity(profile.lake) is None
    profile.prepare()  # as a lake of an older version, when it is opened for writing
    assert read_identity(profile.lake) not in {None, first}
    (profile.lake / IDENTITY).write_text("{")
    with pytest.raises(DamagedLakeError, match=r"lake\.json cannot be read"):
        profile.must_exist()


def test_an_empty_lake_is_refused_elsewhere_too(tmp_path: Path) -> None:
    profile = make_lake(tmp_path / "lake")
    shutil.copytree(profile.lake, tmp_path / "copy")
    with pytest.raises(DamagedLakeError, match="is a copy of"):
        replace(profile, lake=tmp_path / "copy").prepare()
