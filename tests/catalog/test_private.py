"""What is written is its user's alone, whatever the umask; what is there already is closed when a lake is opened."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from catalog.profiles.profile import local_profile
from tests.lake_without_spark import make_lake
from tests.stedi import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _open_to_others(folder: Path) -> list[str]:
    paths = [folder, *folder.rglob("*")]
    return [str(path) for path in paths if not path.is_symlink() and path.stat().st_mode & 0o077]


@pytest.fixture
def _no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def _stedi(*arguments: object) -> None:
    done = subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, umask=0)
    assert done.returncode == 0, done.stderr


@pytest.mark.spark
def test_a_lake_that_spark_and_pyiceberg_make_is_closed(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    _stedi("init", "--lake", lake)
    assert len(list(lake.rglob("*.metadata.json"))) >= 11
    assert not _open_to_others(lake)


def test_simulated_data_is_closed(tmp_path: Path) -> None:
    _stedi("simulate", "--customers", 3, "--to", tmp_path / "landing")
    assert not _open_to_others(tmp_path / "landing")


@pytest.mark.usefixtures("_no_umask")
def test_what_is_open_is_closed_when_a_lake_is_opened(tmp_path: Path) -> None:
    profile = make_lake(tmp_path / "lake")
    for path in (profile.lake, *profile.lake.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
    profile.prepare()
    assert not _open_to_others(profile.lake)


@pytest.mark.usefixtures("_no_umask")
def test_a_folder_of_other_things_keeps_its_own_rights(tmp_path: Path) -> None:
    folder, outside = tmp_path / "home", tmp_path / "outside"
    (folder / "other").mkdir(parents=True)
    outside.touch(mode=0o666)
    profile = local_profile(folder)
    profile.prepare()
    (profile.reports).mkdir()
    (profile.reports / "link").symlink_to(outside)
    profile.prepare()
    assert _open_to_others(folder) == [str(folder), str(folder / "other")]
    assert outside.stat().st_mode & 0o777 == 0o666
