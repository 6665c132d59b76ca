"""Make the archive of the classes that runs load (catalog/class_archive.py): ``python -m jobs.class_archive``.

A process of its own makes a small lake and adds a delivery to it, so that the classes of both kinds of run are there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from catalog.class_archive import archive_path, writing_options
from catalog.errors import StediError
from catalog.jars import resolved_jars
from catalog.java import java_home
from catalog.profile import LocalProfile

_DELIVERIES = {"first": 60, "second": 10}
"""Customers of each delivery: the second is smaller than the first, so that it is added."""


def make_archive() -> Path:
    """Make this environment's archive anew.

    Raises:
        StediError: there is no Java, or a jar cannot be brought.
        OSError: the environment cannot be written to, or the JVM wrote no archive.
        CalledProcessError: the run failed.
    """
    java_home()
    resolved_jars(LocalProfile(Path("lake")).jars)  # what is missing is told in a line here, and not by the process
    archive = archive_path()
    archive.unlink(missing_ok=True)  # a JVM that reads one cannot write one
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        written = Path(folder) / archive.name
        environment = os.environ | {
            "STEDI_JAVA_OPTIONS": " ".join(writing_options(written)),
            "STEDI_PSEUDONYM_KEY_FILE": str(Path(folder) / "pseudonym.key"),
        }
        # The JVM writes when the process that started it has ended; it holds the pipe, so its end is waited for.
        command = [sys.executable, "-m", "jobs.class_archive", folder]
        subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)  # noqa: S603 - this module
        written.rename(archive)
    return archive


def load_classes(folder: Path) -> None:
    """Run on a small delivery and on a smaller one after it, in one JVM."""
    from jobs.cli.lake import LakeOptions, run_lake
    from jobs.cli.output import Output, OutputFormat
    from jobs.simulator import Scenario, simulate

    options = LakeOptions(LocalProfile(folder / "lake"), wait_seconds=0, create=True)
    for seed, (name, customers) in enumerate(_DELIVERIES.items()):
        simulate(Scenario(customers=customers, seed=seed), folder / name)
        run_lake(options, Output(OutputFormat.JSON), folder / name, None)


def main() -> None:
    """Make the archive; without it everything works, only slower, so what prevents it is told and no failure."""
    if len(sys.argv) > 1:
        load_classes(Path(sys.argv[1]))
        return
    try:
        print(f"Spark's classes are archived in {make_archive()}")  # noqa: T201 - a command's result
    except (StediError, OSError, subprocess.CalledProcessError) as error:
        print(f"Spark will start slower: its classes could not be archived: {error}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    main()
