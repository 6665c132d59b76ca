"""A lake to which consents given and withdrawn are about to be delivered, and what must be true whatever happens."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.commit.publish import AUDIT
from catalog.history.coherence import lake_notes
from catalog.lake import open_lake
from catalog.maintenance.deletion import list_files
from catalog.profiles.profile import local_profile
from catalog.specs import TABLES
from catalog.storage.files import canonical
from catalog.storage.reachable import reachable_files
from catalog.training.dataset import TRAINING, verdict_of
from jobs.demo import deliveries
from jobs.simulator import Scenario, simulate
from tests.warm import run_warm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.profiles.profile import LocalProfile, Profile

_VERDICTS = "quality.validation_result"
_VOLATILE = {"ingestedAt", "modifiedAt"}
_SECONDS = 600
Contents = dict[str, Counter[str]]


def contents_of(profile: Profile) -> Contents:
    """The rows that readers see of each table, without what differs from run to run."""
    lake, found = open_lake(profile), {}
    for name, spec in TABLES.items():
        if name != _VERDICTS:
            rows = lake.table(spec).scan().to_arrow()
            kept = [column for column in rows.column_names if column not in _VOLATILE]
            found[name] = Counter(map(str, rows.select(kept).to_pylist()))
    return found


@dataclass
class Bench:
    """Folders of the lake and its drop folder, copies of them as they were, and what an undisturbed run makes of them.

    Attributes:
        folder: of all of it.
        before: the rows of each table when nothing has happened yet.
        after: the rows after an undisturbed run.
    """

    folder: Path
    before: Contents = field(default_factory=dict)
    after: Contents = field(default_factory=dict)

    @property
    def profile(self) -> LocalProfile:
        """The lake."""
        return local_profile(self.folder / "now" / "lake")

    @property
    def drop(self) -> Path:
        """Where the delivery is."""
        return self.folder / "now" / "drop"

    @property
    def temporary(self) -> Path:
        """The temporary folder of commands."""
        return self.folder / "temporary"

    def stedi(self, *arguments: object, faults: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        """Run a command on the lake, with faults."""
        given = [*map(str, arguments), "--lake", str(self.profile.lake)]
        return run_warm(given, os.environ | {"TMPDIR": str(self.temporary)}, _SECONDS, faults)

    def run(self, *faults: str) -> subprocess.CompletedProcess[str]:
        """Ingest the delivery and update every table."""
        return self.stedi("run", "--landing", self.drop, "--accept-refused", faults=faults)

    def stedi_elsewhere(self, lake: Path) -> subprocess.CompletedProcess[str]:
        """Ingest the delivery into another lake."""
        given = ["run", "--landing", str(self.drop), "--accept-refused", "--lake", str(lake)]
        return run_warm(given, os.environ | {"TMPDIR": str(self.temporary)}, _SECONDS)

    def by_spark(self, *faults: str) -> subprocess.CompletedProcess[str]:
        """The same by Spark, in a process that was started anew."""
        given = ["run", "--landing", self.drop, "--accept-refused", "--engine", "spark", "--lake", self.profile.lake]
        return subprocess.run(
            [sys.executable, "-m", "tests.faults.inject", *faults, "--", *map(str, given)],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
            env=os.environ | {"TMPDIR": str(self.temporary)},
        )

    def restore(self) -> None:
        """As it was: paths in metadata are absolute, so it stands where it stood."""
        shutil.rmtree(self.folder / "now", ignore_errors=True)
        shutil.copytree(self.folder / "before", self.folder / "now")
        shutil.rmtree(self.temporary, ignore_errors=True)
        self.temporary.mkdir()

    def contents(self) -> Contents:
        """The rows that readers see of each table."""
        return contents_of(self.profile)

    def check_readable(self, what: str) -> None:
        """Every table is as before or as after, and whoever reads a mixture is told."""
        found = self.contents()
        for name, rows in found.items():
            assert rows in (self.before[name], self.after[name]), f"{what}: {name} is neither as before nor as after"
        if found not in (self.before, self.after):
            assert lake_notes(self.profile), f"{what}: nothing says that tables are of two runs"

    def check_healed(self, what: str) -> None:
        """After one more run: as if nothing had happened, and nothing is left behind."""
        done = self.run()
        assert done.returncode == 0, f"{what}: {done.stderr}"
        assert self.contents() == self.after, what
        assert lake_notes(self.profile) == [], what
        assert self.stray_files() == [], what
        assert sorted(path.name for path in self.temporary.iterdir()) == [], what
        lake = open_lake(self.profile)
        refs = {ref for spec in TABLES.values() for ref in lake.table(spec).metadata.refs}
        assert not [ref for ref in refs if ref.startswith((AUDIT, "ready_"))], what
        training = lake.table(TRAINING)
        snapshot = training.metadata.current_snapshot_id
        assert snapshot is not None
        assert verdict_of(self.profile, training, snapshot).expectations > 0, what

    def stray_files(self) -> list[str]:
        """Files in tables' folders that no table reaches."""
        lake, stray = open_lake(self.profile), []
        for spec in TABLES.values():
            reached = {canonical(each) for each in reachable_files(lake.table(spec))}
            stray += [each.location for each in list_files(lake, spec) if canonical(each.location) not in reached]
        return stray


def make_bench(folder: Path) -> Bench:
    """A lake after its first delivery; the second is in its drop folder."""
    bench, scenario = Bench(folder), deliveries.demo_scenario(8, 1)
    bench.temporary.mkdir()
    bench.drop.parent.mkdir()
    deliveries.write_first(bench.drop, scenario)
    first = bench.run()
    assert first.returncode == 0, first.stderr
    deliveries.write_second(bench.drop, scenario)
    simulate(Scenario(customers=4, seed=9), folder / "more")
    for file in (folder / "more").glob("*/landing/*.json"):
        shutil.copy(file, bench.drop / file.parent.parent.name / "landing" / f"more-{file.name}")
    shutil.copytree(folder / "now", folder / "before")
    bench.before = bench.contents()
    second = bench.run()
    assert second.returncode == 0, second.stderr
    bench.after = bench.contents()
    changed = {name for name, rows in bench.after.items() if rows != bench.before[name]}
    assert changed >= {TRAINING.identifier, "trusted.customer_trusted", "landing.accelerometer_landing"}
    return bench
