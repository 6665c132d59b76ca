"""An analyst's question put to ``stedi query``, against a script that reads the same tables whole with pyiceberg.

    python -m benchmarks.query --landing DIR --repeat 5

Whole processes, from the command to its answer.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.measure import STEDI, Measured, measured, print_ratios, simulate

RIVAL = Path(__file__).with_name("plain_pyiceberg.py")

_SQL = (
    "SELECT c.email, count(*) AS n, avg(a.x) FROM trusted.accelerometer_trusted AS a "
    "JOIN curated.customer_curated AS c ON c.email = a.user GROUP BY 1 ORDER BY n DESC, 1"
)


def main(
    landing: Annotated[Path | None, typer.Option(help="Landing data; simulated where none is given.")] = None,
    customers: Annotated[int, typer.Option(help="Customers to simulate where no landing data is given.")] = 1_000,
    repeat: Annotated[int, typer.Option(min=1, help="How often each side answers; medians are printed.")] = 5,
) -> None:
    """Print the medians of both sides and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        drop, lake = landing or Path(folder) / "landing", Path(folder) / "lake"
        if landing is None:
            simulate(customers, drop)
        subprocess.run([STEDI, "run", "--landing", str(drop), "--lake", str(lake)], check=True)  # noqa: S603
        ours, rival = list[Measured](), list[Measured]()
        for _ in range(repeat):
            ours.append(measured([STEDI, "query", _SQL, "--lake", str(lake), "--output", "csv"]))
            rival.append(measured([sys.executable, str(RIVAL), _SQL, str(lake)]))
    print_ratios(ours, "pyiceberg", rival)


if __name__ == "__main__":
    typer.run(main)
