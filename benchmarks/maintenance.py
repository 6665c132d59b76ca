"""How a lake grows by small deliveries, without maintenance and with it, and what maintenance makes of it then.

    python -m benchmarks.maintenance --deliveries 200 --every 20

Each delivery has about 100 readings, a quarter of an hour after the one before, and one person who agrees or withdraws.
Nothing old is kept (``--keep-days 0``), so that storage shows at once what a retention of days shows after these.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.measure import STEDI, Measured, measured, median, simulate
from benchmarks.next_delivery import write_next_delivery
from catalog.lake import load_table
from catalog.profiles.profile import local_profile
from catalog.specs import TABLES
from catalog.training.content_hash import content_hash

_PEOPLE = 34
_QUARTER_HOUR_MS = 900_000
_QUERY = (
    "SELECT c.email, count(*) AS n, avg(a.x) FROM trusted.accelerometer_trusted AS a "
    "JOIN curated.customer_curated AS c ON c.email = a.user GROUP BY 1 ORDER BY n DESC, 1"
)
_MAINTAIN = ["maintain", "--yes", "--keep-days", "0", "--orphan-hours", "0"]


@dataclass
class Lake:
    """A lake that grows.

    Attributes:
        folder: where it is.
        landing: what was delivered first.
        runs: what each run since has cost.
    """

    folder: Path
    landing: Path
    runs: list[Measured] = field(default_factory=list)

    def stedi(self, *arguments: str) -> Measured:
        """A command on it."""
        return measured([STEDI, *arguments, "--lake", str(self.folder), "--output", "json"])

    def deliver(self) -> Measured:
        """Deliver a little more, and run."""
        number = len(self.runs) + 1
        with tempfile.TemporaryDirectory() as drop:
            later = number * _QUARTER_HOUR_MS
            write_next_delivery(
                self.landing, Path(drop), people=_PEOPLE, instants=1, changes=1, seed=number, later_ms=later
            )
            self.runs.append(self.stedi("run", "--landing", drop))
        return self.runs[-1]

    def current_files(self) -> int:
        """Data and delete files that readers of now open."""
        said = subprocess.run(  # noqa: S603 - ours
            [STEDI, "status", "--lake", str(self.folder), "--output", "json"], check=True, capture_output=True
        )
        health: list[dict[str, Any]] = json.loads(said.stdout)["health"]
        return sum(each["data_files"] + each["delete_files"] for each in health)

    def stored(self, kind: str) -> tuple[int, int]:
        """Files and bytes of data or of metadata in storage."""
        sizes = [path.stat().st_size for path in self.folder.glob(f"warehouse/*/*/{kind}/**/*") if path.is_file()]
        return len(sizes), sum(sizes)

    def contents(self) -> dict[str, str]:
        """What every table and every tag holds, as hashes."""
        profile = local_profile(self.folder)
        found = {}
        for identifier, spec in TABLES.items():
            table = load_table(profile, spec)
            for name, ref in table.metadata.refs.items():
                rows = table.scan(snapshot_id=ref.snapshot_id).to_arrow()
                found[f"{identifier} {name}"] = content_hash(rows)
        return found

    def grown(self, last: int) -> str:
        """A line for people: how large it is, and what the last runs have cost."""
        (data, _), (files, size) = self.stored("data"), self.stored("metadata")
        runs = self.runs[-last:]
        return (
            f"{data:,} data files, {files:,} metadata files of {size / 1e6:.1f} MB; "
            f"a run {median(runs, 'seconds'):.2f} s, {median(runs, 'cpu'):.2f} CPU s"
        )


def main(
    deliveries: Annotated[int, typer.Option(help="How many small deliveries.")] = 200,
    every: Annotated[int, typer.Option(help="After how many of them one lake is maintained.")] = 20,
    customers: Annotated[int, typer.Option(help="Customers of the first delivery.")] = 200,
    repeat: Annotated[int, typer.Option(help="How often runs and queries are measured at the end.")] = 3,
) -> None:
    """Print how both lakes grow, and what maintenance makes of the one that had none."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        # All customers became active on one day, or the days' partitions would be most of the files.
        simulate(customers, work / "landing", "--days", "1")
        without, maintained = (Lake(work / name, work / "landing") for name in ("without", "maintained"))
        for lake in (without, maintained):
            lake.stedi("run", "--landing", str(work / "landing"))
            lake.stedi("tag", "begun")
        costs = list[Measured]()
        for number in range(1, deliveries + 1):
            without.deliver()
            maintained.deliver()
            if number % every == 0:
                print(f"{number} deliveries\n  without:    {without.grown(every)}", flush=True)
                costs.append(maintained.stedi(*_MAINTAIN))
                print(f"  maintained: {maintained.grown(every)}; maintenance {costs[-1].seconds:.2f} s", flush=True)
        _maintain(without, repeat)


def _maintain(lake: Lake, repeat: int) -> None:
    def cost() -> tuple[list[Measured], list[Measured]]:
        return [lake.deliver() for _ in range(repeat)], [lake.stedi("query", _QUERY) for _ in range(repeat)]

    runs, queries = cost()
    held = lake.contents()
    before = lake.current_files(), lake.stored("data")[0], lake.stored("metadata")[1]
    took = lake.stedi(*_MAINTAIN)
    after = lake.current_files(), lake.stored("data")[0], lake.stored("metadata")[1]
    print(f"maintain: {took.seconds:.2f} s, {took.cpu:.2f} CPU s; contents {_same(held, lake.contents())}")
    for name, was, now in zip(
        ("files of current snapshots", "data files in storage", "metadata bytes"), before, after, strict=True
    ):
        print(f"{name}: {was:,} -> {now:,} ({1 - now / was:.1%} fewer)")
    runs_after, queries_after = cost()
    for name, a, b in (("run", runs, runs_after), ("query", queries, queries_after)):
        for figure in ("seconds", "cpu"):
            slow, fast = median(a, figure), median(b, figure)
            print(f"{name}, {figure}: {slow:.2f} -> {fast:.2f} ({slow / fast:.1f} x faster)")


def _same(before: dict[str, str], after: dict[str, str]) -> str:
    return f"of {len(before)} tables and tags unchanged" if before == after else "CHANGED"


if __name__ == "__main__":
    typer.run(main)
