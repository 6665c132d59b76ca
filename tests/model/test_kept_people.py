"""What breaks the model without a guard does not break the real lake: erasures, beside others and after them."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from pyiceberg.table import Table

from catalog.commit.publish import complete_interrupted, publish
from catalog.errors import LakeBusyError, MovedError, UsageError
from catalog.lake import Lake, open_lake
from catalog.maintenance import compaction
from catalog.maintenance.forget import forget_rows
from catalog.profiles.writer_lock import writer_lock
from catalog.rewrite import history
from catalog.rewrite.history import HistoryChange
from catalog.rewrite.row_change import DataFiles, RowChange
from catalog.specs.landing import DELIVERED_FILE
from catalog.storage.reachable import reachable_files
from jobs.cli.output import Output, OutputFormat
from jobs.erasure.erase import begin_erasure
from jobs.ingest_landing import WRITES
from jobs.run.lake import LakeOptions, opened
from tests.histories.checker import LANDING as READINGS
from tests.histories.checker import TRAINING
from tests.histories.user import User
from tests.lake import KEY, content, seed, written
from tests.maintained import LANDING, customers, stored
from tests.model.test_kept_publishing import _ingested

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _forget(lake: Lake, by: str = "erasure", person: str = "ann") -> None:
    """Let a person leave landing's history, by a process of its own."""
    other = open_lake(lake.profile)
    with closing(DataFiles(other)) as reader:
        forget_rows(other, LANDING, reader, HistoryChange(RowChange(f"r.person = '{person}'"), by))


def _all_people(lake: Lake) -> set[str]:
    """Everybody in any snapshot of landing; a file that is gone is an error."""
    found = {row["person"] for each in lake.table(LANDING).metadata.snapshots for row in _rows(lake, each.snapshot_id)}
    assert {each.removeprefix("file://") for each in reachable_files(lake.table(LANDING))} <= {
        each.removeprefix("file://") for each in stored(lake, LANDING)
    }
    return found


def _rows(lake: Lake, snapshot_id: int) -> list[dict[str, Any]]:
    return content(lake, LANDING, snapshot_id)


