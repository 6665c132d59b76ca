"""While a thread loads the suites, a run imports nothing that they are made of: one import would wait for the other."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from jobs.simulator import Scenario, simulate

if TYPE_CHECKING:
    from pathlib import Path

# What is imported from the moment at which the thread would begin, until a suite is first asked.
BESIDE = """
import json, sys
from jobs import judge
from jobs.cli import main
before = set()
def told(self, work):
    print(json.dumps(sorted(set(sys.modules) - before)), file=sys.stderr, flush=True)
    raise KeyboardInterrupt
judge._load = lambda: before.update(sys.modules)
judge.Judge.submit = told
main(sys.argv[1:])
"""
SUITES = """
import json, sys
from expectations.judging import get_ready
get_ready()
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def _modules(program: str, *arguments: object) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False
    )
    found: Any = next(json.loads(line) for line in done.stderr.splitlines() if line.startswith("["))
    return set(found)


@pytest.mark.spark
def test_a_run_shares_no_import_with_the_thread_that_loads_the_suites(tmp_path: Path) -> None:
    simulate(Scenario(customers=5, seed=1), tmp_path / "landing")
    suites = _modules(SUITES)
    assert "great_expectations" in suites
    for _ in ("a new lake", "a lake that is there"):
        beside = _modules(BESIDE, "run", "--landing", tmp_path / "landing", "--lake", tmp_path / "lake")
        assert "duckdb" in beside
        # Cython's types are no module that is imported; our own are leaves.
        assert not [name for name in beside & suites if not name.startswith(("_cython_", "expectations"))]
