"""A lake with the report of a refused run and that of a good one, made by a process whose network is watched."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from jobs.simulator import Layout, Scenario, simulate

ROOT = Path(__file__).parents[1]
SCENARIO = Scenario(customers=60, seed=11, layout=Layout.MIXED, malformed=0.02, variations=0.05)
_PERSONAL = re.compile(r'"(?:customerName|email|user|phone|serialNumber)"\s*:\s*"([^"]+)"')


@dataclass(frozen=True)
class Reported:
    """Two runs over one lake, and what they left.

    Attributes:
        lake: the lake.
        refused: the run in which trusted.customer_trusted was refused.
        good: the run after it, in which every table passed.
        printed: what both printed.
        asked: the addresses that the process and its workers asked for, a line each.
        personal: every e-mail, name, phone and serial number of the input, in lower case.
    """

    lake: Path
    refused: str
    good: str
    printed: str
    asked: Path
    personal: frozenset[str]

    @property
    def reports(self) -> Path:
        """The site."""
        return self.lake / "reports"


def make_reported(folder: Path) -> Reported:
    """Simulate a delivery; run on it with a broken job, which is refused, then with the right one."""
    landing, lake, asked = folder / "landing", folder / "lake", folder / "asked.txt"
    simulate(SCENARIO, landing)
    path = os.pathsep.join((str(ROOT / "tests" / "network"), str(ROOT)))
    done = subprocess.run(
        [sys.executable, "-m", "tests.broken", str(landing), str(lake)],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        env=os.environ | {"PYTHONPATH": path, "STEDI_TEST_ASKED": str(asked)},
    )
    assert done.returncode == 0, done.stderr + done.stdout
    good = json.loads(done.stdout)["run"]
    [refused] = {path.parent.name for path in (lake / "reports").glob("*/validation.json")} - {good}
    return Reported(lake, refused, good, done.stdout + done.stderr, asked, _personal_values(landing))


def _personal_values(landing: Path) -> frozenset[str]:
    files = [path for path in landing.rglob("*") if path.is_file()]
    texts = [(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data) for data in map(Path.read_bytes, files)]
    found = {value for text in texts for value in _PERSONAL.findall(text.decode("utf-8", "replace"))}
    # Shorter ones are what a malformation left of a value.
    return frozenset(value.lower() for value in found if len(value) > len("8015550"))
