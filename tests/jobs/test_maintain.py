"""``stedi maintain`` on a lake that runs made: it tells, it does, and what comes after goes on as before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from catalog.history.tags import tag_lake
from catalog.lake import open_lake
from catalog.profiles.profile import local_profile
from catalog.specs import TABLES
from jobs.demo import deliveries
from jobs.demo.people import cast_of
from tests.maintained import contents
from tests.stedi import stedi, stedi_json

if TYPE_CHECKING:
    from catalog.lake import Lake

AT_ONCE = ("--keep-days", 0, "--orphan-hours", 0)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a lake of two runs, the first of them tagged."""
    folder, scenario = tmp_path_factory.mktemp("lived"), deliveries.demo_scenario(40, 2)
    deliveries.write_first(folder / "landing", scenario)
    stedi_json("run", "--landing", folder / "landing", "--lake", folder / "lake")
    tag_lake(local_profile(folder / "lake"), "first", 30)
    deliveries.write_second(folder / "landing", scenario)
    stedi_json("run", "--landing", folder / "landing", "--lake", folder / "lake")
    return folder


def _opened(folder: Path) -> Lake:
    return open_lake(local_profile(folder / "lake"))


def _published(status: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(each["table"], each["rows"], each["published"], each["run"]) for each in status["tables"]]


def _files(document: dict[str, Any]) -> set[str]:
    return {deletion["file"] for each in document["tables"] for deletion in each["deletions"]}


def test_it_tells_then_does_it_and_runs_go_on(lived: Path) -> None:
    lake = ("--lake", lived / "lake")
    held, before = contents(_opened(lived)), stedi_json("status", *lake)
    told = stedi_json("maintain", *AT_ONCE, *lake)
    assert told["dryRun"]
    assert contents(_opened(lived)) == held
    assert all(local_file(each).exists() for each in _files(told))
    done = stedi_json("maintain", "--yes", *AT_ONCE, *lake)
    assert _files(done) == _files(told)
    assert (done["deletedFiles"], done["deletedBytes"]) == (told["deletedFiles"], told["deletedBytes"])
    assert not any(local_file(each).exists() for each in _files(told))
    assert contents(_opened(lived)) == held
    after = stedi_json("status", *lake)
    assert _published(after) == _published(before)
    assert sum(each["delete_files"] for each in before["health"]) > 0
    assert sum(each["delete_files"] for each in after["health"]) == 0
    assert sum(each["maintained_ms"] is not None for each in after["health"]) >= 7
    assert stedi("maintain", *AT_ONCE, *lake).stdout.strip() == "nothing to do"

    exported = stedi_json("export", "--to", lived / "training", *lake)  # by the verdict on the rows before
    assert exported["verdict"]["success"]
    idle = stedi_json("run", *lake)
    assert {each["outcome"] for each in idle["tables"]} == {"unchanged"}
    cast = cast_of(deliveries.demo_scenario(40, 2))
    late = json.loads(cast.withdrawal()) | {"lastUpdateDate": json.loads(cast.withdrawal())["lastUpdateDate"] + 1}
    (lived / "landing" / "customer" / "landing" / "late.json").write_text(json.dumps(late) + "\n")
    run = stedi_json("run", "--landing", lived / "landing", *lake)
    made = [each for each in run["tables"] if not each["table"].startswith("landing")]
    assert len(made) == 5
    assert all(each["how"].startswith("incremental") for each in made if each["outcome"] == "published")
    assert any(each["outcome"] == "published" for each in made)


def local_file(location: str) -> Path:
    return Path(location.removeprefix("file://"))


def test_without_a_lake_none_is_made(tmp_path: Path) -> None:
    for more in ((), ("--yes",)):
        done = stedi("maintain", *more, "--lake", tmp_path / "lake")
        assert (done.returncode, (tmp_path / "lake").exists()) == (2, False)
    assert stedi("maintain", "--table", "customer_trustet", "--lake", tmp_path).returncode == 2


_KILLED = """
import os, sys
from jobs.cli import main
from catalog.storage.files import LocalStorage

LocalStorage.delete = lambda self, files: os._exit(9)
main(sys.argv[1:])
"""


def test_a_process_that_is_killed_leaves_a_lake_that_can_be_read_and_the_next_one_finishes(lived: Path) -> None:
    lake = ("--lake", str(lived / "lake"))
    stedi_json("run", *lake)
    held = contents(_opened(lived))
    arguments = ["maintain", "--yes", *map(str, AT_ONCE), *lake]
    killed = subprocess.run([sys.executable, "-c", _KILLED, *arguments], check=False, env=os.environ)
    assert killed.returncode == 9
    assert contents(_opened(lived)) == held
    assert stedi_json("maintain", "--yes", "--keep-days", 0, *lake)["deletedFiles"] > 0
    assert contents(_opened(lived)) == held
    assert stedi("maintain", *AT_ONCE, *lake).stdout.strip() == "nothing to do"


def test_health_names_what_is_due(lived: Path) -> None:
    [quality] = [
        each for each in stedi_json("status", "--lake", lived / "lake")["health"] if "quality" in each["table"]
    ]
    assert quality.keys() >= {"data_files", "small_files", "manifests", "snapshots", "expired_snapshots", "due"}
    assert quality["due"] == []
    assert "no maintenance is due" in stedi("status", "--lake", lived / "lake").stdout
    assert len(TABLES) == 11
