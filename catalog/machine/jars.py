"""The jars that Spark needs: pinned coordinates, resolved once by Spark's own Ivy, checked by SHA-256.

Sessions put the checked files on the class path: resolving them on every start would cost seconds and the network.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import RetryableError, TerminalError
from catalog.machine.java import java_home

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Jar:
    """A Maven artefact ``group:name:version`` and the SHA-256 of its file, in hexadecimal."""

    coordinates: str
    sha256: str

    @property
    def name(self) -> str:
        """The artefact's name."""
        return self.coordinates.split(":")[1]

    @property
    def file_name(self) -> str:
        """The name that Ivy gives the file: ``group_name-version.jar``."""
        group, name, version = self.coordinates.split(":")
        return f"{group}_{name}-{version}.jar"


def locked_jars() -> tuple[Jar, ...]:
    """The jars that jars.lock pins."""
    lines = (resources.files("catalog") / "jars.lock").read_text(encoding="utf-8").splitlines()
    return tuple(Jar(*line.split()) for line in lines if line.strip() and not line.startswith("#"))


def jar_folder() -> Path:
    """Where checked jars are kept: STEDI_JARS, else ``stedi/jars`` in the user's cache folder."""
    if configured := os.environ.get("STEDI_JARS"):
        return Path(configured)
    return cache_folder() / "jars"


def cache_folder() -> Path:
    """The user's cache folder for what can be had again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")) / "stedi"


def resolved_jars(names: Iterable[str] | None = None) -> list[Path]:
    """Paths of pinned jars, brought from Maven Central where they are not yet in the jar folder.

    Args:
        names: artefacts; None: all.

    Raises:
        RetryableError: a jar is missing and cannot be brought (no network).
        TerminalError: a jar does not have the pinned SHA-256.
    """
    wanted = None if names is None else set(names)
    folder, jars = jar_folder(), [jar for jar in locked_jars() if wanted is None or jar.name in wanted]
    if missing := [jar for jar in jars if not (folder / jar.file_name).is_file()]:
        _bring(missing, folder)
    for jar in jars:
        _verify(jar, folder / jar.file_name)
    return [folder / jar.file_name for jar in jars]


def missing_jars(names: Iterable[str]) -> list[str]:
    """Those of these artefacts that are not in the jar folder yet."""
    wanted, folder = set(names), jar_folder()
    return [jar.name for jar in locked_jars() if jar.name in wanted and not (folder / jar.file_name).is_file()]


def _bring(jars: list[Jar], folder: Path) -> None:
    """Resolve with the Ivy that Spark itself resolves ``spark.jars.packages`` with, without starting Spark."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as ivy:
        for jar in jars:
            try:
                subprocess.run(_ivy_command(jar, Path(ivy)), capture_output=True, check=True, timeout=600)  # noqa: S603
            except subprocess.SubprocessError as error:
                raise RetryableError(
                    f"could not download {jar.coordinates} from Maven Central; check the network and run again, "
                    f"or put {jar.file_name} into {folder}"
                ) from error
            _verify(jar, Path(ivy) / jar.file_name)
            (Path(ivy) / jar.file_name).replace(folder / jar.file_name)


def _ivy_command(jar: Jar, folder: Path) -> list[str]:
    import pyspark

    class_path = str(Path(pyspark.__file__).parent / "jars" / "*")
    options = ["-cache", str(folder), "-notransitive", "-error", "-confs", "default"]
    retrieve = ["-retrieve", str(folder / "[organisation]_[artifact]-[revision].[ext]")]
    java = str(java_home() / "bin" / "java")
    return [
        java,
        "-cp",
        class_path,
        "org.apache.ivy.Main",
        *options,
        "-dependency",
        *jar.coordinates.split(":"),
        *retrieve,
    ]


def _verify(jar: Jar, path: Path) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != jar.sha256:
        raise TerminalError(
            f"{path} is not {jar.coordinates}: SHA-256 {found} instead of {jar.sha256}; delete the file and run again"
        )
