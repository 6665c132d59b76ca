"""A full run of ours against a plain PySpark job and DuckDB alone, on the same landing data, one after the other.

The rivals are what one writes first: schemas inferred, filters, joins per person, Parquet. They have no gates, no
Iceberg, no quarantine. After each of our runs the same is asked again, with nothing new.

    python -m benchmarks.full_run --landing DIR --repeat 3
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.measure import STEDI, Measured, measured, print_median, print_ratios, simulate

RIVALS = {
    name: Path(__file__).with_name(f"{script}.py")
    for name, script in {"plain PySpark": "plain_pyspark", "DuckDB alone": "plain_duckdb"}.items()
}


def main(
    landing: Annotated[Path | None, typer.Option(help="Landing data; simulated where none is given.")] = None,
    customers: Annotated[int, typer.Option(help="Customers to simulate where no landing data is given.")] = 100_000,
    repeat: Annotated[int, typer.Option(min=1, help="How often each side runs; medians are printed.")] = 3,
    engine: Annotated[str, typer.Option(help="The engine of our run.")] = "auto",
) -> None:
    """Print the medians of all sides and their ratios."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        drop = landing or work / "landing"
        if landing is None:
            simulate(customers, drop)
        ours, idle = list[Measured](), list[Measured]()
        rivals: dict[str, list[Measured]] = {name: [] for name in RIVALS}
        for _ in range(repeat):
            shutil.rmtree(work / "lake", ignore_errors=True)
            run = [STEDI, "run", "--landing", str(drop), "--lake", str(work / "lake"), "--output", "json"]
            ours.append(measured([*run, "--engine", engine]))
            idle.append(measured(run))
            for name, script in RIVALS.items():
                shutil.rmtree(work / "rival", ignore_errors=True)
                rivals[name].append(measured([sys.executable, str(script), str(drop), str(work / "rival")]))
    for name, runs in rivals.items():
        print_ratios(ours, name, runs)
    print_median("run with nothing new", idle)
    share = statistics.median(run.gates_cpu / run.cpu for run in ours)
    print(f"suites: {share:.0%} of our CPU seconds (those that count the drop folder's objects not among them)")


if __name__ == "__main__":
    typer.run(main)
