"""Sessions: the archive that the JVM starts from."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from catalog.class_archive import archive_path, reading_options
from catalog.profile import LocalProfile
from jobs.class_archive import main

if TYPE_CHECKING:
    from pathlib import Path


def test_an_archive_that_is_not_there_is_not_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert reading_options() == []
    archive_path().touch()
    assert f'"-XX:SharedArchiveFile={archive_path()}"' in reading_options()


def test_what_prevents_an_archive_is_told_and_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "not_there"))
    monkeypatch.setattr(sys, "argv", ["class_archive"])
    main()
    assert "Spark will start slower" in capsys.readouterr().err


def test_sessions_start_from_the_archive(tmp_path: Path) -> None:
    profile = LocalProfile(tmp_path / "lake")
    if not archive_path().is_file():
        pytest.skip("there is no archive of classes; make setup makes it")
    loaded = tmp_path / "classes.log"
    program = (
        "import sys; from pathlib import Path; from catalog.profile import LocalProfile\n"
        "from catalog.session import spark_session\n"
        "profile = LocalProfile(Path(sys.argv[1])); profile.prepare()\n"
        "spark_session(profile).stop()"
    )
    environment = os.environ | {"STEDI_JAVA_OPTIONS": f"-Xlog:class+load:file={loaded}"}
    subprocess.run([sys.executable, "-c", program, str(profile.lake)], env=environment, check=True, timeout=120)
    sources = [line.partition(" source: ")[2] for line in loaded.read_text(encoding="utf-8").splitlines()]
    archived = [source for source in sources if source.startswith("shared objects file (top)")]
    from_jars = [source for source in sources if source.startswith(("file:", "jar:"))]
    assert len(archived) > 10 * len(from_jars)
