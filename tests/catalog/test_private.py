"""What is written is its user's alone, whatever the umask; what is there already is closed when a lake is opened."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
from contextlib import closing, suppress
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from catalog.profiles.profile import local_profile
from jobs.simulator import Scenario, simulate
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


class _Watch(Thread):
    """Looks at folders again and again: what is open to others, and what was seen."""

    def __init__(self, *folders: Path) -> None:
        super().__init__(daemon=True)
        self.folders, self.found, self.seen, self.done = folders, set[str](), set[str](), Event()

    def run(self) -> None:
        while not self.done.wait(0.003):
            for folder in self.folders:
                with suppress(OSError):  # what goes meanwhile
                    self._look(folder)

    def _look(self, folder: Path) -> None:
        for path in folder.rglob("*"):
            with suppress(FileNotFoundError):
                self.seen.add(path.name)
                if path.lstat().st_mode & 0o077 and not path.is_symlink():
                    self.found.add(str(path))


@pytest.mark.parametrize("engine", ["embedded", pytest.param("spark", marks=[pytest.mark.spark, pytest.mark.faults])])
def test_what_a_run_writes_is_closed_all_the_time(tmp_path: Path, engine: str) -> None:
    """Also what is there for a moment: of SQLite, DuckDB, Spark and its workers."""
    lake, drop, temporary = tmp_path / "lake", tmp_path / "drop", tmp_path / "temporary"
    simulate(Scenario(customers=10, seed=3), drop)
    temporary.mkdir(mode=0o700)
    watch = _Watch(lake, temporary)
    watch.start()
    arguments = [COMMAND, "run", "--landing", drop, "--lake", lake, "--engine", engine]
    done = subprocess.run(
        [str(each) for each in arguments],
        capture_output=True,
        text=True,
        check=False,
        umask=0,
        env=os.environ | {"TMPDIR": str(temporary), "STEDI_JAVA_OPTIONS": f"-Djava.io.tmpdir={temporary}"},
    )
    watch.done.set()
    watch.join()
    assert done.returncode == 0, done.stderr
    assert not watch.found
    assert not _open_to_others(lake)
    assert {"catalog.db", "lake.json", "writer.lock", "writing.json"} <= watch.seen
    assert any(name.startswith("stedi_run_") for name in watch.seen)
    assert list(temporary.glob("stedi_run_*")) == []


def test_sqlite_gives_its_journal_the_rights_of_the_catalog(tmp_path: Path) -> None:
    """Whatever the umask: of a process of somebody else's that has the lake open."""
    profile = make_lake(tmp_path / "lake")
    profile.prepare()
    umask = os.umask(0)
    try:
        for mode in ("delete", "wal"):
            with closing(sqlite3.connect(profile.catalog_file)) as connection:
                connection.execute(f"PRAGMA journal_mode = {mode}")
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("UPDATE iceberg_tables SET table_name = table_name")
                beside = [path for path in profile.lake.iterdir() if path.name.startswith("catalog.db-")]
                assert beside
                assert {stat.S_IMODE(path.stat().st_mode) for path in beside} == {0o600}
    finally:
        os.umask(umask)


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
