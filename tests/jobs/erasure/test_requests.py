"""Lists of people to erase: what is read of them, and that an erasure waits until nobody else writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from catalog.errors import RetryableError, UsageError
from catalog.profiles.job_runs import Quiet, jobs_at_work
from catalog.storage.files import LocalStorage
from jobs.erasure import requests
from jobs.erasure.requests import erase_requested, read_lists
from jobs.run.progress import Stages

if TYPE_CHECKING:
    from pathlib import Path

LISTED = {"b.txt": "# of June\n\nBen@Example.test\n", "a.txt": "\ufeffann@example.test\nANN@example.test \n"}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "people").mkdir()
    for name, text in LISTED.items():
        (tmp_path / "people" / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_each_line_names_a_person_once(place: Path) -> None:
    lists = read_lists(LocalStorage(), str(place))
    assert [each.people for each in lists] == [("ann@example.test",), ("ben@example.test",)]


@pytest.mark.parametrize("content", [b"ann@example.test\nnobody\n", b"\xff\xfe\n", b"# nobody\n"])
def test_a_list_that_cannot_be_read_is_refused_and_its_name_is_not_told(place: Path, content: bytes) -> None:
    (place / "people" / "cleo@example.test.txt").write_bytes(content)
    with pytest.raises(UsageError) as raised:
        read_lists(LocalStorage(), str(place))
    assert "@" not in str(raised.value)
    assert "list 3 of 3" in str(raised.value)


class Glue:
    """Glue with one job, whose newest run is in one state after another."""

    class exceptions:  # noqa: N801 - boto3's name
        class EntityNotFoundException(Exception):  # noqa: N818 - AWS's name
            pass

    def __init__(self, *states: str) -> None:
        self.states = list(states)

    def get_job_runs(self, *, JobName: str, MaxResults: int) -> dict[str, Any]:  # noqa: N803 - AWS's names
        assert MaxResults <= 200
        if JobName != "ingest":
            raise self.exceptions.EntityNotFoundException
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {"JobRuns": [{"JobRunState": "WAITING"}, {"JobRunState": state}, {"JobRunState": "SUCCEEDED"}]}


@pytest.mark.parametrize(
    ("state", "at_work"),
    [(s, True) for s in ("STARTING", "RUNNING", "STOPPING")]
    + [(s, False) for s in ("WAITING", "SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED")],
)
def test_a_run_that_may_write_is_at_work(state: str, *, at_work: bool) -> None:
    assert jobs_at_work(Glue(state), ["ingest"]) == (["ingest"] if at_work else [])


def test_it_waits_until_others_have_ended() -> None:
    glue = Glue("RUNNING", "STOPPING", "SUCCEEDED")
    Quiet(glue, ["ingest"], pause_seconds=0)()
    assert glue.states == ["SUCCEEDED"]


def test_it_gives_up_where_others_go_on_and_where_nobody_can_tell() -> None:
    with pytest.raises(RetryableError, match="ingest"):
        Quiet(Glue("RUNNING"), ["ingest"], patience_seconds=0, pause_seconds=0)()
    with pytest.raises(UsageError, match="there is no Glue job other"):
        Quiet(Glue("SUCCEEDED"), ["ingest", "other"])()


class World:
    """Stands for erasures: what was begun, waited for, finished, in order."""

    def __init__(self, unfinished: tuple[str, ...] = ()) -> None:
        self.steps: list[str] = []
        self.unfinished = unfinished

    @property
    def subjects(self) -> World:
        return self

    @property
    def people(self) -> tuple[str, ...]:
        return self.unfinished


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()

    def finish(*_: object) -> dict[str, Any]:
        made.steps.append("finish")
        return {}

    monkeypatch.setattr(requests, "storage_of", lambda _: LocalStorage())
    monkeypatch.setattr(requests, "open_journal", lambda _: made if made.unfinished else None)
    monkeypatch.setattr(requests, "begin_erasure", lambda _, people, *__: made.steps.append("begin " + "".join(people)))
    monkeypatch.setattr(requests, "finish_erasure", finish)
    monkeypatch.setattr(requests, "_copy_certificates", lambda *_: made.steps.append("copy"))
    return made


class Lake:
    profile = None


def _erase(place: Path, world: World) -> int:
    lake: Any = Lake()
    return len(erase_requested(lake, str(place), b"", Stages(), lambda: world.steps.append("wait")))


def test_nothing_is_destroyed_before_the_others_have_ended(place: Path, world: World) -> None:
    """They look for erasures when they begin, so what was begun after the journal ends by itself."""
    assert _erase(place, world) == 2
    each = ["wait", "finish"]
    assert world.steps == ["begin ann@example.test", *each, "begin ben@example.test", *each, "copy"]
    assert list(place.glob("people/*")) == []


def test_what_was_begun_is_finished_first_and_its_list_is_done_with_it(place: Path, world: World) -> None:
    world.unfinished = ("ben@example.test",)
    assert _erase(place, world) == 2
    assert world.steps == ["wait", "finish", "begin ann@example.test", "wait", "finish", "copy"]
    assert list(place.glob("people/*")) == []


def test_what_was_begun_is_finished_although_a_list_cannot_be_read(place: Path, world: World) -> None:
    world.unfinished = ("ben@example.test",)
    (place / "people" / "c.txt").write_text("nobody\n", encoding="utf-8")
    with pytest.raises(UsageError, match="list 3 of 3"):
        _erase(place, world)
    assert world.steps == ["wait", "finish"]
    assert len(list(place.glob("people/*"))) == 3


def test_without_a_list_there_is_nothing_to_do(tmp_path: Path, world: World) -> None:
    with pytest.raises(UsageError, match="no list"):
        _erase(tmp_path, world)
    assert world.steps == []
