"""Time travel to rows of people who do not agree now is refused, and answered for who asks for them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from catalog.errors import DataRefusedError
from catalog.history.withdrawn import Withheld, find_withheld, published_now
from catalog.profiles.writer_lock import writer_lock
from catalog.query.engine import query_local
from catalog.query.versions import refuse_withdrawn_versions
from catalog.specs import TABLES
from tests.lake_without_spark import append, customer, overwrite, table
from tests.stedi import stedi, stedi_json
from tests.story import CURATED, CUSTOMERS, MOTION, STEPS, TRAINING, Story

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path / "lake")


def _withheld(story: Story, snapshots: dict[str, int]) -> dict[str, tuple[int, int]]:
    """Rows and people, by table."""
    asked = [(TABLES[name], snapshot) for name, snapshot in snapshots.items()]
    found = find_withheld(story.profile, [*asked, *asked], published_now(story.profile))
    return {each.table: (each.rows, each.people) for each in found}


def _count(story: Story, sql: str, **options: Any) -> int:
    with query_local(story.profile, sql, **options) as result:
        [row] = [row for batch in result.batches for row in batch.to_pylist()]
    return int(next(iter(row.values())))


def test_a_person_who_withdrew_and_one_who_stays(story: Story) -> None:
    both = story.publish({"ann": 10, "ben": 10})
    assert _withheld(story, both) == {}
    now = story.publish({"ben": 10})
    assert _withheld(story, both) == {
        CUSTOMERS: (1, 1),
        MOTION: (3, 1),
        STEPS: (3, 1),
        CURATED: (1, 1),
        TRAINING: (3, 1),
    }
    assert _withheld(story, now) == {}
    story.publish({})
    assert _withheld(story, now)[MOTION] == (3, 1)
    assert _withheld(story, both)[MOTION] == (6, 2)


def test_who_agrees_again_is_shown_again_from_then_on(story: Story) -> None:
    first = story.publish({"ann": 10})
    story.publish({})
    story.publish({"ann": 20})
    assert _withheld(story, first) == {MOTION: (1, 1), STEPS: (1, 1), TRAINING: (1, 1)}
    story.publish({"ann": 10})
    assert _withheld(story, first) == {}


def test_readings_of_a_device_that_is_another_persons_now(story: Story) -> None:
    first = story.publish({"ann": 10, "ben": 10})
    story.publish({"ann": 10, "ben": 10}, holders={"ann": "ben"})
    assert _withheld(story, first) == {STEPS: (3, 1), TRAINING: (3, 1)}


def test_what_a_person_changed_and_what_a_damaged_table_lacks_is_not_withdrawn(story: Story) -> None:
    first = story.publish({"ann": 10})
    overwrite(story.profile, CUSTOMERS, [customer("ann", phone="another", shareWithResearchAsOfDate=10)])
    overwrite(story.profile, MOTION, [])
    overwrite(story.profile, CURATED, [])
    assert _withheld(story, first) == {}


def test_nothing_is_withheld_of_what_is_published_now_or_of_landing(story: Story) -> None:
    first = story.publish({"ann": 10})
    story.publish({})
    for identifier, snapshot in first.items():
        table(story.profile, identifier).manage_snapshots().set_current_snapshot(snapshot).commit()
    assert _withheld(story, first) == {}  # readers get them without any time travel
    landed = append(story.profile, "landing.quarantine", [])
    append(story.profile, "landing.quarantine", [])
    assert _withheld(story, {"landing.quarantine": landed}) == {}


def test_a_table_that_has_nothing_now_withholds_everything(story: Story) -> None:
    first = story.publish({"ann": 10})
    found = find_withheld(story.profile, [(TABLES[TRAINING], first[TRAINING])], lambda _: None)
    assert found == [Withheld(TRAINING, first[TRAINING], 3, 1)]


def test_queries_of_every_kind_of_moment(story: Story) -> None:
    import time

    first = story.publish({"ann": 10, "ben": 10})
    story.tag("before")
    time.sleep(0.01)
    then = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f UTC}"
    time.sleep(0.01)
    story.publish({"ben": 10})
    count = f"SELECT count(*) FROM {CUSTOMERS}"
    moments = ("VERSION AS OF 'before'", f"VERSION AS OF {first[CUSTOMERS]}", f"TIMESTAMP AS OF TIMESTAMP '{then}'")
    asked: list[tuple[str, dict[str, Any]]] = [(f"{count} FOR {moment}", {}) for moment in moments]
    asked += [(count, {"as_of": moment}) for moment in ("before", str(first[CUSTOMERS]), then)]
    asked += [(f"SELECT (SELECT count(*) FROM landing.quarantine) + ({asked[0][0]})", {})]
    for sql, options in asked:
        with pytest.raises(DataRefusedError, match=r"holds 1 row of 1 person, .*--withdrawn"):
            _count(story, sql, **options)
        assert _count(story, sql, withdrawn=True, **options) == 2
    assert _count(story, count) == _count(story, f"{count} FOR VERSION AS OF 'main'") == 1
    assert _count(story, 'SELECT count(*) FROM trusted."customer_trusted$snapshots"') > 1


def test_while_a_run_publishes_readers_get_what_was_published_before_it(story: Story) -> None:
    story.publish({"ann": 10, "ben": 10})
    with writer_lock(story.profile, 0):
        overwrite(story.profile, CUSTOMERS, [customer("ben")])
        assert _count(story, f"SELECT count(*) FROM {CUSTOMERS}") == 2


def test_versions_in_a_text_for_athena(story: Story) -> None:
    story.publish({"ann": 10})
    story.tag("before")
    version = "FOR VERSION AS OF 'before'"
    refuse_withdrawn_versions(story.profile, f"SELECT count(*) FROM {CUSTOMERS} {version}")
    story.publish({})
    for sql in (
        f"SELECT count(*) FROM {CUSTOMERS} {version}",
        "SELECT approx_percentile(x, 0.5) FROM accelerometer_trusted /* now */ FOR VERSION AS/* */OF 'before'",
        f"WITH a AS (SELECT * FROM {STEPS} {version}) SELECT * FROM a, {CUSTOMERS}",
    ):
        with pytest.raises(DataRefusedError, match="of 1 person"):
            refuse_withdrawn_versions(story.profile, sql)
    with pytest.raises(DataRefusedError, match="of 1 person"):
        refuse_withdrawn_versions(
            story.profile,
            f"SELECT 1 FROM {CUSTOMERS} FOR TIMESTAMP AS OF ?",
            [f"TIMESTAMP '{datetime.fromtimestamp(_committed(story) / 1000, UTC):%Y-%m-%d %H:%M:%S.%f} UTC'"],
        )
    for unknown in ("SELECT * FROM elsewhere.t FOR VERSION AS OF 1", "SELECT 1 FROM (AS OF"):
        with pytest.raises(DataRefusedError, match="nobody can tell"):
            refuse_withdrawn_versions(story.profile, unknown)
    refuse_withdrawn_versions(story.profile, f"SELECT count(*) FROM {CUSTOMERS}")
    refuse_withdrawn_versions(story.profile, f"SELECT count(*) FROM landing.quarantine {version}".replace(version, ""))


def _committed(story: Story) -> int:
    """When the tagged snapshot was, epoch ms."""
    target = table(story.profile, CUSTOMERS)
    snapshot = target.snapshot_by_id(target.metadata.refs["before"].snapshot_id)
    assert snapshot is not None
    return snapshot.timestamp_ms


def test_the_commands_refuse_leave_out_and_show(story: Story, tmp_path: Path) -> None:
    story.publish({"ann": 10, "ben": 10})
    story.tag("before")
    story.publish({"ben": 10})
    lake = ("--lake", story.profile.lake)
    sql = f"SELECT count(*) FROM {TRAINING} FOR VERSION AS OF 'before'"
    refused = stedi("query", sql, *lake, "--output", "json")
    assert refused.returncode == json.loads(refused.stdout)["error"]["exitCode"] == 1
    assert stedi_json("query", sql, "--withdrawn", *lake)["rows"] == [[6]]
    compared = ("diff", CUSTOMERS, "--from", "before", "--rows", "5", *lake)
    without, shown = stedi_json(*compared), stedi_json(*compared, "--withdrawn")
    assert without["withdrawn"] == shown["withdrawn"] == shown["removed"] == 1
    assert (without["examples"], len(shown["examples"])) == ([], 1)
    assert "of people who have withdrawn since" in stedi(*compared).stdout
