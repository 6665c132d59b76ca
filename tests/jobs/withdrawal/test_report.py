"""The privacy report: counts of what is in the lake, as data and as a page without personal data."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

from jobs.pseudonym import load_key, pseudonym
from jobs.withdrawal.report import privacy_report
from tests.lake_without_spark import append
from tests.stedi import stedi, stedi_json
from tests.story import INSTANTS, Story, day

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def _tell(folder: Path, last_day: int = 5) -> Story:
    """Ann withdrew long ago, Ben is suspended, Cleo agrees, Dan never did."""
    story = Story(folder)
    for who in ("ann@example.test", "ben@example.test"):
        story.arrive(who, 0, since=10)
    story.publish({"ann@example.test": 10, "ben@example.test": 10})
    story.arrive("dan@example.test", 2, since=None)
    story.arrive("ann@example.test", 2.5, since=None)
    story.refuse("ben@example.test", 3)
    story.arrive("cleo@example.test", last_day, since=20)
    story.publish({"cleo@example.test": 20})
    readings = [
        {"user": "dan", "person": "dan", "timestamp": at, "x": 1.0, "y": 1.0, "z": 1.0, "sourceFile": "f"}
        | {"sourceFileSha256": "0", "recordNumber": at, "ingestedAt": day(0)}
        for at in INSTANTS
    ]
    append(story.profile, "landing.accelerometer_landing", readings)
    return story


def test_it_counts_by_day(tmp_path: Path) -> None:
    told = privacy_report(_tell(tmp_path / "lake").profile, load_key())
    assert told["people"] == {"known": 4, "agreed": 1, "suspended": 1, "withoutConsent": 2}
    assert told["unit"] == "day"
    assert told["changes"] == [
        {"day": "2026-01-01", "agreed": 2, "suspended": 0, "withdrew": 0},
        {"day": "2026-01-03", "agreed": 0, "suspended": 0, "withdrew": 1},
        {"day": "2026-01-04", "agreed": 0, "suspended": 1, "withdrew": 0},
        {"day": "2026-01-06", "agreed": 1, "suspended": 0, "withdrew": 0},
    ]
    assert told["readings"] == [
        {"what": "accelerometer readings", "held": 3, "used": 2},
        {"what": "step trainer readings", "held": 0, "used": 2},
    ]
    assert told["trainingRows"] == 2


def test_a_long_time_is_counted_by_week(tmp_path: Path) -> None:
    told = privacy_report(_tell(tmp_path / "lake", last_day=100).profile, load_key())
    assert told["unit"] == "week"
    assert told["changes"][0] == {"week": "2025-12-29", "agreed": 2, "suspended": 1, "withdrew": 1}


def test_deadlines_are_those_of_the_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    story = _tell(tmp_path / "lake")
    missed = privacy_report(story.profile, load_key())["deadlines"]
    assert {key: missed[key] for key in ("ended", "gone", "open", "missed", "success")} == {
        "ended": 2,
        "gone": 0,
        "open": 0,
        "missed": 2,
        "success": False,
    }
    monkeypatch.setenv("STEDI_WITHDRAWAL_DAYS", "36500")
    waiting = privacy_report(story.profile, load_key())["deadlines"]
    assert (waiting["open"], waiting["missed"], waiting["success"]) == (2, 0, True)
    story.expire()
    gone = privacy_report(story.profile, load_key())["deadlines"]
    assert (gone["ended"], gone["gone"], gone["open"]) == (2, 2, 0)


def test_the_page_and_the_data_hold_counts_alone(tmp_path: Path) -> None:
    story = _tell(tmp_path / "lake")
    lake = ("--lake", story.profile.lake)
    (story.profile.lake / "privacy" / "certificates").mkdir(parents=True)
    (story.profile.lake / "privacy" / "certificates" / "000001.json").write_text("{}", encoding="utf-8")
    document = stedi_json("privacy", "report", *lake)
    page = story.profile.reports / "privacy" / "index.html"
    assert document.pop("report") == str(page)
    data = page.with_name("privacy.json").read_text(encoding="utf-8")
    html = page.read_text(encoding="utf-8")
    kept = json.loads(data)
    assert {**kept, "at": ""} == {**document, "at": ""}
    for told in ("2 deadlines missed", "1 certificate,", "000001.json", "<svg", "Changes of consent by day"):
        assert told in html
    names = [pseudonym(f"{who}@example.test", load_key()) for who in ("ann", "ben", "cleo", "dan")]
    assert not [name for name in (*names, "example.test") if name in html + data]
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert stedi("privacy", "report", "--to", tmp_path / "one.html", *lake).returncode == 0
    assert stedi("privacy", "report", "--to", tmp_path / "one.json", *lake).returncode == 0
    assert stedi("privacy", "report", "--to", tmp_path / "both", *lake).returncode == 0
    assert {path.name for path in (tmp_path / "both").iterdir()} == {"index.html", "privacy.json"}
    assert (tmp_path / "one.html").is_file()
    assert json.loads((tmp_path / "one.json").read_text(encoding="utf-8"))["people"] == document["people"]
    (tmp_path / "file").write_text("", encoding="utf-8")
    refused = stedi("privacy", "report", "--to", tmp_path / "file" / "in", *lake)
    assert (refused.returncode, "another place with --to" in refused.stderr) == (2, True)
