"""Invented deliveries of a few rows: every reading has a number of its own, which is its instant."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FIRST = 1_704_067_200_000
"""The instant of row 0, epoch ms; everybody agreed and registered long before."""
SOURCES = ("customer", "accelerometer", "step_trainer")
_JUNK = 30


def address(person: str) -> str:
    """The address of a person."""
    return f"{person}@example.test"


def deliver(drop: Path, name: str, rows: Mapping[int, str], *, refused: bool = False) -> None:
    """Write the files of a delivery; each appears under its name when it is complete.

    Readings come last, so that a run that lists the folder meanwhile knows their people already.

    Args:
        drop: the drop folder.
        name: of the files.
        rows: the number of each reading, with whose it is.
        refused: so much of it is broken that a suite refuses all of it.
    """
    records: dict[str, list[Any]] = {
        "customer": [_customer(person) for person in dict.fromkeys(rows.values())],
        "step_trainer": [
            {"sensorReadingTime": FIRST + row, "serialNumber": f"device-{person}", "distanceFromObject": 1}
            for row, person in rows.items()
        ],
        "accelerometer": [
            {"user": address(person), "timestamp": FIRST + row, "x": 1.0, "y": 0.0, "z": 0.0}
            for row, person in rows.items()
        ],
    }
    if refused:
        records = {"accelerometer": [*records["accelerometer"], *({"broken": n} for n in range(_JUNK))]}
    for source, some in records.items():
        folder = drop / source / "landing"
        folder.mkdir(parents=True, exist_ok=True)
        hidden = folder / f".{name}.json"
        hidden.write_text("".join(json.dumps(record) + "\n" for record in some), encoding="utf-8")
        hidden.rename(folder / f"{name}.json")


def withhold(drop: Path, name: str) -> None:
    """Take a delivery away again."""
    for source in SOURCES:
        (drop / source / "landing" / f"{name}.json").unlink(missing_ok=True)


def _customer(person: str) -> dict[str, Any]:
    return {
        "customerName": f"Name of {person}",
        "email": address(person),
        "phone": "1",
        "birthDay": "1990-01-01",
        "serialNumber": f"device-{person}",
        "registrationDate": FIRST - 2,
        "lastUpdateDate": FIRST - 1,
        "shareWithResearchAsOfDate": FIRST - 2,
    }
