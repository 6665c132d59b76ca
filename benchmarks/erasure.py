"""What it costs to erase one person, and a thousand, from a lake of many: by step, and what share is rewritten.

python -m benchmarks.erasure --customers 100000
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.measure import STEDI, Measured, measured, simulate
from catalog.lake import load_table
from catalog.privacy.erasures import erasures
from catalog.profiles.profile import local_profile
from catalog.specs import table


def main(
    customers: Annotated[int, typer.Option(help="Customers of the lake.")] = 100_000,
    people: Annotated[int, typer.Option(help="How many are erased together, after one alone.")] = 1_000,
) -> None:
    """Print seconds and CPU seconds, with and without the proof, and bytes rewritten of all bytes of tables."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        simulate(customers, work / "landing")
        measured([STEDI, "run", "--lake", str(work / "lake"), "--landing", str(work / "landing")])
        rows = load_table(local_profile(work / "lake"), table("trusted.customer_trusted")).scan(limit=people + 1)
        named = sorted(map(str, rows.to_arrow()["person"].to_pylist()))
        _erase(work, named[:1])
        _erase(work, named[1:])


def _erase(work: Path, people: list[str]) -> None:
    (work / "people.txt").write_text("\n".join(people), encoding="utf-8")
    where = ["--lake", str(work / "lake"), "--landing", str(work / "landing")]
    cost: Measured = measured([STEDI, "erase", "--file", str(work / "people.txt"), "--yes", "--output", "json", *where])
    steps = erasures(local_profile(work / "lake"))[-1].document
    tables = [step for name, step in steps["steps"].items() if "table_bytes" in step]
    rewritten, every = (sum(step[key] for step in tables) for key in ("rewritten_bytes", "table_bytes"))
    print(f"{len(people):,} erased: {cost.seconds:.1f} s, {cost.cpu:.1f} CPU s, {cost.peak_megabytes:,.0f} MB")
    print(f"  rewritten {rewritten / 1e6:,.1f} of {every / 1e6:,.1f} MB of tables ({rewritten / every:.1%})")
    print(
        json.dumps({"begun": steps["begun"], **{name: step["at"] for name, step in steps["steps"].items()}}, indent=1)
    )


if __name__ == "__main__":
    typer.run(main)
