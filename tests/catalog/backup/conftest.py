"""One lake with a past, for all tests of backups: to make it takes seconds."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.catalog.backup.lived import Lived, live

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from catalog.profiles.profile import LocalProfile


@pytest.fixture(scope="session", autouse=True)
def _not_to_disk() -> Iterator[None]:
    """To wait for a disk that others write to, too, takes most of the time, and shows nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "sync", lambda: None)
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return live(tmp_path_factory.mktemp("lived"))


@pytest.fixture
def gone(lived: Lived) -> Iterator[Lived]:
    """The lake while its folder is somewhere else: a path that leads into it leads nowhere."""
    lake = lived.profile.lake
    away = lake.rename(lake.with_name("away"))
    yield lived
    away.rename(lake)


@pytest.fixture
def copied(lived: Lived, tmp_path: Path) -> LocalProfile:
    """A copy of the lake's folder, as ``cp -a`` makes it."""
    shutil.copytree(lived.profile.lake, tmp_path / "copy", symlinks=True)
    return replace(lived.profile, lake=tmp_path / "copy")
