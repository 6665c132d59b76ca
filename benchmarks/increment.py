"""What a run costs where little is new: an increment against the full run, and against a lake four times as large.

    python -m benchmarks.increment --customers 100000 --times 4

The delivery is the same at both sizes: new readings of 3,900 people (one in a hundred of the readings of 100,000
customers) and 100 people who change their minds. CPU seconds and bytes are those beyond a run that has nothing to do,
which is what a session costs; medians of several increments of the same lake. The two sizes take turns, as machines
become slower and faster within the hour.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.measure import STEDI, Measured, measured, median, simulate
from benchmarks.next_delivery import write_next_delivery


@dataclass(frozen=True)
class Lake:
    """A lake, and what was measured of it: its full run, and runs with a small delivery or with nothing to do."""

    folder: Path
    customers: int
    full: Measured
    increments: list[Measured] = field(default_factory=list)
    idle: list[Measured] = field(default_factory=list)

    def add(self) -> None:
        """Measure an increment of a copy, and the run after it, which has nothing to do."""
        shutil.copytree(self.folder / "made", self.folder / "lake")
        self.increments.append(measured([*_run(self.folder), "--landing", str(self.folder / "next")]))
        self.idle.append(measured(_run(self.folder)))
        shutil.rmtree(self.folder / "lake")

    def beyond_idle(self, figure: str) -> float:
        """An increment's median of an attribute of ``Measured``, without that of a run with nothing to do."""
        return median(self.increments, figure) - median(self.idle, figure)

    def print(self) -> None:
        """A line for people."""
        session, session_read = median(self.idle, "cpu"), median(self.idle, "megabytes_read")
        full, full_read = self.full.cpu - session, self.full.megabytes_read - session_read
        new, new_read = self.beyond_idle("cpu"), self.beyond_idle("megabytes_read")
        print(
            f"{self.customers:,} customers: full run {full:.0f} CPU s and {full_read:,.0f} MB read; "
            f"increment {new:.1f} CPU s ({new / full:.1%}), {new_read:,.0f} MB ({new_read / full_read:.1%}), "
            f"{median(self.increments, 'gates_cpu'):.1f} CPU s of suites"
        )
        print(
            f"  with its start {median(self.increments, 'cpu'):.1f} CPU s, {median(self.increments, 'seconds'):.1f} s; "
            f"with nothing new {session:.1f} CPU s, {session_read:,.0f} MB"
        )


def _run(folder: Path) -> list[str]:
    return [STEDI, "run", "--lake", str(folder / "lake"), "--output", "json"]


def _made(folder: Path, customers: int) -> Lake:
    """A lake of so many customers, and the delivery after it."""
    landing = folder / "landing"
    simulate(customers, landing)
    full = measured([*_run(folder), "--landing", str(landing)])
    write_next_delivery(landing, folder / "next", people=3_900, instants=10, changes=100)
    shutil.rmtree(landing)
    # Tables know where they are: a copy has to have the same path.
    (folder / "lake").rename(folder / "made")
    return Lake(folder, customers, full)


def main(
    customers: Annotated[int, typer.Option(help="Customers of the smaller lake.")] = 100_000,
    times: Annotated[int, typer.Option(help="How many times as many the larger one has; 1: none is made.")] = 4,
    repeat: Annotated[int, typer.Option(min=1, help="How many increments of each lake are measured.")] = 3,
) -> None:
    """Print what the increment costs at both sizes."""
    with tempfile.TemporaryDirectory() as folder:
        sizes = dict.fromkeys((customers, customers * times))
        lakes = [_made(Path(folder) / str(size), size) for size in sizes]
        for _ in range(repeat):
            for lake in lakes:
                lake.add()
    for lake in lakes:
        lake.print()
    if len(lakes) == 2:  # noqa: PLR2004 - the two sizes
        small, large = lakes
        cpu, read = (large.beyond_idle(each) / small.beyond_idle(each) for each in ("cpu", "megabytes_read"))
        print(f"the increment at {times} times the size: {cpu:.2f} of the CPU seconds, {read:.2f} of the bytes")


if __name__ == "__main__":
    typer.run(main)
