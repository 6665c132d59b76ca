"""The demonstration's two deliveries, in a drop folder that remembers which scenario it holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jobs.demo.people import cast_of
from jobs.simulator import Scenario, simulate

if TYPE_CHECKING:
    from pathlib import Path

_MARK = ".stedi-demo.json"  # drops leave out what begins with a dot
_BROKEN = "customer/landing/customer-broken.json"
_SECOND = "customer/landing/customer-second.json"
_MALFORMED = 0.01


def demo_scenario(customers: int, seed: int) -> Scenario:
    """What the demonstration simulates: data with broken records."""
    return Scenario(customers=customers, seed=seed, malformed=_MALFORMED)


def scenario_in(folder: Path) -> Scenario | None:
    """The scenario that a folder holds; None: there is no folder, or its data is somebody's own."""
    mark = folder / _MARK
    return demo_scenario(**json.loads(mark.read_text(encoding="utf-8"))) if mark.is_file() else None


def write_first(folder: Path, scenario: Scenario) -> None:
    """Write the first delivery into a new folder.

    Raises:
        UsageError: nobody in the scenario can change their consent, or the folder cannot be written to.
    """
    broken = cast_of(scenario).broken_record()
    simulate(scenario, folder)
    (folder / _BROKEN).write_text(f"{broken}\n", encoding="utf-8")
    mark = {"customers": scenario.customers, "seed": scenario.seed}
    (folder / _MARK).write_text(f"{json.dumps(mark)}\n", encoding="utf-8")


def write_second(folder: Path, scenario: Scenario) -> None:
    """Add the second delivery: the record of a person who withdraws, and the one of a person who agrees."""
    cast = cast_of(scenario)
    (folder / _SECOND).write_text(f"{cast.withdrawal()}\n{cast.agreement()}\n", encoding="utf-8")


def take_back_second(folder: Path) -> None:
    """Remove the second delivery: a new lake begins with the first."""
    (folder / _SECOND).unlink(missing_ok=True)
