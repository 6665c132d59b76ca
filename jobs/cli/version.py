"""``stedi --version``: the versions of the package and of its pinned runtime."""

from __future__ import annotations

import platform
import sys
from importlib import metadata

import typer

PACKAGE = "stedi-lakehouse"
_RUNTIME = {
    "pyiceberg": "pyiceberg",
    "DuckDB": "duckdb",
    "Great Expectations": "great-expectations",
    "Spark": "pyspark",
}
"""What the tool runs on, by the name of the package that brings it."""


def print_version(wanted: bool) -> None:
    """Print the versions and end the command, if ``wanted``.

    Raises:
        typer.Exit: they are printed.
    """
    if wanted:
        sys.stdout.write("\n".join(version_lines()) + "\n")
        raise typer.Exit


def version_lines() -> list[str]:
    """The installed versions of the package and, on a second line, of its runtime; nothing is imported to read them."""
    runtime = ", ".join(f"{name} {installed(package)}" for name, package in _RUNTIME.items())
    return [
        f"stedi {installed(PACKAGE)}",
        f"Python {platform.python_version()}, {runtime} (as AWS Glue 5.1), Iceberg for Spark {_iceberg()}",
    ]


def installed(package: str) -> str:
    """The installed version of a package."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "(not installed)"


def _iceberg() -> str:
    from catalog.machine.jars import locked_jars

    return next(jar.coordinates for jar in locked_jars() if jar.name.startswith("iceberg-spark")).rpartition(":")[2]
