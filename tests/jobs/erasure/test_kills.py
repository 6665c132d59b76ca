"""An erasure that dies anywhere is finished by ``--resume``, and ends as one that nobody disturbed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from catalog.errors import DamagedLakeError
from catalog.privacy.erasures import OPEN, erasures
from catalog.storage.files import LocalStorage
from jobs.erasure.erase import begin_erasure, finish_erasure
from jobs.erasure.journal import Journal, open_journal
from jobs.erasure.saga import Saga
from jobs.run.progress import Stages
from tests.jobs.erasure.world import ANN, World, make_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CALLS = ("write", "delete", "create")
_IN_CI = int(os.environ.get("STEDI_ERASE_KILLS", "3"))


_KEEP, _DONE = Journal.keep, Journal.done


class KilledError(BaseException):
    """As a kill would, it passes whatever handles errors."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("killed"))


@contextmanager
def _effects(monkeypatch: pytest.MonkeyPatch, on_effect: Callable[[], None]) -> Iterator[None]:
    """Call something before and after every change of what is stored, and every commit to the catalog."""
    from catalog.rewrite import history

    def around(call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **more: Any) -> Any:
            on_effect()
            result = call(*arguments, **more)
            on_effect()
            return result

        return called

    with monkeypatch.context() as patch:
        for name in _CALLS:
            patch.setattr(LocalStorage, name, around(getattr(LocalStorage, name)))
        patch.setattr(history, "_swap", around(history._swap))
        yield


def _state(world: World) -> tuple[dict[str, Counter[str]], list[str], dict[str, bytes]]:
    """What every snapshot that was there before holds; the files of the drop folder; and what they hold."""
    rows = {f"{name} {snapshot}": Counter(map(str, found)) for (name, snapshot), found in world.rows().items()}
    return rows, sorted(map(str, world.drop.rglob("*"))), {str(p): p.read_bytes() for p in world.drop.rglob("*.json")}


def _erase(world: World) -> None:
    lake = world.lake
    journal = open_journal(world.profile) or begin_erasure(lake, [ANN], world.key, {"named": str(world.drop)})
    finish_erasure(lake, journal, world.key, Stages())


def test_it_ends_the_same_wherever_it_dies(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made.restore()
    effects = 0

    def count() -> None:
        nonlocal effects
        effects += 1

    with _effects(monkeypatch, count):
        _erase(made)
    rows, names, contents = _state(made)
    known = {key for key in rows if not key.startswith("landing.delivered_file")}
    assert effects > 60
    for place in sorted({round((number + 0.5) * effects / _IN_CI) for number in range(_IN_CI)}):
        made.restore()
        left = place

        def die() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise KilledError

        with pytest.raises(KilledError), _effects(monkeypatch, die):
            _erase(made)
        _erase(made)
        found = _state(made)
        assert {key: found[0][key] for key in known} == {key: rows[key] for key in known}, place
        assert found[1:] == (names, contents), place
        assert [each.document["state"] for each in erasures(made.profile)][-1] == "done"


def _begin(world: World) -> Journal:
    return begin_erasure(world.lake, [ANN], world.key, {"named": str(world.drop)})


def test_whoever_dies_when_all_is_certified_leaves_nothing_to_do(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made.restore()
    journal = _begin(made)

    def die(self: Journal) -> None:
        if self.document["state"] != OPEN:
            raise KilledError
        _KEEP(self)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "keep", die)
        with pytest.raises(KilledError):
            finish_erasure(made.lake, journal, made.key, Stages())
    assert [each.document["state"] for each in erasures(made.profile)] == [OPEN]
    assert open_journal(made.profile) is None
    assert [each.document["state"] for each in erasures(made.profile)] == ["done"]


def test_whoever_dies_before_anything_was_destroyed_leaves_no_values(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.restore()

    def die(_: Journal) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "keep_plan", die)
        with pytest.raises(KilledError):
            _begin(made)
    left = [path for path in made.profile.lake.joinpath("privacy").rglob("*") if path.is_file()]
    assert not [path for path in left if ANN.encode() in path.read_bytes()]
    assert open_journal(made.profile) is None
    assert [each.document["state"] for each in erasures(made.profile)] == ["never begun"]
    _erase(made)


def test_a_lost_plan_is_told(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made.restore()
    journal = _begin(made)

    def die(_: Saga) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(Saga, "_clean_reports", die)
        with pytest.raises(KilledError):
            finish_erasure(made.lake, journal, made.key, Stages())
    journal.storage.delete(journal.storage.files(journal.plan_location))
    with pytest.raises(DamagedLakeError, match="is not finished, and its plan is lost"):
        open_journal(made.profile)


def test_a_certificate_counts_what_went_before_it_died(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made.restore()
    journal = _begin(made)

    def die(_: Journal, step: str, **__: object) -> None:
        if step == "rewrite landing.customer_landing":
            raise KilledError
        _DONE(journal, step)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "done", die)
        with pytest.raises(KilledError):
            finish_erasure(made.lake, journal, made.key, Stages())
    resumed = open_journal(made.profile)
    assert resumed is not None
    certificate = finish_erasure(made.lake, resumed, made.key, Stages())
    assert certificate["tables"]["landing.customer_landing"]["rowsRemoved"] == 2


def test_a_killed_process_is_resumed_by_the_command(made: World) -> None:
    made.restore()
    script = (
        "import os, signal, sys; from jobs.erasure import saga; from jobs.cli import main\n"
        "saga.Saga._clean_reports = lambda self: os.kill(os.getpid(), signal.SIGKILL)\n"
        "main(sys.argv[1:])"
    )
    where = ["--lake", str(made.profile.lake)]
    erase = ["erase", "--email", ANN, "--landing", str(made.drop), "--yes", *where]
    killed = subprocess.run([sys.executable, "-c", script, *erase], capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    resumed = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from jobs.cli import main; main(sys.argv[1:])",
            "erase",
            "--resume",
            *where,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert resumed.returncode == 0, resumed.stderr
    assert "nothing is left" in resumed.stdout
    assert ANN not in killed.stderr + resumed.stderr + resumed.stdout
