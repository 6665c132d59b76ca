"""What strangers find in the package: its licence, its versions, and types for their own checker."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from tests.stedi import stedi

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# The text at https://www.apache.org/licenses/LICENSE-2.0.txt.
APACHE_2 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"


def test_the_licence_is_the_standard_text() -> None:
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == APACHE_2
    assert PROJECT["project"]["license"] == "Apache-2.0"


def test_the_version_names_the_package_and_its_runtime() -> None:
    done = stedi("--version")
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first == f"stedi {metadata.version('stedi-lakehouse')}"
    for name, package in [("pyiceberg", "pyiceberg"), ("DuckDB", "duckdb"), ("Spark", "pyspark")]:
        assert f"{name} {metadata.version(package)}" in second
    assert "Python 3.11" in second
    assert "Iceberg for Spark 1.10" in second


def test_the_version_needs_no_heavy_import() -> None:
    program = "import sys; from jobs.cli import main; main(['--version']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    imported = {name.partition(".")[0] for name in done.stderr.split()}
    assert "catalog" in imported
    assert not imported & {"pyspark", "pyiceberg", "duckdb", "great_expectations", "pandas", "pyarrow", "boto3"}


@pytest.mark.parametrize("package", ["jobs", "catalog", "expectations"])
def test_the_package_says_that_it_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()
    assert "py.typed" in PROJECT["tool"]["setuptools"]["package-data"][package]
