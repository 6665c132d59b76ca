"""Withdrawn rows leave old snapshots and tags, others' and what readers see stay, and the deadline is met by it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from catalog.lake import open_lake
from catalog.specs import TABLES
from jobs.pseudonym import load_key
from jobs.withdrawal.deadlines import find_deadlines
from jobs.withdrawal.purge import purge_withdrawn
from tests.lake_without_spark import table
from tests.story import CUSTOMERS, MOTION, SHARED, STEPS, TRAINING, Story, day, two_who_agreed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return two_who_agreed(tmp_path / "lake")


def _people(story: Story, moment: str) -> dict[str, Counter[Any]]:
    """How many rows each person has at a tag or branch, by table."""
    found = {}
    for name in SHARED:
        opened = table(story.profile, name)
        rows = opened.scan(snapshot_id=opened.metadata.refs[moment].snapshot_id).to_arrow().to_pylist()
        found[name] = Counter(row.get("person") or row["pseudonym"] for row in rows)
    return found


def _purge(story: Story, days: int | None = 0, *, do: bool = True) -> dict[str, tuple[int, bool]]:
    done = purge_withdrawn(open_lake(story.profile), load_key(), list(TABLES.values()), days=days, do=do)
    return {each.table: (each.rows, each.behind) for each in done}


def test_who_withdrew_leaves_every_snapshot_and_tag_and_nobody_else(story: Story) -> None:
    story.arrive("ann", 2, since=None)
    story.publish({"ben": 10})
    now = _people(story, "main")
    assert not find_deadlines(story.profile, load_key(), day(40)).success
    expected = {CUSTOMERS: 1, MOTION: 3, STEPS: 3, "curated.customer_curated": 1, TRAINING: 3}
    assert _purge(story, do=False) == {name: (rows, False) for name, rows in expected.items()}
    assert _people(story, "before") != now
    assert _purge(story) == {name: (rows, False) for name, rows in expected.items()}
    assert _people(story, "before") == _people(story, "main") == now
    assert find_deadlines(story.profile, load_key(), day(40)).open == ()
    assert _purge(story) == {}


def test_what_is_not_due_stays(story: Story) -> None:
    story.arrive("ann", 2, since=None)
    story.publish({"ben": 10})
    before = _people(story, "before")
    assert _purge(story, days=100_000) == {}
    assert _people(story, "before") == before


def test_who_agrees_from_later_on_loses_what_is_earlier(story: Story) -> None:
    story.arrive("ann", 2, since=25)
    story.publish({"ann": 25, "ben": 10})
    assert {name: rows for name, (rows, _) in _purge(story).items()} == {MOTION: 2, STEPS: 2, TRAINING: 2}
    assert _people(story, "before")[MOTION] == {"ann": 1, "ben": 3}


def test_only_the_tables_that_are_named_are_touched(story: Story) -> None:
    story.arrive("ann", 2, since=None)
    story.publish({"ben": 10})
    before = _people(story, "before")
    purge_withdrawn(open_lake(story.profile), load_key(), [TABLES[MOTION]], days=0)
    after = _people(story, "before")
    assert {name for name in before if before[name] != after[name]} == {MOTION}


def test_rows_that_another_key_named_are_told(story: Story) -> None:
    story.arrive("ann", 2, since=None)
    story.publish({"ben": 10})
    done = purge_withdrawn(open_lake(story.profile), bytes(range(32)), [TABLES[TRAINING]], days=0)
    assert [(each.table, each.rows, each.unknown) for each in done] == [(TRAINING, 0, 2)]


def test_what_readers_still_see_is_left_to_the_next_run(story: Story) -> None:
    story.arrive("ann", 2, since=None)
    before = _people(story, "main")
    assert all(behind for _, behind in _purge(story).values())
    assert _people(story, "main") == before
