"""A full run of ours against a plain PySpark job, on the same landing data, one after the other.

The rival is what one writes first: one session that infers schemas, filters, joins per person and writes Parquet. It
has no gates, no Iceberg, no quarantine; it reads each table back that it wrote, as separate jobs do.

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

from benchmarks.measure import STEDI, Measured, measured, print_ratios, simulate

RIVAL = Path(__file__).with_name("plain_pyspark.py")


def main(
    landing: Annotated[Path | None, typer.Option(help="Landing data; simulated where none is given.")] = None,
    customers: Annotated[int, typer.Option(help="Customers to simulate where no landing data is given.")] = 100_000,
    repeat: Annotated[int, typer.Option(min=1, help="How often each side runs; medians are printed.")] = 3,
) -> None:
    """Print the medians of both sides and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        drop = landing or work / "landing"
        if landing is None:
            simulate(customers, drop)
        ours, rival = list[Measured](), list[Measured]()
        for _ in range(repeat):
            shutil.rmtree(work / "lake", ignore_errors=True)
            shutil.rmtree(work / "rival", ignore_errors=True)
            run = [STEDI, "run", "--landing", str(drop), "--lake", str(work / "lake"), "--output", "json"]
            ours.append(measured(run))
            rival.append(measured([sys.executable, str(RIVAL), str(drop), str(work / "rival")]))
    print_ratios(ours, "plain PySpark", rival)
    share = statistics.median(run.gates_cpu / run.cpu for run in ours)
    print(f"suites: {share:.0%} of our CPU seconds (those that count the drop folder's objects not among them)")


if __name__ == "__main__":
    typer.run(main)
