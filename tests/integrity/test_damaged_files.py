"""A damaged file never gives wrong rows: it is named, with exit code 4, or what readers get is the same."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest
from pyiceberg.manifest import clear_manifest_cache

from catalog.backup.manifest import open_backup
from catalog.backup.store import backup_store
from catalog.doctor.deep import deep_findings
from catalog.errors import DamagedLakeError
from catalog.privacy.suppression import SuppressionList, load_suppression, save_suppression
from catalog.storage.files import storage_of
from tests.integrity.damage import CATALOG, answers, files_of, flipped, outcome, places, replaced
from tests.jobs.erasure.world import World, make_world
from tests.stedi import stedi

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from tests.integrity.damage import Place

_FEW, _MANY = 36, 480
_READ = {"data", "deletes", "manifest", "manifest list", "metadata"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two runs, a tag, and people whose rows were deleted by position."""
    return make_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def right(world: World) -> Callable[[str], list[Any]]:
    """What readers get of a table of the undamaged lake."""
    known: dict[str, list[Any]] = {}

    def ask(name: str) -> list[Any]:
        if name not in known:
            known[name] = answers(world.profile, name)
        return known[name]

    return ask


def _told(world: World, place: Place, right: Callable[[str], list[Any]]) -> str:
    wanted = right(place.table)
    with flipped(place):
        return outcome(partial(answers, world.profile, place.table), wanted)


def _check(world: World, right: Callable[[str], list[Any]], count: int) -> None:
    wrong, detected = [], set()
    for place in places(world.profile, count):
        told = _told(world, place, right)
        named = told.startswith("4: ") and (place.kind == CATALOG or place.file.name in told)
        if named:
            detected.add(place.kind)
        # Data and delete files: every bit counts. Of metadata, what nobody reads may be another.
        if not named and (told != "equal" or place.kind in {"data", "deletes"}):
            wrong.append((place, told))
    assert not wrong, "\n".join(map(str, wrong))
    assert detected >= _READ


def test_a_flipped_bit_is_named_or_changes_nothing(world: World, right: Callable[[str], list[Any]]) -> None:
    _check(world, right, _FEW)


@pytest.mark.faults
def test_many_flipped_bits_are_named_or_change_nothing(world: World, right: Callable[[str], list[Any]]) -> None:
    _check(world, right, _MANY)