def _before_commit(patch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Let something happen when a snapshot is about to be committed whose files are written and named."""
    genuine = Table._do_commit

    def commit(self: Table, *arguments: Any, **named: Any) -> None:
        patch.setattr(Table, "_do_commit", genuine)
        act()
        genuine(self, *arguments, **named)

    patch.setattr(Table, "_do_commit", commit)


@pytest.mark.parametrize("when", ["before it writes", "before it commits"])
def test_no_snapshot_is_made_of_what_was_rewritten_meanwhile(
    unlocked: Lake, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """A run's candidate would name deleted files, or bring her back."""
    seed(unlocked, LANDING, customers("ann", "ben"))
    run = open_lake(unlocked.profile)
    run.table(LANDING)
    if when == "before it writes":
        _forget(unlocked)
    else:
        _before_commit(monkeypatch, lambda: _forget(unlocked))
    with pytest.raises(MovedError, match="rows left the table's history"):
        written(run, LANDING, customers("ann", "cleo"), run_id="run 1")
    assert _all_people(unlocked) == {"ben"}
    later = open_lake(unlocked.profile)
    publish(later, written(later, LANDING, customers("cleo"), run_id="run 2"))
    assert _all_people(unlocked) == {"ben", "cleo"}


def test_no_compaction_is_made_of_what_was_rewritten_meanwhile(unlocked: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """It begins again with what is there then."""
    for person in ("ann", "ben", "cleo"):
        seed(unlocked, LANDING, customers(person))
    _before_commit(monkeypatch, lambda: _forget(unlocked))
    assert compaction.compact(open_lake(unlocked.profile), LANDING) == 1
    assert _all_people(unlocked) == {"ben", "cleo"}


def test_nothing_is_put_on_top_of_what_was_rewritten_meanwhile(unlocked: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Landing moved while an ingest published, and its history is rewritten just then; the next run has the rest."""
    seed(unlocked, LANDING, customers("ann"))
    candidates = _ingested(unlocked, "run 1", "ben")
    seed(unlocked, LANDING, customers("cleo"))
    genuine = Table._do_commit

    def commit(self: Table, updates: Any, requirements: Any) -> None:
        if any(getattr(update, "action", "") == "add-snapshot" for update in updates):
            monkeypatch.setattr(Table, "_do_commit", genuine)
            _forget(unlocked)
        genuine(self, updates, requirements)

    # As of a run that found landing as it was, and died once it had marked.
    unlocked.table(DELIVERED_FILE).manage_snapshots().create_tag(candidates[-1].snapshot_id, "ready_run 1").commit()
    monkeypatch.setattr(Table, "_do_commit", commit)
    with pytest.raises(MovedError, match="rows left the table's history"):
        complete_interrupted(unlocked, WRITES)
    assert complete_interrupted(unlocked, WRITES) == ["run 1"]
    assert _all_people(unlocked) == {"ben", "cleo"}
    assert sorted(row["person"] for row in content(unlocked, LANDING)) == ["ben", "cleo"]


def test_a_candidate_that_is_committed_while_history_is_rewritten_stays(
    unlocked: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed(unlocked, LANDING, customers("ann", "ben"))
    run, genuine = open_lake(unlocked.profile), history._swap
    candidates = []

    def swap(*arguments: Any) -> None:
        monkeypatch.setattr(history, "_swap", genuine)
        candidates.append(written(run, LANDING, customers("ann", "cleo"), run_id="run 1"))
        genuine(*arguments)

    monkeypatch.setattr(history, "_swap", swap)
    _forget(unlocked)
    publish(run, candidates[0])
    assert _all_people(unlocked) == {"ben", "cleo"}
    assert sorted(row["person"] for row in content(unlocked, LANDING)) == ["ben", "cleo"]


def test_nobody_writes_while_another_does(real: Lake, tmp_path: Path) -> None:
    user = User("user", tmp_path)
    (tmp_path / "lake").symlink_to(real.profile.lock_folder or "", target_is_directory=True)
    with writer_lock(real.profile, 0):
        with pytest.raises(LakeBusyError), opened(_options(real), Output(OutputFormat.JSON)):
            pass
        assert user._call("maintain", "--yes", "--wait", "0")[0] == 3
        assert user._call("tag", "v1", "--wait", "0")[0] == 3
        assert user._call("erase", "--email", "ann@example.test", "--no-landing", "--yes", "--wait", "0")[0] == 3


def _options(lake: Lake) -> LakeOptions:
    return LakeOptions(lake.profile, 0, create=False)


def test_no_run_and_no_maintenance_starts_while_an_erasure_is_not_finished(real: Lake, tmp_path: Path) -> None:
    begin_erasure(real, ["ann@example.test"], KEY, None)
    with (
        pytest.raises(UsageError, match="is not finished; finish it first"),
        opened(_options(real), Output(OutputFormat.JSON)),
    ):
        pass
    (tmp_path / "lake").symlink_to(real.profile.lock_folder or "", target_is_directory=True)
    assert User("user", tmp_path)._call("maintain", "--yes")[0] == 2


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> User:
    """Ann is erased when one delivery of hers was landed and tagged, and another waits; a third comes after that."""
    user = User("user", tmp_path_factory.mktemp("story"))
    user.deliver("first", {1: "ann", 2: "ben"})
    assert user.run() == 0
    assert user.tag("v1") == 0
    user.deliver("waits", {3: "ann", 4: "ben"})
    assert user.erase("ann") == 0
    user.deliver("late", {5: "ann", 6: "ben"})
    assert user.run() == 0
    assert user.query() == 0
    assert user.query("v1") == 0
    return user


def test_what_waited_to_be_landed_is_landed(story: User) -> None:
    """The file is rewritten without Ann before anybody ingested it: Ben's rows in it are not lost."""
    assert {4} <= set(story.events[-2].seen[READINGS]) & set(story.events[-2].seen[TRAINING])


def test_what_was_landed_is_not_landed_again(story: User) -> None:
    assert sorted(story.events[-2].seen[READINGS]) == [2, 4, 6]


def test_a_late_delivery_does_not_bring_her_back(story: User) -> None:
    assert not {1, 3, 5} & {*story.events[-2].seen[READINGS], *story.events[-2].seen[TRAINING]}


def test_she_is_in_no_snapshot_and_in_no_tag(story: User) -> None:
    assert story.events[-1].seen == {READINGS: [2], TRAINING: [2]}
