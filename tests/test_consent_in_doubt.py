"""Consent fails closed, from the command line to the training table: in doubt, nobody is shared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.stedi import rows_by_table, stedi_json

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

pytestmark = pytest.mark.spark

T = 1_700_000_000_000
Record = dict[str, Any]


def _record(name: str, **values: Any) -> Record:
    record = {
        "customerName": "N",
        "email": f"{name}@example.com",
        "phone": "5550100",
        "birthDay": "1990-01-01",
        "serialNumber": f"device-{name}",
        "registrationDate": T,
        "lastUpdateDate": T,
        "shareWithResearchAsOfDate": T,
    }
    return {key: value for key, value in (record | values).items() if value is not ...}


# What a newer record says, which is no consent or cannot be read; each is of somebody who agreed before.
NEWER: dict[str, Record] = {
    "withdrawn": {"shareWithResearchAsOfDate": ...},
    "zero": {"shareWithResearchAsOfDate": 0},
    "blank": {"shareWithResearchAsOfDate": ""},
    "false": {"shareWithResearchAsOfDate": False},
    "negative": {"shareWithResearchAsOfDate": -1},
    "word": {"shareWithResearchAsOfDate": "null"},
    "list": {"shareWithResearchAsOfDate": []},
    "seconds": {"shareWithResearchAsOfDate": T // 1000},
    "phone": {"phone": None, "shareWithResearchAsOfDate": ...},
    "undated": {"lastUpdateDate": ..., "shareWithResearchAsOfDate": ...},
    "misspelt": {"shareWithResearchAsOfDate": ..., "ShareWithResearchAsOfDate": T},
    "case": {"email": "CASE@Example.com", "shareWithResearchAsOfDate": ...},
    "nbsp": {"email": "\u00a0nbsp@example.com", "shareWithResearchAsOfDate": ...},
    "invisible": {"email": "invis\u200bible@example.com", "shareWithResearchAsOfDate": ...},
    "future": {"lastUpdateDate": 3_976_000_000_000, "shareWithResearchAsOfDate": ...},
    "tie": {"lastUpdateDate": T, "shareWithResearchAsOfDate": ...},
    "nameless": {"email": None, "contact": "Nameless@example.com"},
}


def _deliver(folder: Path, customers: Iterable[str], readings: bytes = b"", steps: bytes = b"") -> Path:
    lines = "".join(f"{line}\n" for line in customers).encode()
    for source, contents in (("customer", lines), ("accelerometer", readings), ("step_trainer", steps)):
        (folder / source / "landing").mkdir(parents=True)
        (folder / source / "landing" / f"{folder.name}.json").write_bytes(contents)
    return folder


def _lines(records: Iterable[Record]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def _trusted(lake: Path) -> set[str]:
    answer = stedi_json("query", "SELECT person FROM trusted.customer_trusted", "--lake", lake)
    return {person.partition("@")[0] for (person,) in answer["rows"]}


def test_whatever_is_odd_about_a_newer_record_ends_consent(tmp_path: Path) -> None:
    names = [*NEWER, "cut", "latin", "always"]
    first = _deliver(
        tmp_path / "first",
        [json.dumps(_record(name)) for name in names],
        _lines({"user": f"{name}@example.com", "timestamp": T + 5, "x": 1.0, "y": 0.0, "z": 0.0} for name in names),
        _lines({"sensorReadingTime": T + 5, "serialNumber": f"device-{n}", "distanceFromObject": 1} for n in names),
    )
    lake = tmp_path / "lake"
    run = stedi_json("run", "--landing", first, "--lake", lake)
    assert rows_by_table(run)["curated.machine_learning_curated"] == len(names)
    assert run["suspendedPeople"] == 0

    newer = [json.dumps(_record(name, **({"lastUpdateDate": T + 9} | values))) for name, values in NEWER.items()]
    cut = json.dumps(_record("cut", lastUpdateDate=T + 9, shareWithResearchAsOfDate=...))
    second = _deliver(tmp_path / "second", [*newer, cut[:-9]])
    latin = json.dumps(_record("latin", customerName="X", lastUpdateDate=T + 9)).replace('"X"', '"\u00e9"')
    (second / "customer" / "landing" / "latin.json").write_bytes(latin.encode("latin-1"))
    run = stedi_json("run", "--landing", second, "--lake", lake, "--accept-refused")
    assert _trusted(lake) == {"always"}
    assert rows_by_table(run)["curated.machine_learning_curated"] == 1
    # All but those whose withdrawal was read: withdrawn, case, nbsp, tie.
    assert run["suspendedPeople"] == len(names) - 5
    assert any("consent is suspended" in warning for warning in run["warnings"])
    assert "@" not in " ".join(run["warnings"])

    again = [_record("zero"), _record("blank", lastUpdateDate=T + 20), _record("future", lastUpdateDate=T + 20)]
    run = stedi_json("run", "--landing", _deliver(tmp_path / "third", map(json.dumps, again)), "--lake", lake)
    assert _trusted(lake) == {"always", "blank", "future"}
    assert run["suspendedPeople"] == len(names) - 7
