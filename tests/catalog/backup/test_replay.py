"""A restored lake answers nothing until erasures since are replayed, or shown not to exist."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from catalog.backup.replay import clear_restored_mark, take_erasures
from catalog.backup.restore import restore
from catalog.errors import DamagedLakeError, UsageError
from catalog.lake import open_lake
from catalog.profiles.profile import RESTORED, LocalProfile, local_profile
from jobs.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from tests.catalog.backup.lived import Lived

VERBS = {
    "query": ["query", "SELECT count(*) FROM customer_trusted"],
    "named query": ["query", "--name", "zone_counts"],
    "describe": ["query", "SHOW TABLES"],
    "export": ["export", "--to", "{folder}/export"],
    "run": ["run"],
    "run on a drop": ["run", "--landing", "{drop}"],
    "ingest": ["ingest", "--landing", "{drop}"],
    "init": ["init"],
    "plan": ["plan"],
    "validate": ["validate"],
    "status": ["status"],
    "history": ["history", "trusted.customer_trusted"],
    "diff": ["diff", "trusted.customer_trusted", "--from", "first"],
    "tag": ["tag", "v1"],
    "rollback": ["rollback", "trusted.customer_trusted", "--to", "first"],
    "backup": ["backup", "--to", "{folder}/backup"],
}


@pytest.fixture
def waiting(lived: Lived, tmp_path: Path) -> LocalProfile:
    """A restored lake that waits for erasures."""
    place = local_profile(tmp_path / "lake")
    restore(lived.backup(), place)
    return place


def test_no_verb_answers(
    lived: Lived, waiting: LocalProfile, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    umask = os.umask(0o077)  # which the command sets
    try:
        for name, verb in VERBS.items():
            words = [word.format(folder=tmp_path, drop=lived.drop) for word in verb]
            with pytest.raises(SystemExit) as ended:
                main([*words, "--lake", str(waiting.lake)])
            said = capsys.readouterr()
            assert (ended.value.code, said.out) == (4, ""), name
            assert f"stedi privacy replay --lake {waiting.lake}" in said.err, name
    finally:
        os.umask(umask)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lake"]


def test_who_replays_may_read(waiting: LocalProfile) -> None:
    with pytest.raises(DamagedLakeError):
        open_lake(waiting)
    open_lake(waiting.for_replay())
    clear_restored_mark(waiting)
    open_lake(waiting)


def test_a_mark_that_cannot_be_read_is_a_mark(waiting: LocalProfile) -> None:
    (waiting.lake / "privacy" / RESTORED).write_text("{")
    with pytest.raises(DamagedLakeError, match="privacy replay"):
        waiting.must_exist()


def test_none_is_said_by_whoever_knows(waiting: LocalProfile) -> None:
    assert take_erasures(waiting, "none") == []
    waiting.must_exist()
    with pytest.raises(UsageError, match="waits for no erasures"):
        take_erasures(waiting, "none")


def test_the_same_records_show_that_nothing_is_newer(lived: Lived, waiting: LocalProfile) -> None:
    assert take_erasures(waiting, str(lived.profile.lake / "privacy")) == []
    waiting.must_exist()


@pytest.mark.parametrize("newer", ["certificates/0002.json", "certificates/0001.json"])
def test_newer_records_wait_to_be_replayed(lived: Lived, waiting: LocalProfile, tmp_path: Path, newer: str) -> None:
    records = tmp_path / "records"
    shutil.copytree(lived.profile.lake / "privacy", records)
    (records / newer).write_text('{"of": "somebody"}')
    assert take_erasures(waiting, str(records)) == [newer]
    with pytest.raises(DamagedLakeError):
        waiting.must_exist()
    kept = waiting.lake / "privacy" / "replay" / newer
    assert kept.read_text() == '{"of": "somebody"}'
    assert (waiting.lake / "privacy" / "certificates" / "0001.json").read_text() == "{}"
    clear_restored_mark(waiting)
    waiting.must_exist()
    assert not kept.exists()


@pytest.mark.parametrize("records", ["older", "nothing", "nowhere"])
def test_what_shows_nothing_is_refused(waiting: LocalProfile, tmp_path: Path, records: str) -> None:
    folder = tmp_path / "records"
    if records != "nowhere":
        folder.mkdir()
    if records == "older":
        (folder / "other.json").touch()
    with pytest.raises(UsageError, match="--erasures"):
        take_erasures(waiting, str(folder))
    with pytest.raises(DamagedLakeError):
        waiting.must_exist()
