"""The parts of the demonstration that need no lake: its cast, its deliveries, and its text."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from catalog.errors import DamagedLakeError, UsageError
from jobs.cli.demo_text import tell
from jobs.cli.output import Output, OutputFormat
from jobs.demo.deliveries import demo_scenario, scenario_in, take_back_second, write_first, write_second
from jobs.demo.people import cast_of
from jobs.demo.story import Asked, check_consent

if TYPE_CHECKING:
    from pathlib import Path

SENTINEL = 987_654_321
RESEARCH = "shareWithResearchAsOfDate"


@pytest.mark.parametrize("seed", range(20))
def test_the_cast_changes_its_consent(seed: int) -> None:
    cast = cast_of(demo_scenario(60, seed))
    assert len({cast.withdrawing.email, cast.agreeing.email, cast.suspended.email}) == 3
    for person, later, agreed_before in [
        (cast.withdrawing, json.loads(cast.withdrawal()), True),
        (cast.agreeing, json.loads(cast.agreement()), False),
    ]:
        [first] = map(json.loads, person.records())
        assert first["email"] == later["email"] == person.email
        assert first["lastUpdateDate"] < later["lastUpdateDate"]
        assert (RESEARCH in first, RESEARCH in later) == (agreed_before, not agreed_before)
    assert person.instants[0] < later[RESEARCH] <= person.instants[-1]
    [agreed] = map(json.loads, cast.suspended.records())
    broken = json.loads(cast.broken_record())
    assert RESEARCH in agreed
    assert agreed.items() > broken.items()


def test_too_few_people(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--customers"):
        write_first(tmp_path / "landing", demo_scenario(1, 1))
    assert not (tmp_path / "landing").exists()


def test_a_folder_remembers_its_scenario_and_owns_only_its_second_delivery(tmp_path: Path) -> None:
    folder, scenario = tmp_path / "landing", demo_scenario(30, 7)
    write_first(folder, scenario)
    assert scenario_in(folder) == scenario
    first = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    write_second(folder, scenario)
    [second] = {path for path in folder.rglob("*") if path.is_file()} - set(first)
    assert len(second.read_text(encoding="utf-8").splitlines()) == 2
    take_back_second(folder)
    take_back_second(folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == first
    (tmp_path / "own").mkdir()
    assert scenario_in(tmp_path / "own") is None


def _pair(before: int, after: int) -> tuple[Asked, Asked]:
    return Asked("", before), Asked("", after)


def test_a_withdrawn_person_in_the_training_table_stops_the_demonstration() -> None:
    check_consent(_pair(5, 0), _pair(0, 3))
    with pytest.raises(DamagedLakeError, match="withdrew still has 1 rows"):
        check_consent(_pair(5, 1), _pair(0, 3))
    for withdrew, agreed in [(_pair(0, 0), _pair(0, 3)), (_pair(5, 0), _pair(1, 3)), (_pair(5, 0), _pair(0, 0))]:
        with pytest.raises(DamagedLakeError, match="begin again"):
            check_consent(withdrew, agreed)


def _document(number: int) -> dict[str, Any]:
    pair = [
        {"sql": "SELECT before", "answer": number, "withdrawn": True},
        {"sql": "SELECT after", "answer": number, "withdrawn": False},
    ]
    change = dict.fromkeys(("before", "removed", "added", "now"), number)
    reasons = ("without_consent", "suspended", "before_consent", "delivered_again")
    return {
        "profile": "local",
        "options": "--lake elsewhere",
        "landing": "landing",
        "customers": number,
        "delivery": {
            "sources": [
                {"source": "customer"} | dict.fromkeys(("files", "delivered", "landed", "quarantined"), number)
            ],
            "quarantined": [{"reason": "wrong_type", "records": number}],
            "example": {"source": "customer", "recordNumber": number, "reason": "wrong_type", "detail": "no number"},
        },
        "consent": {
            "people": dict.fromkeys(("known", "trusted", *reasons), number),
            "readings": dict.fromkeys(("landed", "trusted", *reasons), number),
        },
        "suspendedPeople": number + 1,
        "change": {
            "tables": [{"table": "a.b", "operation": "delete and append", **change}],
            "queries": dict.fromkeys(("all", "withdrew", "agreed"), pair),
            "tag": "first",
            "keptDays": number,
        },
        "report": "reports/index.html",
    }


def _text(document: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> str:
    tell(document, Output(OutputFormat.TEXT))
    return capsys.readouterr().out


def test_the_text_has_no_number_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    text = _text(_document(SENTINEL), capsys)
    assert text.count(f"{SENTINEL:,}") == 28
    assert re.findall(r"\d", re.sub(r"^[1-5]  ", "", text.replace(f"{SENTINEL:,}", ""), flags=re.MULTILINE)) == []
    assert "  stedi report --open --lake elsewhere   #" in text
    assert '  stedi query "SELECT before" --withdrawn\n' in text
    assert '  stedi query "SELECT after"\n' in text


def test_a_rebuild_is_not_called_an_increment(capsys: pytest.CaptureFixture[str]) -> None:
    document = _document(1)
    assert "rows of these people only" in _text(document, capsys)
    document["change"]["tables"].append(document["change"]["tables"][0] | {"operation": "overwrite"})
    assert "The tables were rebuilt" in _text(document, capsys)


def test_data_of_ones_own_has_no_second_delivery(capsys: pytest.CaptureFixture[str]) -> None:
    text = _text(_document(1) | {"customers": None, "change": None}, capsys)
    assert "1  A delivery: Your data" in text
    assert "time travel" not in text
