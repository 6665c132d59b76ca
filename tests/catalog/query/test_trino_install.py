"""Trino's archives are brought by Ivy, checked and unpacked; here from its local repository, without a network."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from catalog.errors import TerminalError
from tests.catalog.query import trino_install
from tests.catalog.query.trino_install import Archive, installed_trino

if TYPE_CHECKING:
    from pathlib import Path


def _published(home: Path, name: str, kind: str) -> Archive:
    """An archive of one file in the local repository of a user with that home."""
    file = home / ".ivy2" / "local" / "org.example" / name / "1" / f"{kind}s" / f"{name}.{kind}"
    file.parent.mkdir(parents=True)
    content = home / f"{name}-1" / "README.txt"
    content.parent.mkdir()
    content.write_text(name)
    within = f"{name}-1/README.txt"
    if kind == "zip":
        with zipfile.ZipFile(file, "w") as zipped:
            zipped.write(content, within)
    else:
        with tarfile.open(file, "w:gz") as tarred:
            tarred.add(content, within)
    return Archive("org.example", name, "1", kind, hashlib.sha256(file.read_bytes()).hexdigest())


@pytest.fixture
def archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Archive, Archive]:
    """What Trino's lock pins, and where it is kept, are changed for the test."""
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", f"-Duser.home={tmp_path}")
    monkeypatch.setattr(trino_install, "jar_folder", lambda: tmp_path / "cache" / "jars")
    pinned = _published(tmp_path, "server", "tar.gz"), _published(tmp_path, "plugin", "zip")
    monkeypatch.setattr(trino_install, "locked_archives", lambda: pinned)
    return pinned


def test_archives_are_brought_once(archives: tuple[Archive, Archive], tmp_path: Path) -> None:
    said: list[str] = []
    folders = installed_trino(said.append)
    assert [folder.name for folder in folders] == [f"{archive.name}-1" for archive in archives]
    assert [(folder / "README.txt").read_text() for folder in folders] == ["server", "plugin"]
    assert len(said) == 2
    assert installed_trino(said.append) == folders
    assert len(said) == 2
    assert sorted(each.name for each in (tmp_path / "cache" / "trino").iterdir()) == ["plugin-1", "server-1"]


def test_an_archive_that_is_not_the_pinned_one_is_refused(
    archives: tuple[Archive, Archive], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, plugin = archives
    other = Archive(server.group, server.name, server.version, server.kind, plugin.sha256)
    monkeypatch.setattr(trino_install, "locked_archives", lambda: (other, plugin))
    with pytest.raises(TerminalError, match="nothing was kept"):
        installed_trino(print)
    assert not list((tmp_path / "cache" / "trino").iterdir())
