"""What breaks the model without a guard does not break the real lake: runs and maintenance, step by step the same."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from pyiceberg.exceptions import CommitFailedException, CommitStateUnknownException
from pyiceberg.table import Table

import catalog.commit.publish as protocol
from catalog.commit.arrow_files import arrow_files
from catalog.commit.publish import Changes, complete_interrupted, publish, publish_together, write_candidate
from catalog.errors import MovedError, RetryableError
from catalog.history.changes import history_of, inputs_of
from catalog.lake import Lake, open_lake
from catalog.maintenance import compaction
from catalog.maintenance.maintain import Limits
from catalog.profiles.writer_lock import writer_lock
from catalog.query.engine import query_local
from catalog.specs import TABLES
from catalog.specs.landing import DELIVERED_FILE
from jobs.cli.output import Output, OutputFormat
from jobs.ingest_landing import WRITES
from jobs.run.lake import LakeOptions, opened
from jobs.run.publish import PublicationQueue
from jobs.run.snapshots import published_snapshots
from tests.lake import content, current, seed, written
from tests.maintained import LANDING, customers, maintain, stored
from tests.model.kept import KEPT, is_there
from tests.model.needed import NEEDED

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.commit.publish import Candidate
    from jobs.run.context import RunContext

TRUSTED = TABLES["trusted.customer_trusted"]


def _entry(content_hash: str) -> list[dict[str, Any]]:
    return [{"source": "customer", "sourceFileSha256": content_hash}]


def _ingested(lake: Lake, run_id: str, person: str) -> list[Candidate]:
    """Candidates of a delivery with one person's record, on what readers see now."""
    return [
        written(lake, LANDING, customers(person), run_id=run_id),
        written(lake, DELIVERED_FILE, _entry(person), run_id=run_id),
    ]


def _seeded(lake: Lake, person: str) -> None:
    """A delivery was published, and trusted was made from it."""
    publish_together(lake, _ingested(lake, f"seed_{person}", person), f"seed_{person}")
    _make_trusted(lake)


def _make_trusted(lake: Lake) -> int:
    seen = f'{{"{LANDING.identifier}": {current(lake, LANDING)}}}'
    made = {"inputs": seen, "people-from": seen, "run-key": "k", "code": "c", "mode": "rebuild"}
    people = [{"email": each, "person": each} for each in _people(lake)]
    return seed(lake, TRUSTED, people, replaces=True, properties=made)


def _people(lake: Lake) -> list[str]:
    return sorted(row["person"] for row in content(lake, LANDING))


def _landed_once(lake: Lake, *people: str) -> bool:
    """Whether each of these people's deliveries was landed once, and nothing of an ingest is left."""
    entered = sorted(row["sourceFileSha256"] for row in content(lake, DELIVERED_FILE))
    refs = [name for spec in WRITES for name in lake.table(spec).metadata.refs if name != "main"]
    return _people(lake) == entered == sorted(people) and refs == []


