"""Java's class data sharing: an archive of the classes that a run loads, so that the JVM need not read and check them.

It starts a session in half of the CPU seconds. The JVM itself checks that the archive fits it and the jars, and does
without one that does not. ``make setup`` makes it (jobs/class_archive.py).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from catalog.jars import cache_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# What the JVM says of classes that it cannot archive, and of an archive that does not fit, is of no use to anybody.
_QUIET = "-Xlog:cds*=error"


def archive_path(java: Path, class_path: Sequence[Path]) -> Path:
    """Where the archive is for this Java and these jars; older ones are beside it.

    Args:
        java: the home of the Java.
        class_path: what comes before Spark's own jars.
    """
    import pyspark

    parts = [java.resolve(), *class_path, pyspark.__file__]
    key = hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]
    return cache_folder() / "classes" / f"{key}.jsa"


def reading_options(archive: Path) -> list[str]:
    """Options of a JVM that uses the archive; none where it is not there."""
    return [f'"-XX:SharedArchiveFile={archive}"', _QUIET] if archive.is_file() else []


def writing_options(archive: Path) -> list[str]:
    """Options of a JVM that writes the archive when it ends."""
    return [f'"-XX:ArchiveClassesAtExit={archive}"', _QUIET]