@pytest.mark.parametrize("harm", ["missing", "empty", "cut", "other"])
@pytest.mark.parametrize("kind", sorted(_READ))
def test_a_file_that_is_missing_or_cut_is_named(world: World, kind: str, harm: str) -> None:
    files = [(name, file) for name, each, file in files_of(world.profile) if each == kind]
    name, file = files[len(files) // 2]
    data = file.read_bytes()
    another = next(other for _, other in files if other != file and other.stat().st_size != len(data))
    harmed = {"missing": None, "empty": b"", "cut": data[: len(data) // 2], "other": another.read_bytes()}[harm]
    with replaced(file, harmed):
        told = outcome(partial(answers, world.profile, name), None)
    assert told.startswith("4: "), told
    assert file.name in told


def test_verbs_name_the_file_and_what_is_made_from_its_table(world: World) -> None:
    lake = world.profile.lake
    before = world.profile.metadata_locations()
    table = "landing.customer_landing"
    file = next(file for *of, file in files_of(world.profile) if of == [table, "data"])
    harmed = bytearray(file.read_bytes())
    harmed[len(harmed) // 2] ^= 1
    with replaced(file, bytes(harmed)):
        verbs: list[tuple[object, ...]] = [
            ("query", f"SELECT count(phone) FROM {table}", "--lake", lake),
            ("backup", "--to", lake.parent / "backup", "--lake", lake),
        ]
        for verb in verbs:
            done = stedi(*verb)
            assert done.returncode == 4, done
            line = done.stderr.splitlines()[-1]
            assert f"{file.name} is damaged: its SHA-256 is not the one in its name" in line
            made = "trusted.customer_trusted, trusted.accelerometer_trusted, curated.customer_curated"
            assert f"file of {table}, from which {made}" in line
    assert world.profile.metadata_locations() == before


@pytest.fixture(scope="module")
def backup(world: World) -> Path:
    """Of the undamaged lake."""
    folder = world.folder / "backup"
    assert stedi("backup", "--to", folder, "--lake", world.profile.lake).returncode == 0
    return folder


def _found(done: Any, exit_code: int, *states: str) -> list[str]:
    """The findings of these states."""
    assert done.returncode == exit_code, done.stdout + done.stderr
    findings = json.loads(done.stdout)["findings"]
    return [f"{each['what']}: {each['found']}" for each in findings if each["state"] in states]


def _doctor(world: World, *options: object) -> Any:
    return stedi("doctor", "--deep", *options, "--lake", world.profile.lake, "--output", "json")


def test_the_doctor_finds_nothing_wrong_with_a_lake_that_is_whole(world: World) -> None:
    assert _found(_doctor(world), 0, "damaged", "missing", "left over") == []


@pytest.mark.faults
def test_a_run_publishes_nothing_that_it_would_make_of_damaged_files(world: World) -> None:
    before = world.profile.metadata_locations()
    file = next(file for *of, file in files_of(world.profile) if of == ["landing.customer_landing", "data"])
    with replaced(file, file.read_bytes()[:-1] + b"!"):
        for verb in (("run", "--rebuild"), ("validate", "landing.customer_landing")):
            done = stedi(*verb, "--lake", world.profile.lake)
            assert (done.returncode, file.name in done.stderr) == (4, True)
    assert world.profile.metadata_locations() == before


@pytest.mark.parametrize("kind", sorted(_READ))
def test_the_doctor_names_what_depends_on_a_damaged_file_and_puts_it_back(
    world: World, backup: Path, kind: str, right: Callable[[str], list[Any]]
) -> None:
    name, _, file = next(each for each in files_of(world.profile) if each[1] == kind and each[0].startswith("trusted."))
    wanted, data = right(name), file.read_bytes()
    opened = open_backup(backup_store(world.profile, str(backup)), "backup")
    for harm in (data[:-1] + bytes([data[-1] ^ 4]), None):
        with replaced(file, harm):
            clear_manifest_cache()
            # Without a backup nothing is safe.
            for findings in (deep_findings(world.profile), deep_findings(world.profile, repair=True)):
                [found] = [each for each in findings if each.state != "ok"]
                assert (found.what, found.state, file.name in found.found) == (name, "damaged", True)
                assert ("all of the table needs it" if kind == "metadata" else "snapshot") in found.found
            [found] = [each for each in deep_findings(world.profile, repair=True, backup=opened) if each.state != "ok"]
            assert (found.state, file.read_bytes()) == ("repaired", data)
            assert answers(world.profile, name) == wanted


def test_the_doctor_says_which_tables_are_made_of_a_damaged_one_and_repairs_by_the_command(
    world: World, backup: Path
) -> None:
    file = next(
        file for name, kind, file in files_of(world.profile) if (name, kind) == ("trusted.customer_trusted", "data")
    )
    with replaced(file, b""):
        [found] = _found(_doctor(world), 4, "damaged")
        assert "snapshots need it, among them what readers see now, first" in found
        assert "made from it: trusted.accelerometer_trusted, curated.customer_curated" in found
        assert len(_found(_doctor(world, "--repair", "--from", backup), 0, "repaired")) == 1


def test_the_doctor_repairs_rights_and_leaves_records_that_it_cannot_read(world: World) -> None:
    file = files_of(world.profile)[0][2]
    file.chmod(0o644)
    record = world.profile.lake / "privacy" / "suppression.json"
    storage = storage_of(world.profile)
    save_suppression(storage, world.profile, SuppressionList(frozenset({"ab" * 32})))
    try:
        harmed = record.read_bytes().replace(b"abab", b"abac", 1)
        with replaced(record, harmed):
            told = _found(_doctor(world, "--repair"), 4, "damaged", "repaired")
            assert [each.split(":")[0] for each in told] == ["records of erasures", "permissions"]
            assert record.name in told[0]
            assert record.read_bytes() == harmed
            with pytest.raises(DamagedLakeError, match="who must stay away is not known"):
                load_suppression(storage, world.profile)
    finally:
        record.unlink()
    assert file.stat().st_mode & 0o077 == 0


def test_the_doctor_tells_of_a_damaged_catalog(world: World) -> None:
    file = world.profile.catalog_file
    data = bytearray(file.read_bytes())
    data[4096:4200] = bytes(104)  # the head of the second page
    with replaced(file, bytes(data)):
        [found] = _found(_doctor(world), 4, "damaged")
    assert file.name in found


def test_what_a_backup_takes_along_is_whole(world: World, tmp_path: Path) -> None:
    file = next(file for _, kind, file in files_of(world.profile) if kind == "deletes")
    with replaced(file, file.read_bytes()[:-1] + b"!"):
        done = stedi("backup", "--to", tmp_path / "backup", "--lake", world.profile.lake)
    assert (done.returncode, file.name in done.stderr) == (4, True)
    assert not (tmp_path / "backup").exists()
