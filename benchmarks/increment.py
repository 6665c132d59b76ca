"""What a run costs where little is new: an increment against the full run, and against a lake four times as large.

    python -m benchmarks.increment --customers 100000 --times 4

The delivery is the same at both sizes: new readings of 3,900 people (one in a hundred of the readings of 100,000
customers) and 100 people who change their minds. CPU seconds and bytes are those beyond a run that has nothing to do,
which is what a session costs.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.measure import Measured, measured
from benchmarks.next_delivery import write_next_delivery

_STEDI = str(Path(sys.executable).with_name("stedi"))


@dataclass(frozen=True)
class Costs:
    """Of a lake: what the full run costs, a run with nothing to do, and one with a small delivery."""

    full: Measured
    idle: Measured
    increment: Measured

    def print(self, name: str) -> None:
        """A line for people."""
        full, new = self.full.cpu - self.idle.cpu, self.increment.cpu - self.idle.cpu
        read, new_read = (each.megabytes_read - self.idle.megabytes_read for each in (self.full, self.increment))
        print(
            f"{name}: full run {full:.0f} CPU s and {read:,.0f} MB read; "
            f"increment {new:.0f} CPU s ({new / full:.1%}), {new_read:,.0f} MB ({new_read / read:.1%}), "
            f"{self.increment.jobs} Spark jobs, {self.increment.gates_cpu:.0f} CPU s of suites; "
            f"session {self.idle.cpu:.0f} CPU s, {self.idle.megabytes_read:,.0f} MB"
        )


def _costs(work: Path, customers: int) -> Costs:
    landing, lake, later = work / "landing", work / "lake", work / "next"
    subprocess.run([_STEDI, "simulate", "--customers", str(customers), "--to", str(landing)], check=True)  # noqa: S603
    run = [_STEDI, "run", "--lake", str(lake), "--output", "json"]
    full, idle = measured([*run, "--landing", str(landing)]), measured(run)
    write_next_delivery(landing, later, people=3_900, instants=10, changes=100)
    return Costs(full, idle, measured([*run, "--landing", str(later)]))


def main(
    customers: Annotated[int, typer.Option(help="Customers of the smaller lake.")] = 100_000,
    times: Annotated[int, typer.Option(help="How many times as many the larger one has; 1: none is made.")] = 4,
) -> None:
    """Print what the increment costs at both sizes."""
    costs = []
    for size in dict.fromkeys((customers, customers * times)):
        with tempfile.TemporaryDirectory() as folder:
            costs.append(_costs(Path(folder), size))
        costs[-1].print(f"{size:,} customers")
    if len(costs) == 2:  # noqa: PLR2004 - the two sizes
        small, large = (each.increment.cpu - each.idle.cpu for each in costs)
        print(f"the increment at {times} times the size: {large / small:.2f} of the CPU seconds")


if __name__ == "__main__":
    typer.run(main)
