"""What a run costs where little is new: an increment against the full run, and against a lake four times as large.

    python -m benchmarks.increment --customers 100000 --times 4

The delivery is the same at both sizes: new readings of 3,900 people (one in a hundred of the readings of 100,000
customers) and 100 people who change their minds. CPU seconds and bytes are those beyond a run that has nothing to do,
which is what a session costs; medians of several increments of the same lake.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.measure import STEDI, Measured, measured, median, simulate
from benchmarks.next_delivery import write_next_delivery


@dataclass(frozen=True)
class Costs:
    """Of a lake: what the full run costs, and runs with a small delivery, each with the next that has nothing to do."""

    full: Measured
    increments: list[Measured]
    idle: list[Measured]

    @property
    def cpu(self) -> float:
        """CPU seconds of an increment."""
        return median(self.increments, "cpu") - median(self.idle, "cpu")

    def print(self, name: str) -> None:
        """A line for people."""
        session, session_read = median(self.idle, "cpu"), median(self.idle, "megabytes_read")
        full, read = self.full.cpu - session, self.full.megabytes_read - session_read
        new_read = median(self.increments, "megabytes_read") - session_read
        print(
            f"{name}: full run {full:.0f} CPU s and {read:,.0f} MB read; "
            f"increment {self.cpu:.1f} CPU s ({self.cpu / full:.1%}), {new_read:,.0f} MB ({new_read / read:.1%}), "
            f"{median(self.increments, 'jobs'):.0f} Spark jobs, {median(self.increments, 'gates_cpu'):.1f} CPU s of "
            f"suites; session {session:.1f} CPU s, {session_read:,.0f} MB"
        )


def _costs(work: Path, customers: int, repeat: int) -> Costs:
    landing, lake, made, later = work / "landing", work / "lake", work / "made", work / "next"
    simulate(customers, landing)
    run = [STEDI, "run", "--lake", str(lake), "--output", "json"]
    costs = Costs(measured([*run, "--landing", str(landing)]), [], [])
    write_next_delivery(landing, later, people=3_900, instants=10, changes=100)
    lake.rename(made)
    for _ in range(repeat):
        shutil.copytree(made, lake)
        costs.increments.append(measured([*run, "--landing", str(later)]))
        costs.idle.append(measured(run))
        shutil.rmtree(lake)
    return costs


def main(
    customers: Annotated[int, typer.Option(help="Customers of the smaller lake.")] = 100_000,
    times: Annotated[int, typer.Option(help="How many times as many the larger one has; 1: none is made.")] = 4,
    repeat: Annotated[int, typer.Option(min=1, help="How many increments of each lake are measured.")] = 3,
) -> None:
    """Print what the increment costs at both sizes."""
    costs = []
    for size in dict.fromkeys((customers, customers * times)):
        with tempfile.TemporaryDirectory() as folder:
            costs.append(_costs(Path(folder), size, repeat))
        costs[-1].print(f"{size:,} customers")
    if len(costs) == 2:  # noqa: PLR2004 - the two sizes
        small, large = costs
        print(f"the increment at {times} times the size: {large.cpu / small.cpu:.2f} of the CPU seconds")


if __name__ == "__main__":
    typer.run(main)
