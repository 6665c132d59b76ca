"""Which temporary folders an erasure reads: those that nothing works in any more."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from typing import TYPE_CHECKING

from catalog.machine.workplace import workplace
from jobs.erasure.proof import _left_behind

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_what_a_running_program_works_in_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workplace()  # of this process, made where the others' are
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    names = ["spark-old", "spark-new", "spark-gone", "stedi_suites_old", "stedi_run_dead", "stedi_run_alive", "other"]
    for name in names:
        (tmp_path / name / "within").mkdir(parents=True)
        (tmp_path / name / "within" / "owner").write_text("ann@example.com")
    for path in tmp_path.rglob("*"):
        os.utime(path, (time.time() - 3600,) * 2)
    (tmp_path / "spark-new" / "within" / "owner").touch()
    (tmp_path / "stedi_run_dead" / "owner.lock").touch()
    (tmp_path / "spark-link").symlink_to(tmp_path / "other")
    alive = os.open(tmp_path / "stedi_run_alive" / "owner.lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(alive, fcntl.LOCK_EX)
    user = os.getuid()

    def go_meanwhile() -> int:
        shutil.rmtree(tmp_path / "spark-gone", ignore_errors=True)
        return user

    monkeypatch.setattr(os, "getuid", go_meanwhile)
    try:
        found = [folder.name for folder in _left_behind()]
    finally:
        os.close(alive)
    assert found == ["spark-old", "stedi_run_dead", "stedi_suites_old"]
