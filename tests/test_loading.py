"""While a thread loads the suites, a run imports nothing that they are made of: one import would wait for the other."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from catalog.specs import TABLES
from jobs.simulator import Scenario, simulate
from tests.lake_without_spark import append, make_lake

if TYPE_CHECKING:
    from pathlib import Path

# What a run imports from the moment at which the thread would begin until it ends, but for what suites need.
BESIDE = """
import json, sys
from expectations.validation import judge
from jobs.run import validate
from jobs.cli import main
before = set()
validate._load = lambda: before.update(sys.modules)
class Judged(BaseException):
    pass
def judged(*_):
    raise Judged
judge.get_ready = judged
try:
    main(sys.argv[1:])
except BaseException:
    pass
print(json.dumps(sorted(set(sys.modules) - before)), file=sys.stderr, flush=True)
"""
SUITES = """
import json, sys
from expectations.validation.judge import get_ready
get_ready()
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""
ANSWERED = """
import atexit, json, sys
atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))
from jobs.cli import main
main(sys.argv[1:])
"""


def _modules(program: str, *arguments: object) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False
    )
    found: Any = next(json.loads(line) for line in done.stderr.splitlines() if line.startswith("["))
    return set(found)


@pytest.mark.parametrize(
    "arguments",
    [
        ("query", "SELECT count(*), max(readingTime) FROM machine_learning_curated WHERE x < 9"),
        ("query", "SELECT * FROM machine_learning_curated", "--output", "csv"),
        ("query", "SELECT * FROM machine_learning_curated", "--output", "json"),
        ("query", "SELECT table_name FROM information_schema.tables"),
        ("query", 'SELECT count(*) FROM curated."machine_learning_curated$files"'),
        ("query", "SHOW TABLES IN curated"),
        ("query", "--name", "zone_counts"),
        ("query", "SELECT nothing"),
    ],
)
def test_a_query_starts_without_what_it_has_no_use_of(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    profile = make_lake(tmp_path / "lake")
    values: dict[str, Any] = {"string": "a", "long": 1, "int": 1, "double": 1.0, "timestamptz": datetime.now(UTC)}
    spec = TABLES["curated.machine_learning_curated"]
    append(profile, spec.identifier, [{column.name: values[column.type] for column in spec.columns}])
    imported = {name.partition(".")[0] for name in _modules(ANSWERED, *arguments, "--lake", profile.lake)}
    assert {"sqlglot", "catalog"} & imported
    assert not imported & {"pandas", "pyspark", "great_expectations", "matplotlib", "boto3"}


def test_a_run_shares_no_import_with_the_thread_that_loads_the_suites(tmp_path: Path) -> None:
    simulate(Scenario(customers=5, seed=1), tmp_path / "landing")
    suites = _modules(SUITES)
    assert "great_expectations" in suites
    for _ in ("a new lake", "a lake that is there"):
        beside = _modules(BESIDE, "run", "--landing", tmp_path / "landing", "--lake", tmp_path / "lake")
        assert "catalog.commit.snapshot" in beside
        # Cython's types are no module that is imported; our own are leaves.
        assert not [name for name in beside & suites if not name.startswith(("_cython_", "expectations"))]