def _between_tables(patch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Let something happen when an ingest has published landing, and not yet the ledger."""
    genuine = protocol._fast_forward

    def forward(lake: Lake, spec: Any, *more: Any) -> None:
        if spec == DELIVERED_FILE:
            patch.undo()
            patch.setattr(type(lake.profile), "lock_folder", None)
            act()
        genuine(lake, spec, *more)

    patch.setattr(protocol, "_fast_forward", forward)


class _DiedError(BaseException):
    """As if the process died."""


def test_every_counterexample_is_kept() -> None:
    assert KEPT.keys() == {str(each) for each in NEEDED}
    assert [test for test in KEPT.values() if not is_there(test)] == []


def test_an_ingest_that_died_is_finished_before_leftovers_are_dropped(
    real: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidates = _ingested(real, "run 1", "ann")
    written(real, TRUSTED, [], run_id="run 1")
    genuine = protocol._fast_forward

    def forward(lake: Lake, spec: Any, *more: Any) -> None:
        if spec == DELIVERED_FILE:
            raise _DiedError
        genuine(lake, spec, *more)

    monkeypatch.setattr(protocol, "_fast_forward", forward)
    with pytest.raises(_DiedError):
        publish_together(real, candidates, "run 1")
    monkeypatch.undo()
    assert content(real, DELIVERED_FILE) == []
    with opened(LakeOptions(real.profile, 0, create=False), Output(OutputFormat.JSON)) as held:
        assert _landed_once(held.lake, "ann")
        assert set(held.lake.table(TRUSTED).metadata.refs) == set()


def test_a_run_that_begins_between_two_tables_publishes_the_rest(
    unlocked: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = open_lake(unlocked.profile)

    def begins() -> None:
        assert complete_interrupted(other, WRITES) == ["run 1"]
        assert _landed_once(other, "ann")

    candidates = _ingested(unlocked, "run 1", "ann")
    _between_tables(monkeypatch, begins)
    publish_together(unlocked, candidates, "run 1")
    assert _landed_once(unlocked, "ann")


def test_two_ingests_of_one_delivery_are_published_once(unlocked: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one looked for marks before there was one, at the ledger before it moved, and at landing after."""
    other = open_lake(unlocked.profile)
    ledger = current(other, DELIVERED_FILE)

    def ingests_too() -> None:
        entry = Changes(arrow_files(other, DELIVERED_FILE).write_rows(_rows_of_entry("ann")))
        candidates = [
            written(other, LANDING, customers("ann"), run_id="run 2"),
            write_candidate(other, DELIVERED_FILE, ledger, entry, "run 2", {}),
        ]
        with pytest.raises(MovedError, match="another run is publishing"):
            publish_together(other, candidates, "run 2")
        protocol.discard(other, "run 2", WRITES)

    candidates = _ingested(unlocked, "run 1", "ann")
    _between_tables(monkeypatch, ingests_too)
    publish_together(unlocked, candidates, "run 1")
    assert _landed_once(unlocked, "ann")


def _rows_of_entry(content_hash: str) -> list[dict[str, Any]]:
    from tests.lake import rows_of

    return rows_of(DELIVERED_FILE, _entry(content_hash)).to_pylist()


def test_a_run_that_fails_after_its_mark_leaves_the_rest_to_the_next(
    unlocked: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark is taken, its answer lost; another run publishes landing; then the first drops what it left."""
    candidates, genuine = _ingested(unlocked, "run 1", "ann"), Table._do_commit
    queue = PublicationQueue(cast("RunContext", SimpleNamespace(lake=unlocked, run_id="run 1")))

    def lost(self: Table, *arguments: Any, **named: Any) -> None:
        monkeypatch.setattr(Table, "_do_commit", genuine)
        genuine(self, *arguments, **named)
        protocol._fast_forward(open_lake(unlocked.profile), LANDING, candidates[0].branch)
        raise CommitStateUnknownException("lost")

    monkeypatch.setattr(Table, "_do_commit", lost)
    with pytest.raises(RetryableError), queue.publish_or_discard():
        publish_together(unlocked, candidates, "run 1")
    assert complete_interrupted(unlocked, WRITES) == ["run 1"]
    assert _landed_once(unlocked, "ann")


def test_what_was_published_is_not_put_on_top_again(unlocked: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A publication is taken and said not to be; before the run looks again, what it published is compacted."""
    _seeded(unlocked, "ann")
    candidates, genuine = _ingested(unlocked, "run 1", "ben"), Table._do_commit

    def refused(self: Table, updates: Any, requirements: Any) -> None:
        genuine(self, updates, requirements)
        if any(getattr(update, "ref_name", "") == "main" for update in updates):
            monkeypatch.setattr(Table, "_do_commit", genuine)
            assert compaction.compact(open_lake(unlocked.profile), LANDING) == 1
            raise CommitFailedException("lost")

    monkeypatch.setattr(Table, "_do_commit", refused)
    publish_together(unlocked, candidates, "run 1")
    assert _landed_once(unlocked, "ann", "ben")


def test_a_run_never_sees_a_table_that_is_newer_than_its_input(unlocked: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever another run publishes all while one looks at the tables."""
    _seeded(unlocked, "first")
    genuine, looks = Lake.table, len(TABLES)
    for at in (0, looks // 2, looks):
        left, mine = at, open_lake(unlocked.profile)

        def looked(self: Lake, spec: Any, mine: Lake = mine, at: int = at) -> Table:
            nonlocal left
            if self is mine:
                left -= 1
                if left == -1:
                    _seeded(unlocked, f"while {at}")
            return genuine(self, spec)

        with monkeypatch.context() as patch:
            patch.setattr(Lake, "table", looked)
            seen = published_snapshots(mine)
        made_from = inputs_of(unlocked.table(TRUSTED).metadata, seen.of(TRUSTED))[LANDING.identifier]
        landing = unlocked.table(LANDING).metadata
        assert made_from in {each.snapshot_id for each in history_of(landing, seen.of(LANDING))}, at
        assert left < 0 or at == looks


def test_a_compaction_is_not_put_in_place_of_what_was_published_meanwhile(
    unlocked: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    for person in ("ann", "ben"):
        _seeded(unlocked, person)
    genuine = compaction.write_anew

    def slowly(*arguments: Any) -> Any:
        anew = genuine(*arguments)
        monkeypatch.setattr(compaction, "write_anew", genuine)
        _seeded(unlocked, "cleo")
        return anew

    monkeypatch.setattr(compaction, "write_anew", slowly)
    assert compaction.compact(open_lake(unlocked.profile), LANDING) == 1
    assert _landed_once(unlocked, "ann", "ben", "cleo")


def test_files_of_a_run_that_is_at_work_are_not_deleted(unlocked: Lake) -> None:
    """Nothing reaches what a run has written before it commits it."""
    for person in ("ann", "ben"):
        _seeded(unlocked, person)
    from tests.lake import rows_of

    rows = rows_of(LANDING, customers("cleo")).to_pylist()
    files = arrow_files(unlocked, LANDING).write_rows(rows)
    done = maintain(open_lake(unlocked.profile), Limits(keep_days=0))
    assert sum(each.written or 0 for each in done.tables) > 0
    assert {each.location for each in files} <= set(stored(unlocked, LANDING))
    base = current(unlocked, LANDING)
    publish(unlocked, write_candidate(unlocked, LANDING, base, Changes(files), "run 1", {}))
    assert _people(unlocked) == ["ann", "ben", "cleo"]


def test_a_query_reads_no_half_run(real: Lake) -> None:
    """While a run publishes, what there was before; where it died between two tables, both, and a word of it."""
    _seeded(real, "ann")
    query = "SELECT (SELECT count(*) FROM landing.customer_landing), (SELECT count(*) FROM trusted.customer_trusted)"

    def asked() -> tuple[Any, list[str]]:
        with query_local(real.profile, query) as result:
            [row] = result.batches.read_all().to_pylist()
            return tuple(row.values()), list(result.notes)

    with writer_lock(real.profile, 0):
        publish_together(real, _ingested(real, "run 1", "ben"), "run 1")
        rows, notes = asked()
        assert rows == (1, 1)
        assert "a run is publishing" in notes[0]
    rows, notes = asked()
    assert rows == (2, 1)
    assert "tables come from different runs" in notes[0]
    _make_trusted(real)
    assert asked() == ((2, 2), [])
