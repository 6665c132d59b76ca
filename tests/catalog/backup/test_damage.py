"""A backup that is damaged is refused by the file's name; a restore that dies leaves no lake."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from catalog.backup import pointers, restore
from catalog.backup.make import make_backup
from catalog.backup.manifest import CHECKSUM, MANIFEST, Backup, open_backup
from catalog.backup.store import backup_store
from catalog.errors import DamagedLakeError, LakeBusyError, UsageError
from catalog.profiles.profile import LocalProfile, local_profile
from catalog.storage.files import LocalStorage
from tests.catalog.backup.lived import Lived, contents, restored, rows_now

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = {
    "metadata": "tables/trusted.customer_trusted/metadata/*.metadata.json",
    "manifest list": "tables/trusted.customer_trusted/metadata/snap-*.avro",
    "manifest": "tables/trusted.customer_trusted/metadata/*-m0.avro",
    "data": "tables/landing.customer_landing/data/*.parquet",
    "deletes": "tables/trusted.accelerometer_trusted/data/*.parquet",
    "report": "reports/*/validation.json",
    "certificate": "privacy/certificates/*.json",
    "list of files": MANIFEST,
    "its checksum": CHECKSUM,
}


def _opened(profile: LocalProfile, named: Path) -> Backup:
    return open_backup(backup_store(profile, str(named)), str(named))


def _flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("harm", ["flipped", "missing"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_backup_is_refused_by_name(lived: Lived, tmp_path: Path, kind: str, harm: str) -> None:
    backup, place = tmp_path / "backup", local_profile(tmp_path / "lake")
    shutil.copytree(lived.named, backup)
    file = sorted(backup.glob(KINDS[kind]))[0]
    if harm == "flipped":
        _flip(file, file.stat().st_size // 2)
    else:
        file.unlink()
    unfinished = harm == "missing" and kind in {"list of files", "its checksum"}
    with pytest.raises(UsageError if unfinished else DamagedLakeError) as told:
        restored(_opened(place, backup), place)
    assert file.name in str(told.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup"]


@pytest.mark.parametrize("kind", ["data", "list of files", "cut off"])
def test_a_damaged_archive_is_refused(lived: Lived, tmp_path: Path, kind: str) -> None:
    archive, place = tmp_path / "backup.tar", local_profile(tmp_path / "lake")
    make_backup(lived.profile, backup_store(lived.profile, str(archive)))
    data = archive.read_bytes()
    if kind == "cut off":
        archive.write_bytes(data[: len(data) // 2])
    else:
        _flip(archive, data.index(b"PAR1" if kind == "data" else b'"made_by"') + 20)
    with pytest.raises((DamagedLakeError, UsageError), match=r"damaged|no whole backup"):
        restored(_opened(place, archive), place)
    assert not place.lake.exists()


def test_no_file_outside_of_the_backup_is_named(lived: Lived, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    shutil.copytree(lived.named, backup)
    manifest = (backup / MANIFEST).read_text().replace('"reports/', '"../reports/', 1)
    (backup / MANIFEST).write_text(manifest)
    import hashlib

    (backup / CHECKSUM).write_text(f"{hashlib.sha256(manifest.encode()).hexdigest()}  {MANIFEST}\n")
    with pytest.raises(DamagedLakeError, match=r"outside of itself: \.\./reports"):
        _opened(lived.profile, backup)


class _Killed(BaseException):
    """As SIGKILL: nothing cleans up after it."""


def _dies(*_: object, **__: object) -> None:
    raise _Killed


def _dies_at(count: int) -> Callable[..., None]:
    write, seen = LocalStorage.write, list[str]()

    def dying(self: LocalStorage, location: str, data: bytes) -> None:
        seen.append(location)
        if len(seen) == count:
            raise _Killed
        write(self, location, data)

    return dying


POINTS = {
    "first file": (LocalStorage, "write", _dies_at(1)),
    "some file": (LocalStorage, "write", _dies_at(40)),
    "catalog": (restore, "write_pointers", _dies),
    "half a catalog": (pointers, "closing", _dies),
    "mark": (LocalProfile, "mark_restored", _dies),
    "identity": (restore, "write_identity", _dies),
    "name": (Path, "rename", _dies),
}


@pytest.mark.parametrize("point", POINTS)
def test_a_restore_that_dies_leaves_no_lake(
    lived: Lived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    place = local_profile(tmp_path / "lake")
    with monkeypatch.context() as patch:
        patch.setattr(*POINTS[point])
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(_Killed):
            restore.restore(lived.backup(), place)
    assert [path.name for path in tmp_path.iterdir()] == [".lake.restoring"]
    with pytest.raises(UsageError, match="no lake"):
        place.must_exist()
    restored(lived.backup(), place)
    assert contents(place, rows=False) == contents(lived.profile, rows=False)
    assert rows_now(place) == rows_now(lived.profile)
    assert [path.name for path in tmp_path.iterdir()] == ["lake"]


def test_a_backup_that_dies_is_none(lived: Lived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("backup", "backup.tar"):
        with monkeypatch.context() as patch:
            patch.setattr("catalog.backup.make.digest", _dies)
            patch.setattr(shutil, "rmtree", lambda *_, **__: None)
            patch.setattr(Path, "unlink", lambda *_, **__: None)
            with pytest.raises(_Killed):
                make_backup(lived.profile, backup_store(lived.profile, str(tmp_path / name)))
        with pytest.raises(UsageError, match="no whole backup"):
            _opened(lived.profile, tmp_path / name)
        make_backup(lived.profile, backup_store(lived.profile, str(tmp_path / name)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "backup.tar"]


def test_two_restores_to_one_place_do_not_mix(lived: Lived, tmp_path: Path) -> None:
    place = local_profile(tmp_path / "lake")
    with restore._staging(place.lake), pytest.raises(LakeBusyError):
        restored(lived.backup(), place)


def test_a_lake_that_misses_a_file_is_not_backed_up(lived: Lived, copied: LocalProfile, tmp_path: Path) -> None:
    from catalog.backup.here import register_here
    from catalog.backup.replay import clear_restored_mark

    register_here(copied)
    clear_restored_mark(copied)
    file = next((copied.warehouse / "landing" / "customer_landing" / "data").rglob("*.parquet"))
    file.unlink()
    with pytest.raises(DamagedLakeError, match=file.name):
        make_backup(copied, backup_store(copied, str(tmp_path / "backup")))
    assert not (tmp_path / "backup").exists()
