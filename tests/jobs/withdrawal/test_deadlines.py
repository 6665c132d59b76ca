"""Deadlines of withdrawals: open for as long as any file that a snapshot keeps holds rows of the person."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from catalog.errors import UsageError
from catalog.profiles.profile import local_profile
from jobs.pseudonym import load_key, pseudonym
from jobs.withdrawal.deadlines import Chain, Deadlines, chain_of, find_deadlines
from jobs.withdrawal.erasures import recorded_erasures
from tests.lake import current, found_rows, seed
from tests.lake_without_spark import append, customer
from tests.stedi import stedi
from tests.story import CUSTOMERS, MOTION, SHARED, STEPS, TRAINING, Story, day, two_who_agreed

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.lake import Lake


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return two_who_agreed(tmp_path / "lake")


def _at(story: Story, days: float) -> Deadlines:
    return find_deadlines(story.profile, load_key(), day(days))


def _open(found: Deadlines) -> list[tuple[str, str, float, dict[str, int]]]:
    """Person, reason, day of arrival, and rows by table."""
    names = {pseudonym(who, load_key()): who for who in ("ann", "ben")}
    return [
        (
            names[each.pseudonym],
            each.reason,
            (each.arrived - day(0)) / timedelta(days=1),
            {held.table: held.rows for held in each.held},
        )
        for each in found.open
    ]


ALL_ROWS = {CUSTOMERS: 1, MOTION: 3, STEPS: 3, "curated.customer_curated": 1, TRAINING: 3}


def test_nothing_is_open_where_nobody_withdrew(story: Story) -> None:
    found = _at(story, 1)
    assert (found.open, found.unattributed, found.success) == ((), (), True)


def test_a_withdrawal_is_open_until_no_snapshot_holds_its_rows(story: Story) -> None:
    story.arrive("ann", 2, since=None)
    assert _open(_at(story, 2)) == [("ann", "withdrawn", 2, ALL_ROWS)]  # before any run took them away, too
    story.publish({"ben": 10})
    found = _at(story, 32)
    assert _open(found) == [("ann", "withdrawn", 2, ALL_ROWS)]
    assert {held.refs for held in found.open[0].held} == {("before",)}
    assert {held.table for held in found.open[0].held} == set(SHARED)
    assert (found.success, found.missed) == (True, [])  # the last moment
    late = _at(story, 32.01)
    assert (late.success, late.missed) == (False, list(late.open))
    story.expire()
    assert _open(_at(story, 3)) == [("ann", "withdrawn", 2, ALL_ROWS)]  # the tag keeps them
    from catalog.history.tags import untag_lake

    untag_lake(story.profile, "before")
    story.expire()
    assert _at(story, 40).open == ()
    assert _at(story, 40).success


def test_oldest_first_and_each_withdrawal_has_its_own_deadline(story: Story) -> None:
    """Ann withdraws, agrees again from later on, and withdraws again; between the two Ben does."""
    story.arrive("ann", 2, since=None)
    story.publish({"ben": 10})
    story.arrive("ben", 3, since=None)
    story.publish({})
    story.arrive("ann", 4, since=20)
    story.publish({"ann": 20})
    # Ben's rows were stored for two publications.
    twice = {name: 2 * rows for name, rows in ALL_ROWS.items()}
    two = [("ann", "withdrawn", 2, {MOTION: 1, STEPS: 1, TRAINING: 1}), ("ben", "withdrawn", 3, twice)]
    assert _open(_at(story, 5)) == two
    story.arrive("ann", 6, since=None)
    story.publish({})
    # Rows from the second consent on were stored for the first publication, and for the third.
    again = {CUSTOMERS: 2, MOTION: 4, STEPS: 4, "curated.customer_curated": 2, TRAINING: 4}
    assert _open(_at(story, 7)) == [*two, ("ann", "withdrawn", 6, again)]


def test_who_agrees_again_to_the_same_has_nothing_open(story: Story) -> None:
    story.arrive("ann", 2, since=None)
    story.publish({"ben": 10})
    story.arrive("ann", 3, since=10)
    story.publish({"ann": 10, "ben": 10})
    assert _at(story, 4).open == ()


def test_a_consent_that_begins_later_takes_the_earlier_readings_away(story: Story) -> None:
    story.arrive("ann", 2, since=30)
    story.publish({"ann": 30, "ben": 10})
    assert _open(_at(story, 3)) == [("ann", "begins later", 2, {MOTION: 2, STEPS: 2, TRAINING: 2})]


def test_a_suspended_consent_has_a_deadline_like_a_withdrawal(story: Story) -> None:
    story.refuse("ann", 2)
    story.publish({"ben": 10})
    story.arrive("ann", 3, since=None)  # which is what the refused record may have said
    assert _open(_at(story, 4)) == [("ann", "suspended", 2, ALL_ROWS)]


def test_rows_of_nobody_who_is_known_are_told_and_never_pass(story: Story) -> None:
    append(story.profile, CUSTOMERS, [customer("stranger")])
    found = _at(story, 1)
    assert [(held.table, held.rows, held.refs) for held in found.unattributed] == [(CUSTOMERS, 1, ("main",))]
    assert not found.success
    other_key = find_deadlines(story.profile, bytes(range(32)), day(1))
    assert {held.table for held in other_key.unattributed} == {CUSTOMERS, TRAINING}


def test_rows_that_are_deleted_by_position_are_still_stored(lake: Lake) -> None:
    from catalog.specs.landing import CUSTOMER_LANDING
    from catalog.specs.trusted import CUSTOMER_TRUSTED
    from tests.lake import emptied

    emptied(lake)
    landed = [
        customer(who, lastUpdateDate=at, shareWithResearchAsOfDate=since)
        | {"sourceFileSha256": f"{who}{at}", "recordNumber": 1, "ingestedAt": day(at)}
        for who, at, since in (("ann", 0, 10), ("ben", 0, 10), ("ann", 2, None))
    ]
    seed(lake, CUSTOMER_LANDING, landed)
    seed(lake, CUSTOMER_TRUSTED, [customer("ann"), customer("ben")])
    seed(lake, CUSTOMER_TRUSTED, [], deletes=found_rows(lake, CUSTOMER_TRUSTED, "ann"))
    lake.table(CUSTOMER_TRUSTED).maintenance.expire_snapshots().by_id(
        lake.table(CUSTOMER_TRUSTED).metadata.snapshots[0].snapshot_id
    ).commit()
    assert [each.snapshot_id for each in lake.table(CUSTOMER_TRUSTED).metadata.snapshots] == [
        current(lake, CUSTOMER_TRUSTED)
    ]
    [held] = find_deadlines(lake.profile, load_key(), day(3)).open[0].held
    assert (held.rows, held.files, held.refs) == (1, 1, ("main",))


def test_the_chain_adds_up_by_default_and_says_where_it_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = local_profile(tmp_path)
    assert chain_of(profile) == Chain(30, 21, 1, 0)
    assert chain_of(profile).warnings == Chain(30, 21, 1, 7).warnings == []
    monkeypatch.setenv("STEDI_WITHDRAWAL_DAYS", "25")
    monkeypatch.setenv("STEDI_MAINTENANCE_DAYS", "2")
    monkeypatch.setenv("STEDI_NONCURRENT_DAYS", "3")
    [warning] = chain_of(profile).warnings
    assert "more than the 25 days" in warning
    assert Chain(30, 21, 1, None).warnings
    for wrong in ("0", "many", "-1", "1.5"):
        monkeypatch.setenv("STEDI_WITHDRAWAL_DAYS", wrong)
        with pytest.raises(UsageError, match="STEDI_WITHDRAWAL_DAYS is a number of days"):
            chain_of(profile)


def test_unfinished_erasures_and_certificates_are_among_them(story: Story) -> None:
    assert recorded_erasures(story.profile).certificates == ()
    folder = story.profile.lake / "privacy"
    begun = {"begun": "2026-01-02T03:04:05+00:00"}
    records = {
        "erasures/e1/journal.json": begun | {"id": "e1", "state": "open"},
        "erasures/e2/journal.json": begun | {"id": "e2", "state": "done"},
        "certificates/000001.json": {},
        "certificates/000001.files": {},
    }
    for name, document in records.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(document), encoding="utf-8")
    found = recorded_erasures(story.profile)
    assert (list(found.unfinished), found.certificates) == (["e1"], ("000001.json",))
    began = found.unfinished["e1"]
    assert find_deadlines(story.profile, load_key(), began + timedelta(days=30)).success
    late = find_deadlines(story.profile, load_key(), began + timedelta(days=31))
    assert (late.overdue_erasures, late.success) == (["e1"], False)


def test_the_command_names_people_by_pseudonym_and_exits_1_where_a_deadline_is_missed(story: Story) -> None:
    lake = ("--lake", story.profile.lake)
    quiet = stedi("privacy", "status", *lake)
    assert (quiet.returncode, quiet.stdout.strip()) == (0, "nothing open"), quiet.stderr
    story.arrive("ann", 2, since=None)
    story.publish({"ben": 10})
    done = stedi("privacy", "status", "--output", "json", *lake)
    document = json.loads(done.stdout)
    [withdrawal] = document["open"]
    assert (done.returncode, document["success"], withdrawal["missed"]) == (1, False, True)
    assert withdrawal["person"] == pseudonym("ann", load_key())
    assert withdrawal["daysLeft"] < 0
    text = stedi("privacy", "status", *lake, STEDI_WITHDRAWAL_DAYS="36500")
    assert text.returncode == 0, text.stderr
    assert "1 withdrawal open, 0 past the deadline" in text.stdout
    for output in (done.stdout, text.stdout, text.stderr):
        assert '"ann' not in output
        assert " ann" not in output
