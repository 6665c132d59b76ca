"""Java's class data sharing: an archive of the classes that a run loads, so that the JVM need not read and check them.

It starts a session in half of the CPU seconds. The JVM itself checks that the archive fits it and its class path, and
does without one that does not: that of lakes on S3 has more jars. ``make setup`` makes it (jobs/class_archive.py), as a
part of the environment.
"""

from __future__ import annotations

import sys
from pathlib import Path

# What the JVM says of classes that it cannot archive, and of an archive that does not fit, is of no use to anybody.
_QUIET = "-Xlog:cds*=error"


def archive_path() -> Path:
    """Where this environment's archive is."""
    return Path(sys.prefix) / "spark-classes.jsa"


def reading_options() -> list[str]:
    """Options of a JVM that uses the archive; none where it is not there."""
    archive = archive_path()
    return [f'"-XX:SharedArchiveFile={archive}"', _QUIET] if archive.is_file() else []


def writing_options(archive: Path) -> list[str]:
    """Options of a JVM that writes an archive when it ends."""
    return [f'"-XX:ArchiveClassesAtExit={archive}"', _QUIET]
